"""Whether a list prefers bright spectra or faint ones."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom, rankdata

from ingest.compare.consensus import top_length

BINS = 20
"""Equal steps of the percentile of S/N."""


@dataclass(frozen=True, slots=True)
class SnBias:
    """How the top of one list is spread over the percentiles of S/N; arrays shape (BINS,).

    Attributes
    ----------
    lo, hi : float64
        Limits of the bins, as shares 0 to 1 of the sample by rising S/N.
    count : int64
        Spectra of the top list in the bin.
    expected : float64
        What a list drawn at random would have there.
    p_value : float64
        Two-sided probability of a count as far off, for a list drawn at random. One bin in twenty
        lies below 0.05 by chance.
    median : float
        Median percentile of the list, 0 to 1; NaN for an empty list.
    """

    lo: np.ndarray
    hi: np.ndarray
    count: np.ndarray
    expected: np.ndarray
    p_value: np.ndarray
    median: float


def sn_percentiles(sn_median: np.ndarray) -> np.ndarray:
    """Return the share of spectra of lower S/N, float64; equals share theirs, NaN stays NaN.

    Parameters
    ----------
    sn_median : float, shape (n_spec,)
    """
    known = np.isfinite(sn_median)
    percentile = np.full(sn_median.shape, np.nan)
    percentile[known] = (rankdata(sn_median[known]) - 0.5) / max(known.sum(), 1)
    return percentile


def measure_sn_bias(rank: np.ndarray, percentile: np.ndarray) -> SnBias:
    """Spread the top of a list over the percentiles of S/N.

    Parameters
    ----------
    rank : int, shape (n_spec,)
        1 is strangest, 0 where the list cannot say.
    percentile : float64, shape (n_spec,)
        Of `sn_percentiles`. Spectra of unknown S/N are left out.
    """
    heard = (rank > 0) & np.isfinite(percentile)
    top = percentile[heard & (rank <= top_length(rank.size))]
    members, count = _histogram(percentile[heard]), _histogram(top)
    total = max(int(heard.sum()), 1)
    drawn = hypergeom(total, members, top.size)
    edges = np.linspace(0, 1, BINS + 1)
    return SnBias(
        lo=edges[:-1],
        hi=edges[1:],
        count=count,
        expected=top.size * members / total,
        p_value=np.minimum(2 * np.minimum(drawn.cdf(count), drawn.sf(count - 1)), 1),
        median=float(np.median(top)) if top.size else np.nan,
    )


def _histogram(percentile: np.ndarray) -> np.ndarray:
    return np.bincount((percentile * BINS).astype(int), minlength=BINS)
