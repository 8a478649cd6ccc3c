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
    """Spectra as detectors take them: averaged pixels, in the order of obj_id.

    The order is fixed so that nothing random depends on the order of the input.

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
    reference : int64, shape (n_reference,)
        Rows that models are fitted to, increasing.
    """

    flux: np.ndarray
    ivar: np.ndarray
    components: np.ndarray
    basis: np.ndarray
    sources: np.ndarray
    reference: np.ndarray

    def __len__(self) -> int:
        return len(self.flux)


class Detector(Protocol):
    """Scores all spectra of a sample.

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
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def parameters(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def libraries(self) -> tuple[str, ...]: ...  # noqa: D102

    def score(self, sample: Sample, seed: int) -> tuple[Scores, ...]:
        """Score the spectra.

        Parameters
        ----------
        sample : Sample
        seed : int
            Of everything random.

        Returns
        -------
        tuple of Scores
            One for each of `names`; NaN where the detector cannot say.
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
