"""UMAP (McInnes, Healy & Melville 2018) from neighbours that are known already."""

import numpy as np

MIN_POINTS = 10
"""With fewer, or with equal points alone, the map is the plane of the first two components."""


def lay_out(
    points: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    seed: int,
    epochs: int,
    min_dist: float,
) -> np.ndarray:
    """Lay points out on a plane so that neighbours stay together.

    Parameters
    ----------
    points : float32, shape (n, k)
        In the space of the components, the strongest first.
    neighbours, distances : shape (n, m)
        Nearest other points.
    seed : int
        The same input and seed give the same map: one thread does all.
    epochs : int
    min_dist : float
        How close points may come, in units of the map.

    Returns
    -------
    float32, shape (n, 2)
    """
    start = _plane(points)
    if len(points) < MIN_POINTS or not start.any():
        return start
    # umap-learn compiles for ten seconds at its first call: not at import of this module.
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, simplicial_set_embedding

    own = np.arange(len(points), dtype=np.int32)[:, None]
    indices = np.hstack([own, neighbours]).astype(np.int32)
    reach = np.hstack([np.zeros_like(distances[:, :1]), distances]).astype(np.float32)
    random = np.random.RandomState(seed)
    graph = fuzzy_simplicial_set(
        points, indices.shape[1], random, "euclidean", knn_indices=indices, knn_dists=reach
    )[0]
    a, b = find_ab_params(1.0, min_dist)
    layout = simplicial_set_embedding(
        points, graph, 2, 1.0, a, b, 1.0, 5, epochs, start, random, "euclidean", {},
        False, {}, False, parallel=False,
    )[0]  # fmt: skip
    return np.ascontiguousarray(layout, np.float32)


def _plane(points: np.ndarray) -> np.ndarray:
    """Return the first two components, scaled to the size that UMAP starts from."""
    plane = np.zeros((len(points), 2), np.float32)
    if not points.size:
        return plane
    plane[:, : min(2, points.shape[1])] = points[:, :2]
    plane -= np.median(plane, axis=0)
    return 10 * plane / max(np.abs(plane).max(), np.finfo(np.float32).tiny)
