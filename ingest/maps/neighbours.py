"""Nearest neighbours in the space of the components: similar objects, and how far they are."""

from typing import Any

import numpy as np

EXACT_UP_TO = 50_000
"""Beyond, an inverted file searches the nearest cells alone; its recall is close to 1."""


def find_neighbours(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest other points of every point.

    Parameters
    ----------
    points : float32, shape (n, k)
        Finite.
    count : int
        Neighbours wanted; fewer come back when there are fewer points.

    Returns
    -------
    neighbours : int32, shape (n, min(count, n - 1))
        Row numbers, nearest first, never the point itself.
    distances : float32, same shape
        Euclidean.
    """
    n = len(points)
    count = min(count, n - 1)
    if count < 1:
        return np.empty((n, 0), np.int32), np.empty((n, 0), np.float32)
    squared, found = _search(np.ascontiguousarray(points, np.float32), count + 1)
    # Where points coincide, the point itself may stand anywhere in its list, or be crowded out.
    own = found == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True
    keep = ~own
    neighbours = found[keep].reshape(n, count).astype(np.int32)
    distances = np.sqrt(np.maximum(squared[keep].reshape(n, count), 0))
    return neighbours, distances.astype(np.float32)


def find_nearest(
    points: np.ndarray, asking: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the points nearest to other points, exactly.

    Parameters
    ----------
    points : float32, shape (n, k)
    asking : float32, shape (m, k)
    count : int
        At most n.

    Returns
    -------
    nearest : int64, shape (m, count)
        Row numbers of `points`, nearest first.
    distances : float32, same shape
        Euclidean.
    """
    import faiss  # as below

    index: Any = faiss.IndexFlatL2(points.shape[1])
    index.add(np.ascontiguousarray(points, np.float32))
    squared, nearest = index.search(np.ascontiguousarray(asking, np.float32), count)
    return nearest, np.sqrt(np.maximum(squared, 0))


def distance_to_last(
    near_sources: np.ndarray, distances: np.ndarray, sources: np.ndarray, count: int
) -> np.ndarray:
    """Return the distance to the count-th neighbour that is not of the same source.

    Parameters
    ----------
    near_sources, distances : shape (n, m)
        Sources of the neighbours, and how far they are; m somewhat greater than count, to make
        room for repeats.
    sources : int64, shape (n,)
        Equal for spectra of one source.
    count : int

    Returns
    -------
    float32, shape (n,)
        NaN without any neighbour.
    """
    n, m = near_sources.shape
    if m == 0:
        return np.full(n, np.nan, np.float32)
    other = near_sources != sources[:, None]
    reached = np.cumsum(other, axis=1) >= min(count, m)
    last = np.where(reached.any(axis=1), reached.argmax(axis=1), m - 1)
    return distances[np.arange(len(distances)), last]


def _search(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    import faiss  # loads its own OpenMP: only where it is needed

    flat = faiss.IndexFlatL2(points.shape[1])
    index: Any = flat
    if len(points) > EXACT_UP_TO:
        cells = int(4 * np.sqrt(len(points)))
        index = faiss.IndexIVFFlat(flat, points.shape[1], cells)
        index.train(points)
        index.nprobe = max(16, cells // 32)
    index.add(points)
    return index.search(points, count)
