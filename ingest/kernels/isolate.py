"""How deep spectra fall in isolation trees: pure arrays, all spectra in a call."""

import numba
import numpy as np


@numba.njit(cache=True, parallel=True)
def add_path_lengths(
    flux: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    length: np.ndarray,
    roots: np.ndarray,
    total: np.ndarray,
) -> None:
    """Add up the path lengths of spectra over all trees, laid end to end.

    Parameters
    ----------
    flux : float32, shape (n_spec, n_pix)
    feature : int32, shape (n_nodes,)
        Pixel that a node asks for; negative at leaves.
    threshold : float32, shape (n_nodes,)
        A flux that is not above goes left.
    left, right : int32, shape (n_nodes,)
        Nodes, counted through all trees.
    length : float64, shape (n_nodes,)
        Path length that ends at a leaf.
    roots : int32, shape (n_trees,)
    total : float64, shape (n_spec,)
        Added to.
    """
    for i in numba.prange(flux.shape[0]):
        added = 0.0
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if flux[i, feature[node]] <= threshold[node] else right[node]
            added += length[node]
        total[i] += added
