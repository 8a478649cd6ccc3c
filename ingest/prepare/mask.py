"""Which observed pixels are used."""

import numpy as np

SKY_RESIDUAL = (5565.0, 5590.0)
"""Observed-frame range that the [O I] 5577 night-sky line spoils [Angstrom]."""


def mask_pixels(wave: np.ndarray, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return the inverse variance, 0 where a pixel is not to be used.

    Parameters
    ----------
    wave : float64, shape (n_pix,)
        Observed-frame wavelength [Angstrom].
    flux, ivar : float32, shape (n_pix,)

    Returns
    -------
    float32, shape (n_pix,)
    """
    good = np.isfinite(flux) & np.isfinite(ivar) & (ivar > 0)
    good &= (wave < SKY_RESIDUAL[0]) | (wave > SKY_RESIDUAL[1])
    return np.where(good, ivar, np.float32(0))
