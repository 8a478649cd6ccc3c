"""Undo the reddening by dust of the Milky Way."""

import numpy as np

R_V = 3.1
"""A_V / E(B-V) of diffuse dust."""

_OPTICAL_A = (1.0, 0.104, -0.609, 0.701, 1.137, -1.718, -0.827, 1.647, -0.505)
_OPTICAL_B = (0.0, 1.952, 2.908, -3.989, -7.985, 11.102, 5.491, -10.805, 3.347)


def extinction_curve(wave: np.ndarray, r_v: float = R_V) -> np.ndarray:
    """Return A(lambda) / A(V) in the optical and near infrared.

    O'Donnell 1994 (ApJ 422, 158) from 3030 to 9091 Angstrom, Cardelli, Clayton & Mathis 1989
    (ApJ 345, 245) from there to 3.3 micron.

    Parameters
    ----------
    wave : float64, any shape
        Observed wavelength [Angstrom].
    r_v : float
        A_V / E(B-V).

    Returns
    -------
    float64, the same shape
        NaN outside 3030 Angstrom to 3.3 micron.
    """
    x = 1e4 / np.asarray(wave, np.float64)  # [1 / micron]
    y = x - 1.82
    optical = (
        np.polynomial.Polynomial(_OPTICAL_A)(y) + np.polynomial.Polynomial(_OPTICAL_B)(y) / r_v
    )
    infrared = (0.574 - 0.527 / r_v) * x**1.61
    curve = np.where(x < 1.1, infrared, optical)
    return np.where((x >= 0.3) & (x <= 1e4 / 3030), curve, np.nan)


def deredden(
    flux: np.ndarray, ivar: np.ndarray, wave: np.ndarray, ebv: np.ndarray, r_v: float = R_V
) -> tuple[np.ndarray, np.ndarray]:
    """Brighten flux by what dust has taken, in the observed frame.

    Parameters
    ----------
    flux, ivar : float32, shape (n_pix,)
    wave : float64, shape (n_pix,)
        Observed wavelength [Angstrom].
    ebv : float64, shape (n_pix,) or a scalar
        E(B-V) [mag]. NaN, where it is not known, leaves the pixel as it is.
    r_v : float
        A_V / E(B-V).

    Returns
    -------
    flux, ivar : float32, shape (n_pix,)
        flux 0 and ivar 0 where the curve does not reach.
    """
    known = np.isfinite(ebv)
    magnitudes = np.where(known, ebv, 0.0) * r_v * extinction_curve(wave, r_v)
    factor = np.where(known, 10.0 ** (0.4 * magnitudes), 1.0).astype(np.float32)
    reached = np.isfinite(factor)
    bright = np.where(reached, flux * factor, np.float32(0))
    return bright, np.where(reached, ivar / factor**2, np.float32(0))
