"""Unsupervised random forests: real spectra against shuffled ones (Shi & Horvath 2006).

Two spectra are alike in the share of trees that put them into the same leaf, and take the leaf for
real; the score is the mean distance to all others (Baron & Poznanski 2017, MNRAS 465, 4530). The
mean over the others is a count of leaves: no matrix of distances is ever made. A tree is not asked
about a spectrum that it was grown on: it would know it for real, and the few that the trees grow on
would seem ordinary beside the many that they do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ingest.anomaly import trees
from ingest.anomaly.base import Kind, Sample, draw
from ingest.anomaly.trees import Trees
from ingest.batches import Scores

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

Shuffle = Literal["pixels", "components"]


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest that learns to tell real spectra from synthetic ones.

    Attributes
    ----------
    name : str
    kind : {'raw', 'divided'}
    shuffle : {'pixels', 'components'}
        What the synthetic spectra are shuffled in.
    trees : int
    rows : int
        Real spectra that it is grown on.
    """

    name: str
    kind: Kind
    shuffle: Shuffle
    trees: int = 200
    rows: int = 2000
    libraries: tuple[str, ...] = ("scikit-learn", "numpy")
    is_random: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is grown with."""
        return {"trees": self.trees, "rows": self.rows, "shuffle": self.shuffle}

    def fit(self, reference: Sample, seed: int) -> "FittedForest":
        """Grow the forest, and count who of the reference ends where."""
        chosen = draw(self.rows, np.arange(len(reference)), seed)
        forest = grow_forest(reference, chosen, self.shuffle, self.trees, seed)
        grown = trees.lay_out(forest.estimators_)
        count = np.bincount(grown.leaves(reference.flux).ravel(), minlength=grown.feature.size)
        real = np.concatenate([t.tree_.value[:, 0, 1] > t.tree_.value[:, 0, 0] for t in forest])
        count = np.where(real, count, 0).astype(np.int32)
        asked = find_asked(forest, chosen)
        return FittedForest(self.name, grown, count, len(reference), chosen, asked)


@dataclass(frozen=True, slots=True)
class FittedForest:
    """A forest with its reference.

    Attributes
    ----------
    name : str
    trees : Trees
    count : int32, shape (n_nodes,)
        Spectra of the reference that end at a leaf; 0 at leaves that are not real.
    n_reference : int
    chosen : int64, shape (n_chosen,)
        Rows of the reference that the forest was grown on, increasing.
    asked : bool, shape (n_chosen, n_trees)
        Which trees were grown without them.
    """

    name: str
    trees: Trees
    count: np.ndarray
    n_reference: int
    chosen: np.ndarray
    asked: np.ndarray

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Return the mean distance to the reference, itself left out."""
        leaves = self.trees.leaves(sample.flux)
        asked = np.ones(leaves.shape, bool)
        place = np.minimum(np.searchsorted(self.chosen, sample.member), len(self.chosen) - 1)
        grown_on = self.chosen[place] == sample.member
        asked[grown_on] = self.asked[place[grown_on]]
        distance = mean_distances(self.count[leaves], asked, sample.member >= 0, self.n_reference)
        return (Scores(self.name, distance),)


def grow_forest(
    sample: Sample, chosen: np.ndarray, shuffle: Shuffle, count: int, seed: int
) -> "RandomForestClassifier":
    """Grow a forest on chosen spectra, class 1, and as many synthetic ones, class 0."""
    from sklearn.ensemble import RandomForestClassifier  # a second to load: not before

    random = np.random.default_rng(seed)
    shuffled = shuffle_pixels if shuffle == "pixels" else shuffle_components
    spectra = np.concatenate([sample.flux[chosen], shuffled(sample, chosen, random)])
    labels = np.repeat([1, 0], chosen.size)
    forest = RandomForestClassifier(count, random_state=seed)
    return forest.fit(spectra, labels)


def shuffle_pixels(sample: Sample, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make spectra whose every pixel comes from another one: marginals kept, nothing else."""
    return random.permuted(sample.flux[rows], axis=0)


def shuffle_components(sample: Sample, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make spectra whose every component comes from another one, and the residual too.

    Covariances are kept, so that only what they do not tell is left to learn.
    """
    placed = sample.components[rows]
    residual = sample.flux[rows] - placed @ sample.basis
    return random.permuted(placed, axis=0) @ sample.basis + random.permutation(residual)


def find_asked(forest: "RandomForestClassifier", chosen: np.ndarray) -> np.ndarray:
    """Find which trees were grown without a chosen spectrum, bool, shape (n_chosen, n_trees)."""
    asked = np.ones((chosen.size, len(forest.estimators_)), bool)
    for t, drawn in enumerate(forest.estimators_samples_):
        asked[drawn[drawn < chosen.size], t] = False
    return asked


def mean_distances(
    count: np.ndarray, asked: np.ndarray, is_member: np.ndarray, n_reference: int
) -> np.ndarray:
    """Return the mean distance of each spectrum to the reference, by counting leaves.

    Over the reference, the trees that put a spectrum into one real leaf with another sum up to
    sum_t count(leaf_t(i)); a spectrum of the reference shares with itself the trees that take it
    for real.

    Parameters
    ----------
    count : int, shape (n_spec, n_trees)
        Spectra of the reference in the leaf; 0 where it is not real.
    asked : bool, shape (n_spec, n_trees)
        Trees that count for a spectrum.
    is_member : bool, shape (n_spec,)
        Whether it is itself of the reference.
    n_reference : int

    Returns
    -------
    float64, shape (n_spec,)
        0 to 1; NaN when there is no other spectrum, or no tree to ask.
    """
    others = np.where(is_member[:, None], np.maximum(count - 1, 0), count)
    shared = np.where(asked, others, 0).sum(axis=1, dtype=np.int64)
    pairs = asked.sum(axis=1) * (n_reference - is_member.astype(np.float64))
    return 1.0 - np.divide(shared, pairs, out=np.full(len(count), np.nan), where=pairs > 0)
