"""PaCMAP (Wang et al. 2021) by its authors' package, which is optional."""

import logging

import numba
import numpy as np

from ingest.maps.pca_map import main_plane

NEAR_PAIRS = 10
FEWEST_POINTS = 50
"""PaCMAP draws its pairs from so many."""


def lay_out(points: np.ndarray, neighbours: np.ndarray, seed: int) -> np.ndarray:
    """Lay points out on a plane by PaCMAP.

    Its own seed makes its pairs, and one thread their forces: so the same comes out again.

    Parameters
    ----------
    points : float32, shape (n, k)
        In the space of the components, the strongest first.
    neighbours : int32, shape (n, m)
        Nearest other points.
    seed : int

    Returns
    -------
    float32, shape (n, 2)
    """
    start = main_plane(points)
    if len(points) < FEWEST_POINTS or not start.any():
        return start
    from pacmap import PaCMAP

    logging.getLogger("pacmap").setLevel(logging.ERROR)  # it warns of being given a seed
    near = neighbours[:, :NEAR_PAIRS]
    rows = np.repeat(np.arange(len(points), dtype=np.int32), near.shape[1])
    pairs = np.stack([rows, near.ravel()], axis=1).astype(np.int32)
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        # Its kernels add row numbers to a seed of 32 bits.
        method = PaCMAP(
            n_neighbors=near.shape[1],
            pair_neighbors=pairs,
            apply_pca=False,
            random_state=seed % 2**30,
        )
        return np.ascontiguousarray(method.fit_transform(points, init=start), np.float32)
    finally:
        numba.set_num_threads(threads)
