"""How many objects two lists share, and from how many they are then drawn."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

Numbers = float | np.ndarray

TAIL = 0.16
"""Probability left out on each side of the 68 % interval."""

_WIDEST = 8
"""Times g²/k: beyond, so many shared are less likely than `TAIL`, whatever their number."""

_STIRLING_FROM = 30.0


@dataclass(frozen=True, slots=True)
class Population:
    """How many objects the lists are drawn from; all arrays float64, of one shape.

    Attributes
    ----------
    estimated : float64
        g²/k, the likeliest size; NaN where nothing is shared.
    chapman : float64
        (g + 1)²/(k + 1) - 1, which is finite where nothing is shared.
    lo, hi : float64
        The 68 % interval; hi is NaN, for no upper end, where nothing is shared.
    """

    estimated: np.ndarray
    chapman: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


def log_overlap_pmf(overlap: Numbers, length: Numbers, size: Numbers) -> np.ndarray:
    """Return the logarithm of C(g, k) C(n-g, g-k) / C(n, g), float64.

    Parameters
    ----------
    overlap : number, broadcastable
        k, 0 to g.
    length : number, broadcastable
        g, how long each of the two lists is.
    size : number, broadcastable
        n, how many objects both are drawn from at random; at least 2g - k.

    Notes
    -----
    Equation A.3 of Reis et al. (2019, arXiv 1911.06823); A.2 as printed there has one factor too
    many in each product.
    """
    left = length - overlap
    return (
        _log_choose(length, overlap)
        + _log_choose(size - length, left)
        - _log_choose(size, length)
    )  # fmt: skip


def overlap_cdf(overlap: np.ndarray, length: int, size: np.ndarray) -> np.ndarray:
    """Return the probability that two random lists share at most so many objects.

    The tail that does not hold the mean is summed: its terms fall away from `overlap`, so that
    some nine standard deviations of them are all.

    Parameters
    ----------
    overlap : int, shape (n_cases,)
        k, 0 to g.
    length : int
        g.
    size : float64, shape (n_cases,)
        n, at least 2g - k.

    Returns
    -------
    float64, shape (n_cases,)
    """
    overlap = np.asarray(overlap, float)
    size = np.asarray(size, float)
    below = length**2 / size >= overlap
    start = np.where(below, overlap, overlap + 1)
    steps = np.arange(int(9 * np.sqrt(overlap.max(initial=0) + 1)) + 30)
    reached = np.minimum(start, length)
    first = np.where(start > length, 0, np.exp(log_overlap_pmf(reached, length, size)))
    ratios = np.where(
        below[:, None],
        _ratio_down(start[:, None] - steps, length, size[:, None]),
        _ratio_up(start[:, None] + steps, length, size[:, None]),
    )
    total = first * (1 + np.cumprod(ratios, axis=1).sum(axis=1))
    return np.clip(np.where(below, total, 1 - total), 0, 1)


def estimate_population(overlap: np.ndarray, length: int) -> Population:
    """Estimate how many objects two lists are drawn from that share so many.

    If the lists were drawn at random from n objects that are all equally odd, this is n. The
    likeliest n is g²/k, rounded down. The sizes of Reis et al. (8,525 for k = 29, 31,716 for k = 8,
    g = 500) are their numerical maxima of the likelihood: the exact ones are 8,620 and 31,249, 1.1
    and 1.5 % away. No mean or median of a posterior comes as near to both, nor does Chapman's
    estimate (8,366 and 27,888).

    Parameters
    ----------
    overlap : int, shape (n_cases,)
        k, 0 to g.
    length : int
        g.

    Returns
    -------
    Population
        The interval holds each whole n for which neither so few nor so many shared objects have
        a probability below 16 %.
    """
    shared = np.asarray(overlap, np.int64)
    none = shared == 0
    fewer = np.maximum(shared - 1, 0)
    return Population(
        estimated=np.divide(length**2, shared, out=np.full(shared.shape, np.nan), where=~none),
        chapman=(length + 1) ** 2 / (shared + 1) - 1,
        lo=_smallest_size(shared, length, TAIL),
        hi=np.where(none, np.nan, _smallest_size(fewer, length, 1 - TAIL) - 1),
    )


def _smallest_size(overlap: np.ndarray, length: int, probability: float) -> np.ndarray:
    """Return the least n for which so few are shared with that probability at least, float64."""
    lo = 2 * length - overlap - 1
    hi = _WIDEST * (length + 1) ** 2 // (overlap + 1)
    while (hi - lo > 1).any():
        middle = np.maximum((lo + hi) // 2, 2 * length - overlap)
        enough = overlap_cdf(overlap, length, middle) >= probability
        lo, hi = np.where(enough, lo, middle), np.where(enough, middle, hi)
    return hi.astype(float)


def _ratio_down(k: np.ndarray, length: int, size: np.ndarray) -> np.ndarray:
    """Return pmf(k - 1) / pmf(k), 0 from where nothing can be shared less."""
    left = np.maximum(length - k + 1, 1)
    return np.maximum(k, 0) * np.maximum(size - 2 * length + k, 0) / left**2


def _ratio_up(k: np.ndarray, length: int, size: np.ndarray) -> np.ndarray:
    """Return pmf(k + 1) / pmf(k), 0 from where no more can be shared."""
    left = np.maximum(length - k, 0)
    return left**2 / ((k + 1) * np.maximum(size - 2 * length + k + 1, 1e-300))


def _log_choose(total: Numbers, chosen: Numbers) -> np.ndarray:
    """Return the logarithm of a binomial coefficient."""
    return _log_rising(np.subtract(total, chosen) + 1.0, chosen) - gammaln(np.add(chosen, 1.0))


def _log_rising(start: np.ndarray, steps: Numbers) -> np.ndarray:
    """Return lnΓ(a + b) - lnΓ(a), by Stirling's series where the two would cancel."""
    a = np.maximum(start, _STIRLING_FROM)
    series = (a - 0.5) * np.log1p(steps / a) + steps * (np.log(a + steps) - 1)
    series += _stirling(a + steps) - _stirling(a)
    return np.where(start < _STIRLING_FROM, gammaln(start + steps) - gammaln(start), series)


def _stirling(x: np.ndarray) -> np.ndarray:
    return (1 / 12 - (1 / 360 - 1 / 1260 / x**2) / x**2) / x
