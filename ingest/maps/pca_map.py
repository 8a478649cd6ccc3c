"""The plane of the first two components."""

import numpy as np


def main_plane(points: np.ndarray) -> np.ndarray:
    """Return the first two components about their medians, float32, shape (n, 2)."""
    plane = np.zeros((len(points), 2), np.float32)
    if points.size:
        plane[:, : min(2, points.shape[1])] = points[:, :2]
        plane -= np.median(plane, axis=0)
    return plane
