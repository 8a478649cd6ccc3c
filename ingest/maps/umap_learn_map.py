"""UMAP by umap-learn, from neighbours that are known already: a judge of our own, and slower."""

import numpy as np

from ingest.maps.pca_map import main_plane
from ingest.maps.umap_map import MIN_POINTS


def lay_out(
    points: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    seed: int,
    epochs: int,
    min_dist: float,
) -> np.ndarray:
    """Lay points out on a plane by umap-learn; parameters as in `umap_map.lay_out`.

    One thread does all: so the same input and seed give the same map.
    """
    start = main_plane(points)
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
