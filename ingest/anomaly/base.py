"""What detectors take and what they answer; greater is stranger, always."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from ingest.batches import Scores

Kind = Literal["raw", "divided"]
"""Spectra over their median, or over their running continuum."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Spectra as detectors take them: averaged pixels.

    Attributes
    ----------
    flux : float32, shape (n_spec, n_blocks)
        Of the order of 1; gaps hold what the components make of the rest.
    ivar : float32, shape (n_spec, n_blocks)
        0 in gaps.
    components : float32, shape (n_spec, k)
        Coefficients of the principal components, fitted with ivar, each over its standard
        deviation in the reference.
    basis : float32, shape (k, n_blocks)
        The spectrum that a unit of each component stands for.
    sources : int64, shape (n_spec,)
        Equal for spectra of one source.
    member : int64, shape (n_spec,)
        Row in the reference that models are fitted to; -1 for the others.
    """

    flux: np.ndarray
    ivar: np.ndarray
    components: np.ndarray
    basis: np.ndarray
    sources: np.ndarray
    member: np.ndarray

    def __len__(self) -> int:
        return len(self.flux)


class Fitted(Protocol):
    """A detector that has seen its reference: a frozen dataclass that can be stored."""

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Score spectra, each for itself: those beside it change nothing.

        Returns
        -------
        tuple of Scores
            One for each name of the detector; NaN where it cannot say.
        """
        ...


class Detector(Protocol):
    """A method with its parameters.

    Attributes
    ----------
    names : tuple of str
        Published names of its answers, in their order; the first one names the detector.
    kind : {'raw', 'divided'}
        Spectra that it takes.
    parameters : mapping
        All that its answer depends on beside the sample and the seed, as JSON values.
    libraries : tuple of str
        Distributions whose versions its answer depends on.
    is_random : bool
        Whether another seed gives another answer.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def parameters(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def libraries(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def is_random(self) -> bool: ...  # noqa: D102

    def fit(self, reference: Sample, seed: int) -> Fitted:
        """Fit the reference.

        Parameters
        ----------
        reference : Sample
            In the order of the ids, so that nothing random depends on the order of the input.
        seed : int
            Of everything random.
        """
        ...


def draw(count: int, rows: np.ndarray, seed: int) -> np.ndarray:
    """Draw rows without repeats, all when there are no more; they come back increasing.

    Parameters
    ----------
    count : int
    rows : int64, shape (n,)
    seed : int

    Returns
    -------
    int64, shape (min(count, n),)
    """
    if len(rows) <= count:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))
