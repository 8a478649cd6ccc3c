"""Bring spectra to one scale, and say how much of them is there."""

import numpy as np


def coverage(ivar: np.ndarray) -> np.ndarray:
    """Return the share of pixels that are present, float32, shape (n_spec,)."""
    return (ivar > 0).mean(axis=1, dtype=np.float32) if ivar.shape[1] else np.zeros(len(ivar), "f4")


def divide_by_median(
    flux: np.ndarray, ivar: np.ndarray, pixels: slice = slice(None)
) -> tuple[np.ndarray, np.ndarray]:
    """Divide spectra by their median over the pixels that are present in a slice.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        ivar 0, or a flux that is not finite, marks a missing pixel.
    pixels : slice
        Where the median is taken, and what is returned.

    Returns
    -------
    flux, ivar : float32, shape (n_spec, n_slice)
        Scaled; a spectrum whose median is not positive, or with no pixel, is all missing.
    """
    flux, ivar = flux[:, pixels], ivar[:, pixels]
    present = (ivar > 0) & np.isfinite(flux)
    median = _median_present(flux, present)
    usable = median > 0
    scale = np.where(usable, median, 1.0)[:, None].astype(np.float32)
    kept = present & usable[:, None]
    return np.where(kept, flux / scale, 0), np.where(kept, ivar * scale**2, 0)


def _median_present(flux: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return medians, 0 where nothing is present; sorting beats nanmedian ten times."""
    count = present.sum(axis=1)
    ordered = np.sort(np.where(present, flux, np.inf), axis=1)
    rows = np.arange(len(flux))
    lo, hi = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, flux.shape[1] - 1)
    with np.errstate(invalid="ignore"):
        median = 0.5 * (ordered[rows, lo] + ordered[rows, hi])
    return np.where(count > 0, median, 0.0)
