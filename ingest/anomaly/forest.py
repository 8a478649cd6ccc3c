"""Unsupervised random forests: real spectra against shuffled ones (Shi & Horvath 2006).

Two spectra are alike in the share of trees that put them into the same leaf, and take the leaf for
real; the score is the mean distance to all others (Baron & Poznanski 2017, MNRAS 465, 4530). The
mean over the others is a count of leaves: no matrix of distances is ever made. A tree is not asked
about a spectrum that it was grown on: it would know it for real, and the few that the trees grow on
would seem ordinary beside the many that they do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from ingest.anomaly.base import Kind, Sample, draw
from ingest.batches import Scores

CHUNK_ROWS = 5000

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

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is grown with."""
        return {"trees": self.trees, "rows": self.rows, "shuffle": self.shuffle}

    def score(self, sample: Sample, seed: int) -> tuple[Scores, ...]:
        """Return the mean distance to all other spectra."""
        chosen = draw(self.rows, sample.reference, seed)
        forest = grow_forest(sample, chosen, self.shuffle, self.trees, seed)
        leaves, real = find_leaves(forest, sample.flux)
        asked = find_asked(forest, chosen, len(sample))
        return (Scores(self.name, mean_distances(leaves, real, asked)),)


def grow_forest(
    sample: Sample, chosen: np.ndarray, shuffle: Shuffle, trees: int, seed: int
) -> RandomForestClassifier:
    """Grow a forest on chosen spectra, class 1, and as many synthetic ones, class 0."""
    random = np.random.default_rng(seed)
    shuffled = shuffle_pixels if shuffle == "pixels" else shuffle_components
    spectra = np.concatenate([sample.flux[chosen], shuffled(sample, chosen, random)])
    labels = np.repeat([1, 0], chosen.size)
    forest = RandomForestClassifier(trees, n_jobs=-1, random_state=seed)
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


def find_leaves(
    forest: RandomForestClassifier, spectra: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Find the leaf of every spectrum in every tree.

    Returns
    -------
    leaves : uint32, shape (n_spec, n_trees)
        Numbers of nodes.
    real : list of bool arrays, shape (n_nodes,)
        For each tree, which nodes it takes for real.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    leaves = np.empty((len(spectra), len(trees)), np.uint32)
    for start in range(0, len(spectra), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        leaves[part] = forest.apply(spectra[part])
    return leaves, [tree.value[:, 0, 1] > tree.value[:, 0, 0] for tree in trees]


def find_asked(forest: RandomForestClassifier, chosen: np.ndarray, n_spec: int) -> np.ndarray:
    """Find which trees were grown without a spectrum, bool, shape (n_spec, n_trees)."""
    asked = np.ones((n_spec, len(forest.estimators_)), bool)
    for t, drawn in enumerate(forest.estimators_samples_):
        asked[chosen[drawn[drawn < chosen.size]], t] = False
    return asked


def mean_distances(leaves: np.ndarray, real: list[np.ndarray], asked: np.ndarray) -> np.ndarray:
    """Return the mean distance of each spectrum to all others, by counting leaves.

    Over all spectra, itself too, the trees that put two into one real leaf sum up to
    sum_t count(leaf_t(i)); a spectrum shares with itself the trees that take it for real.

    Parameters
    ----------
    leaves : unsigned, shape (n_spec, n_trees)
    real : list of bool arrays, shape (n_nodes,)
    asked : bool, shape (n_spec, n_trees)
        Trees that count for a spectrum.

    Returns
    -------
    float64, shape (n_spec,)
        0 to 1; NaN when there is no other spectrum, or no tree to ask.
    """
    n_spec = len(leaves)
    shared = np.zeros(n_spec, np.int64)
    for t, is_real in enumerate(real):
        others = np.bincount(leaves[:, t], minlength=is_real.size) - 1
        shared += np.where(is_real, others, 0)[leaves[:, t]] * asked[:, t]
    pairs = asked.sum(axis=1) * (n_spec - 1.0)
    return 1.0 - np.divide(shared, pairs, out=np.full(n_spec, np.nan), where=pairs > 0)
