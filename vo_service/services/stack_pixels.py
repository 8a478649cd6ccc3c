"""The arithmetic of stacks: arrays in, arrays out.

Sums are of float64 and go through the spectra in the order given; percentiles are exact.
"""

from dataclasses import dataclass

import numpy as np

LOW, HIGH = 0.16, 0.84
"""The shares between which two thirds of the spectra lie: one sigma either way of a Gaussian."""

COLUMNS = 64
"""Pixels whose values are sorted at once: what a core's cache holds of some thousand spectra."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """Pixels of a stack, each array of shape (n_pix,); NaN where no spectrum has the pixel.

    Attributes
    ----------
    mean, error : float64
        Weighted by inverse variance, and its standard error.
    median, p16, p84 : float64
        Of the spectra themselves, unweighted; percentiles are linear between order statistics.
    count : int64
        Spectra that have the pixel.
    """

    mean: np.ndarray
    error: np.ndarray
    median: np.ndarray
    p16: np.ndarray
    p84: np.ndarray
    count: np.ndarray


def measure_norms(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return the median flux of each spectrum.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        Pixels without ivar, or whose flux is not finite, are missing.

    Returns
    -------
    float64, shape (n_spec,)
        NaN where no pixel is there, or the median is not positive: nothing can be divided by it.
    """
    valid = _valid(flux, ivar)
    ordered = np.where(valid, flux, np.float32(np.inf))
    ordered.sort(axis=1)
    medians = quantiles(ordered, valid.sum(axis=1), (0.5,))[0]
    return np.where(medians > 0, medians, np.nan)


def stack(flux: np.ndarray, ivar: np.ndarray, norms: np.ndarray) -> Stacked:
    """Stack spectra, each over a number of its own.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        As `measure_norms` takes them; both are overwritten.
    norms : float64, shape (n_spec,)
        What each spectrum is divided by, positive.
    """
    valid = _valid(flux, ivar)
    missing = ~valid
    np.copyto(flux, 0, where=missing)
    np.copyto(ivar, 0, where=missing)
    # The weight of a flux over its norm is ivar norm^2.
    weight = np.einsum("i,ij->j", norms**2, ivar, dtype=np.float64)
    total = np.einsum("i,ij,ij->j", norms, ivar, flux, dtype=np.float64)
    np.divide(flux, norms[:, None], out=flux, casting="same_kind")
    np.copyto(flux, np.inf, where=missing)
    count = valid.sum(axis=0)
    p16, median, p84 = _column_quantiles(flux, count, (LOW, 0.5, HIGH))
    known = weight > 0
    mean = np.divide(total, weight, out=np.full(weight.shape, np.nan), where=known)
    error = np.sqrt(np.divide(1, weight, out=np.full(weight.shape, np.nan), where=known))
    return Stacked(mean, error, median, p16, p84, count)


def quantiles(ordered: np.ndarray, counts: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Return quantiles of rows that are sorted, linear between order statistics.

    Parameters
    ----------
    ordered : float32, shape (n, m)
        Each row increasing; what is missing is infinite and stands at its end.
    counts : int64, shape (n,)
        How many values each row has.
    shares : tuple of float
        0.5 for the median.

    Returns
    -------
    float64, shape (n_shares, n)
        NaN for a row without values.
    """
    if not ordered.shape[1]:
        return np.full((len(shares), len(ordered)), np.nan)
    last = counts - 1
    places = np.maximum(last, 0) * np.array(shares)[:, None]
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(last, 0))
    rows = np.arange(len(ordered))
    low, high = (ordered[rows, at].astype(np.float64) for at in (below, above))
    low[:, counts == 0] = high[:, counts == 0] = np.nan
    return low + (high - low) * (places - below)


def _valid(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    return (ivar > 0) & np.isfinite(flux) & np.isfinite(ivar)


def _column_quantiles(
    values: np.ndarray, counts: np.ndarray, shares: tuple[float, ...]
) -> np.ndarray:
    """Return quantiles of columns, shape (n_shares, n_pix); a few of them are turned at a time."""
    found = np.empty((len(shares), values.shape[1]))
    for start in range(0, values.shape[1], COLUMNS):
        here = slice(start, start + COLUMNS)
        ordered = np.ascontiguousarray(values[:, here].T)
        ordered.sort(axis=1)
        found[:, here] = quantiles(ordered, counts[here], shares)
    return found
