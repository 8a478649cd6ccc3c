"""A region's map as it stands, by which new spectra are placed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class KnownRegion:
    """The spectra that a map was made of.

    Attributes
    ----------
    placed : int64, shape (n_placed,)
        Those on the map, as rows of all n known ones.
    sources : int64, shape (n_placed,)
    points : float32, shape (n_placed, k + 1)
        In the space where similarity is computed.
    planes : mapping of float32, shape (n, 2)
        Places on the maps, by method, the headline one first; NaN for those not placed.
    far, resid : float32, shape (n,)
        Their oddness; NaN for those not placed.
    """

    placed: np.ndarray
    sources: np.ndarray
    points: np.ndarray
    planes: Mapping[str, np.ndarray]
    far: np.ndarray
    resid: np.ndarray
