"""Spectra in trees that are laid end to end: pure arrays, all spectra in a call."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
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
    """Add up the path lengths of spectra over all trees.

    Parameters
    ----------
    flux : float32, shape (n_spec, n_pix)
    feature : int32, shape (n_nodes,)
        Pixel that a node asks for; negative at leaves.
    threshold : float, shape (n_nodes,)
        A flux that is not above goes left.
    left, right : int32, shape (n_nodes,)
        Nodes, counted through all trees.
    length : float64, shape (n_nodes,)
        Path length that ends at a leaf.
    roots : int32, shape (n_trees,)
    total : float64, shape (n_spec,)
        Added to.
    """
    for i in range(flux.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if flux[i, feature[node]] <= threshold[node] else right[node]
            total[i] += length[node]


@numba.njit(cache=True, nogil=True)
def find_leaves(
    flux: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    roots: np.ndarray,
    leaves: np.ndarray,
) -> None:
    """Fill the leaf of every spectrum in every tree; trees as in `add_path_lengths`.

    Parameters
    ----------
    leaves : int32, shape (n_spec, n_trees)
        Nodes, counted through all trees.
    """
    for i in range(flux.shape[0]):
        for t in range(roots.size):
            node = roots[t]
            while feature[node] >= 0:
                node = left[node] if flux[i, feature[node]] <= threshold[node] else right[node]
            leaves[i, t] = node
