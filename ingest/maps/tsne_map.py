"""t-SNE (van der Maaten & Hinton 2008) by openTSNE, an optional package."""

import numpy as np

from ingest.maps.neighbours import find_neighbours
from ingest.maps.pca_map import main_plane

PERPLEXITY = 30.0
START_SPREAD = 1e-4
FEWEST_POINTS = 10


def lay_out(points: np.ndarray, seed: int) -> np.ndarray:
    """Lay points out on a plane by t-SNE; one thread does all, so that the same comes out again.

    Parameters
    ----------
    points : float32, shape (n, k)
        In the space of the components, the strongest first.
    seed : int

    Returns
    -------
    float32, shape (n, 2)
    """
    from openTSNE import TSNEEmbedding, affinity
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    start = main_plane(points)
    if len(points) < FEWEST_POINTS or not start.any():
        return start
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    found = PrecomputedNeighbors(*find_neighbours(points, int(3 * perplexity)))
    near = affinity.PerplexityBasedNN(perplexity=perplexity, knn_index=found, n_jobs=1)
    start = start.astype(np.float64) * START_SPREAD / start[:, 0].std()
    layout = TSNEEmbedding(start, near, n_jobs=1, random_state=seed)
    layout.optimize(250, exaggeration=12, momentum=0.5, inplace=True)
    layout.optimize(500, exaggeration=1, momentum=0.8, inplace=True)
    return np.ascontiguousarray(layout, np.float32)
