"""Join the three arms of DESI's spectrographs to one spectrum."""

from dataclasses import dataclass

import numpy as np

from ingest.errors import RejectedSpectrum

STEP = 0.8
"""Pixel size of every arm [Angstrom]; the arms share one grid where they overlap."""

_TOLERANCE = 1e-3
"""How far a wavelength may lie from the grid [Angstrom]; single precision scatters by 5e-4."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Spectra of one arm, or of all that were joined.

    Attributes
    ----------
    wave : float64, shape (n_pix,)
        Vacuum wavelength in the barycentric frame [Angstrom].
    flux, ivar : float32, shape (n_spec, n_pix)
        Flux density [1e-17 erg s-1 cm-2 Angstrom-1] and its inverse variance.
    mask : int32, shape (n_spec, n_pix)
        The survey's bits of bad pixels; 0 is good.
    """

    wave: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    mask: np.ndarray


def join_arms(arms: list[Arm]) -> Arm:
    """Join arms, weighted by inverse variance where they overlap.

    A pixel that is masked, or whose flux or ivar is not a good number, has no weight. Where no arm
    has a good pixel ivar is 0 and flux as it is written. In an overlap the bits of the mask are
    those that all arms set.

    Raises
    ------
    RejectedSpectrum
        When the wavelengths are not on one grid of 0.8 Angstrom, or leave a gap.
    """
    for arm in arms:
        _check_range(arm.wave)
    start = min(float(arm.wave[0]) for arm in arms)
    places = [_place(arm.wave, start) for arm in arms]
    shape = len(arms[0].flux), max(place.stop for place in places)
    flux, mask = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
    weight, weighted = np.zeros(shape), np.zeros(shape)
    covered = np.zeros(shape[1], bool)
    for arm, place in zip(arms, places, strict=True):
        good = (arm.mask == 0) & (arm.ivar > 0) & np.isfinite(arm.ivar) & np.isfinite(arm.flux)
        ivar = np.where(good, arm.ivar, 0).astype(np.float64)
        weight[:, place] += ivar
        weighted[:, place] += ivar * np.where(good, arm.flux, 0)
        flux[:, place] = arm.flux
        mask[:, place] &= arm.mask
        covered[place] = True
    if not covered.all():
        raise RejectedSpectrum("its arms leave a gap between their wavelengths")
    np.divide(weighted, weight, out=flux, where=weight > 0, casting="same_kind")
    wave = start + STEP * np.arange(shape[1])
    return Arm(wave, flux, weight.astype(np.float32), mask)


def _check_range(wave: np.ndarray) -> None:
    if not (1e3 < wave.min() <= wave.max() < 1e5):
        raise RejectedSpectrum("its wavelengths are not between 1000 Angstrom and 10 micron")


def _place(wave: np.ndarray, start: float) -> slice:
    """Return which pixels of the joint grid an arm holds."""
    first = round((float(wave[0]) - start) / STEP)
    expected = start + STEP * (first + np.arange(wave.size))
    if not np.all(np.abs(wave - expected) < _TOLERANCE):
        raise RejectedSpectrum("its wavelengths do not increase in steps of 0.8 Angstrom")
    return slice(first, first + wave.size)
