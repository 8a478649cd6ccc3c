"""Match the rows of two tables by a whole number."""

import numpy as np


def find_places(sought: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the places of some numbers among others, -1 where they are not there."""
    order = np.argsort(among, kind="stable")
    places = np.append(order, -1)[np.searchsorted(among, sought, sorter=order)]
    return np.where(np.append(among, 0)[places] == sought, places, -1)
