"""The plane in which points spread the most."""

import numpy as np


def main_plane(points: np.ndarray) -> np.ndarray:
    """Turn points into their own principal plane.

    Parameters
    ----------
    points : float32, shape (n, k)

    Returns
    -------
    float32, shape (n, 2)
        About the mean; 0 along axes that there are not. Each axis points to where its greatest
        weight is positive.
    """
    plane = np.zeros((len(points), 2), np.float32)
    if not points.size:
        return plane
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    # einsum, for a library of linear algebra may add in the order of its threads.
    vectors = np.linalg.eigh(np.einsum("ij,ik->jk", centred, centred))[1][:, ::-1][:, :2]
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
    plane[:, : vectors.shape[1]] = np.einsum("ij,jk->ik", centred, vectors)
    return plane
