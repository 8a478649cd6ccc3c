"""An isolation forest on ranks (Liu, Ting & Zhou 2008): few random cuts isolate what is odd.

Trees grow on the ranks of a reference sample's pixels, for on fluxes only extreme emission lines
come out. Their cuts are then put back to flux, so that all spectra fall through them as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from ingest.anomaly.base import Kind, Sample
from ingest.batches import Scores
from ingest.kernels.isolate import add_path_lengths

ROWS_PER_TREE = 256
EULER = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class Isolation:
    """An isolation forest on ranks.

    Attributes
    ----------
    name : str
    kind : {'raw', 'divided'}
    trees : int
    """

    name: str
    kind: Kind
    trees: int = 500
    libraries: tuple[str, ...] = ("scikit-learn", "numpy", "numba")

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is grown with."""
        return {"trees": self.trees, "rows_per_tree": ROWS_PER_TREE}

    def score(self, sample: Sample, seed: int) -> tuple[Scores, ...]:
        """Return 2 to the minus mean path length over that of an average spectrum."""
        ordered = np.sort(sample.flux[sample.reference], axis=0)
        forest = grow_on_ranks(sample.flux[sample.reference], ordered, self.trees, seed)
        total = fall_through(forest, ordered, sample.flux)
        usual = average_path(np.array([forest.max_samples_]))[0]
        return (Scores(self.name, 2.0 ** (-total / (self.trees * max(usual, 1.0)))),)


def rank_in(ordered: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Return how many of a reference lie below or at each flux, less one; float32.

    Parameters
    ----------
    ordered : float32, shape (n_reference, n_pix)
        Each column increasing.
    flux : float32, shape (n_spec, n_pix)
    """
    ranks = [
        np.searchsorted(o, f, side="right") - 1 for o, f in zip(ordered.T, flux.T, strict=True)
    ]
    return np.stack(ranks, axis=1).astype(np.float32)


def grow_on_ranks(
    reference: np.ndarray, ordered: np.ndarray, trees: int, seed: int
) -> IsolationForest:
    """Grow the trees, each on some of the reference."""
    rows = min(ROWS_PER_TREE, len(reference))
    forest = IsolationForest(n_estimators=trees, max_samples=rows, random_state=seed)
    return forest.fit(rank_in(ordered, reference))


def fall_through(forest: IsolationForest, ordered: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Add up the path lengths of spectra, by their fluxes, over trees grown on ranks.

    Returns
    -------
    float64, shape (n_spec,)
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.cumsum([0] + [tree.node_count for tree in trees[:-1]]).astype(np.int32)
    shifts = np.repeat(roots, [tree.node_count for tree in trees])
    feature = np.concatenate([tree.feature for tree in trees]).astype(np.int32)
    cuts = np.concatenate([tree.threshold for tree in trees])
    left = np.concatenate([tree.children_left for tree in trees]) + shifts
    right = np.concatenate([tree.children_right for tree in trees]) + shifts
    length = np.concatenate([_path_lengths(tree) for tree in trees])
    total = np.zeros(len(flux))
    add_path_lengths(
        flux, feature, cut_flux(ordered, feature, cuts), left.astype(np.int32),
        right.astype(np.int32), length, roots, total,
    )  # fmt: skip
    return total


def cut_flux(ordered: np.ndarray, feature: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Put cuts between ranks back to flux: the greatest reference flux that still goes left.

    Filled pixels make ties, all of which have the rank of the last; so a rank is looked up among
    the ranks, never taken for a place.

    Returns
    -------
    float32, shape (n_nodes,)
        Half way to the next greater reference flux, and below it; 0 at leaves.
    """
    out = np.zeros(feature.size, np.float32)
    for pixel in np.unique(feature[feature >= 0]):
        nodes, column = np.flatnonzero(feature == pixel), ordered[:, pixel]
        ranks = np.searchsorted(column, column, side="right") - 1
        above = np.searchsorted(ranks, cuts[nodes], side="right")
        below, next_up = column[above - 1], column[np.minimum(above, len(column) - 1)]
        middle = below + (next_up - below) / 2
        out[nodes] = np.where(middle < next_up, middle, below)
    return out


def average_path(count: np.ndarray) -> np.ndarray:
    """Return the average path length of a tree over `count` spectra, float64."""
    many = np.maximum(count, 3).astype(np.float64)
    length = 2.0 * (np.log(many - 1.0) + EULER) - 2.0 * (many - 1.0) / many
    return np.where(count > 2, length, np.where(count == 2, 1.0, 0.0))


def _path_lengths(tree: Any) -> np.ndarray:
    """Return the depth of every node, and what the spectra that it still holds would add."""
    depth = np.zeros(tree.node_count)
    parents = np.flatnonzero(tree.children_left >= 0)
    for node in parents:  # a parent comes before its children
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return depth + average_path(tree.n_node_samples)
