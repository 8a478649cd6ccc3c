"""An isolation forest on ranks (Liu, Ting & Zhou 2008): few random cuts isolate what is odd.

Trees grow on the ranks of a reference sample's pixels, for on fluxes only extreme emission lines
come out. Their cuts are then put back to flux, so that all spectra fall through them as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.anomaly import trees
from ingest.anomaly.base import Kind, Sample
from ingest.anomaly.trees import Trees
from ingest.batches import Scores

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest

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
    is_random: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is grown with."""
        return {"trees": self.trees, "rows_per_tree": ROWS_PER_TREE}

    def fit(self, reference: Sample, seed: int) -> "FittedIsolation":
        """Grow the trees on the ranks of the reference, and put their cuts back to flux."""
        ordered = np.sort(reference.flux, axis=0)
        forest = grow_on_ranks(reference.flux, ordered, self.trees, seed)
        return put_back(self.name, forest, ordered)


@dataclass(frozen=True, slots=True)
class FittedIsolation:
    """Isolation trees that ask for fluxes.

    Attributes
    ----------
    name : str
    trees : Trees
    length : float64, shape (n_nodes,)
        Path length that ends at a leaf.
    usual : float
        Average path length of a tree.
    """

    name: str
    trees: Trees
    length: np.ndarray
    usual: float

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Return 2 to the minus mean path length over that of an average spectrum."""
        mean = self.trees.add_up(sample.flux, self.length) / self.trees.roots.size
        return (Scores(self.name, 2.0 ** (-mean / max(self.usual, 1.0))),)


def put_back(name: str, forest: "IsolationForest", ordered: np.ndarray) -> FittedIsolation:
    """Turn a forest that asks for ranks into one that asks for fluxes.

    Parameters
    ----------
    name : str
    forest : IsolationForest
    ordered : float32, shape (n_reference, n_pix)
        Each column increasing.
    """
    grown = trees.lay_out(forest.estimators_)
    cuts = cut_flux(ordered, grown.feature, grown.threshold).astype(np.float64)
    length = np.concatenate([_path_lengths(estimator.tree_) for estimator in forest.estimators_])
    usual = float(average_path(np.array([forest.max_samples_]))[0])
    return FittedIsolation(name, replace(grown, threshold=cuts), length, usual)


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
    reference: np.ndarray, ordered: np.ndarray, count: int, seed: int
) -> "IsolationForest":
    """Grow the trees, each on some of the reference."""
    from sklearn.ensemble import IsolationForest  # a second to load: not before

    rows = min(ROWS_PER_TREE, len(reference))
    forest = IsolationForest(n_estimators=count, max_samples=rows, random_state=seed)
    return forest.fit(rank_in(ordered, reference))


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
