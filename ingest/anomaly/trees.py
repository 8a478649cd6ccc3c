"""Trees of scikit-learn laid end to end in plain arrays, for kernels to fall through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.kernels.trees import add_path_lengths, find_leaves


@dataclass(frozen=True, slots=True)
class Trees:
    """Binary trees; nodes are counted through all of them.

    Attributes
    ----------
    feature : int32, shape (n_nodes,)
        Pixel that a node asks for; negative at leaves.
    threshold : float64, shape (n_nodes,)
        A flux that is not above goes left.
    left, right : int32, shape (n_nodes,)
    roots : int32, shape (n_trees,)
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    roots: np.ndarray

    def leaves(self, flux: np.ndarray) -> np.ndarray:
        """Return the leaf of every spectrum, int32, shape (n_spec, n_trees)."""
        found = np.empty((len(flux), self.roots.size), np.int32)
        find_leaves(flux, self.feature, self.threshold, self.left, self.right, self.roots, found)
        return found

    def add_up(self, flux: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Return the sum over the trees of what stands at each spectrum's leaf, float64."""
        total = np.zeros(len(flux))
        add_path_lengths(
            flux, self.feature, self.threshold, self.left, self.right, length, self.roots, total
        )
        return total


def lay_out(estimators: Sequence[Any]) -> Trees:
    """Lay the trees of a fitted forest end to end."""
    trees = [estimator.tree_ for estimator in estimators]
    roots = np.cumsum([0] + [tree.node_count for tree in trees[:-1]]).astype(np.int32)
    shifts = np.repeat(roots, [tree.node_count for tree in trees])
    return Trees(
        feature=np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        left=(np.concatenate([tree.children_left for tree in trees]) + shifts).astype(np.int32),
        right=(np.concatenate([tree.children_right for tree in trees]) + shifts).astype(np.int32),
        roots=roots,
    )
