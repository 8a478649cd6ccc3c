"""The shapes of oddities, as functions of wavelength: light added, light taken, faults."""

import numpy as np

SPEED_OF_LIGHT = 299792.458

SN_TROUGHS = (
    (3780, 0.55, 60),
    (4330, 0.35, 60),
    (4850, 0.45, 80),
    (5300, 0.2, 40),
    (5460, 0.25, 45),
    (5780, 0.15, 50),
    (6150, 0.5, 70),
    (7500, 0.2, 90),
    (8250, 0.4, 120),
)
"""Wavelength [Angstrom], depth and width of a type Ia's absorption near its maximum."""

NAD = ((5891.58, 0.55), (5897.56, 0.45))
JOIN = 6000.0
"""Observed wavelength at which the arms of SDSS meet [Angstrom]."""


def supernova(wave: np.ndarray, shift_kms: float) -> np.ndarray:
    """Return a type Ia near its maximum, one at 5500 Angstrom: troughs on a blue continuum.

    Parameters
    ----------
    wave : float64, shape (n_wave,)
        Rest wavelength, vacuum [Angstrom].
    shift_kms : float
        Of the troughs.
    """
    return _supernova(wave, shift_kms) / _supernova(np.array([5500.0]), shift_kms)


def outflow_depth(wave: np.ndarray, ew: float, shift_kms: float) -> np.ndarray:
    """Return the optical depth of Na D moved to the blue; equivalent width in Angstrom."""
    depth = np.zeros(wave.size)
    for line, share in NAD:
        sigma = 150 * line / SPEED_OF_LIGHT
        depth += share * ew * gaussian(wave, line * (1 - shift_kms / SPEED_OF_LIGHT), sigma)
    return depth


def fringes(observed: np.ndarray, amplitude: float, period: float, phase: float) -> np.ndarray:
    """Return by what the fringes of a red detector multiply flux, about one; period [Angstrom]."""
    strength = amplitude / (1 + np.exp((6500 - observed) / 200))
    return 1 + strength * np.sin(2 * np.pi * observed / period + phase)


def arm_step(observed: np.ndarray, step: float) -> np.ndarray:
    """Return by what a wrong match of the two arms multiplies flux."""
    return np.where(observed > JOIN, 1 + step, 1.0)


def stray_profile(observed: np.ndarray, centre: float) -> np.ndarray:
    """Return a line as narrow as the spectrograph allows, one at its centre."""
    return np.exp(-0.5 * ((observed - centre) / 1.6) ** 2)


def gaussian(wave: np.ndarray, centre: float, sigma: float) -> np.ndarray:
    """Return a Gaussian of unit area [1 / Angstrom]."""
    return np.exp(-0.5 * ((wave - centre) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)


def _supernova(wave: np.ndarray, shift_kms: float) -> np.ndarray:
    continuum = (5500 / wave) ** 5 / np.expm1(1.4388e8 / (wave * 11000))
    stretch = 1 + shift_kms / SPEED_OF_LIGHT
    depth = sum(d * np.exp(-0.5 * ((wave - w * stretch) / s) ** 2) for w, d, s in SN_TROUGHS)
    return continuum * (1 - np.clip(depth, 0, 0.9))
