"""Unsupervised random forests: real spectra against shuffled ones (Shi & Horvath 2006).

Two spectra are alike in the share of trees that put them into the same leaf, and take the leaf for
real; the score is the mean distance to all others (Baron & Poznanski 2017, MNRAS 465, 4530). The
mean over the others is a count of leaves: no matrix of distances is ever made.
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
        forest = grow_forest(sample, self.shuffle, self.trees, self.rows, seed)
        leaves, real = find_leaves(forest, sample.flux)
        return (Scores(self.name, mean_distances(leaves, real)),)


def grow_forest(
    sample: Sample, shuffle: Shuffle, trees: int, rows: int, seed: int
) -> RandomForestClassifier:
    """Grow a forest on real spectra, class 1, and as many synthetic ones, class 0."""
    chosen = draw(rows, sample.reference, seed)
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


def mean_distances(leaves: np.ndarray, real: list[np.ndarray]) -> np.ndarray:
    """Return the mean distance of each spectrum to all others, by counting leaves.

    Summed over all spectra, itself too, the trees that put two into one real leaf are
    sum_t count(leaf_t(i)); a spectrum shares with itself the trees that take it for real.

    Parameters
    ----------
    leaves : unsigned, shape (n_spec, n_trees)
    real : list of bool arrays, shape (n_nodes,)

    Returns
    -------
    float64, shape (n_spec,)
        0 to 1; NaN when there is no other spectrum.
    """
    n_spec, n_trees = leaves.shape
    shared = np.zeros(n_spec, np.int64)
    for t, is_real in enumerate(real):
        others = np.bincount(leaves[:, t], minlength=is_real.size) - 1
        shared += np.where(is_real, others, 0)[leaves[:, t]]
    if n_spec < 2:
        return np.full(n_spec, np.nan)
    return 1.0 - shared / (n_trees * (n_spec - 1.0))
