"""Which observed pixels are used."""

import numpy as np

SKY_RESIDUAL = (5565.0, 5590.0)
"""Observed-frame range that the [O I] 5577 night-sky line spoils [Angstrom]."""


def mask_bad(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return the inverse variance, 0 where flux or ivar are not finite or ivar is not positive.

    Parameters
    ----------
    flux, ivar : float32, any one shape

    Returns
    -------
    float32, the same shape
    """
    good = np.isfinite(flux)
    good &= ivar > 0
    good &= ivar < np.inf
    return np.where(good, ivar, np.float32(0))


def find_sky(offsets: np.ndarray, loglam0: np.ndarray, loglam_step: np.ndarray) -> np.ndarray:
    """Find the pixels whose centres lie in the sky residual, of spectra on log grids.

    Parameters
    ----------
    offsets : int64, shape (n_spec + 1,)
        Spectrum i holds pixels offsets[i]:offsets[i + 1].
    loglam0, loglam_step : float64, shape (n_spec,)
        log10 of the first observed wavelength [Angstrom], step [dex].

    Returns
    -------
    int64, shape (n_found,)
        Pixel numbers, counted through all spectra.
    """
    sizes = np.diff(offsets)
    lo, hi = ((np.log10(limit) - loglam0) / loglam_step for limit in SKY_RESIDUAL)
    start = np.clip(np.ceil(lo), 0, sizes).astype(np.int64)
    stop = np.clip(np.floor(hi) + 1, start, sizes).astype(np.int64)
    counts = stop - start
    before = np.cumsum(counts) - counts
    return np.repeat(offsets[:-1] + start - before, counts) + np.arange(counts.sum())


def find_sky_explicit(wave: np.ndarray) -> np.ndarray:
    """Find the pixels in the sky residual among explicit observed wavelengths [Angstrom]."""
    return np.flatnonzero((wave >= SKY_RESIDUAL[0]) & (wave <= SKY_RESIDUAL[1]))
