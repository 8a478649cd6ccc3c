"""From a spectrum at rest to what a spectrograph writes: faults, noise, sky, gaps."""

from dataclasses import dataclass

import numpy as np

from ingest.mock.oddities import Planted, change_observed
from ingest.mock.stars import LOGLAM, STEP

RHO = 0.17
"""Noise correlation of neighbouring pixels."""

IVAR_ERROR = 0.2
"""By how much the inverse variance is wrong at most."""

SKY_LEVEL = 60.0
"""Of the brightest night-sky lines [1e-17 erg s-1 cm-2 Angstrom-1]."""

FIRST_LOGLAM, MEAN_PIXELS = 3.5800, 3838

SKY_LINES = (
    5578.9,
    5891.6,
    6302.0,
    6365.5,
    6865.0,
    7278.0,
    7342.0,
    7717.0,
    7752.0,
    7796.0,
    7823.0,
    7915.0,
    7966.0,
    7995.0,
    8346.0,
    8401.0,
    8432.0,
    8467.0,
    8507.0,
    8780.0,
    8829.0,
    8888.0,
    8922.0,
    8961.0,
    9003.0,
    9040.0,
)
TELLURIC = ((6870.0, 6935.0), (7595.0, 7685.0), (8130.0, 8330.0))


@dataclass(frozen=True, slots=True)
class Observed:
    """One spectrum as it is written.

    Attributes
    ----------
    loglam0 : float
    flux, ivar, sky, model : float32, shape (n_pix,)
    mask : int32, shape (n_pix,)
    """

    loglam0: float
    flux: np.ndarray
    ivar: np.ndarray
    sky: np.ndarray
    model: np.ndarray
    mask: np.ndarray


def observe(
    rest: np.ndarray, z: float, sn: float, odd: Planted | None, random: np.random.Generator
) -> Observed:
    """Observe one spectrum.

    Parameters
    ----------
    rest : float64, shape (n_wave,)
        At rest, on the grid of `stars` [1e-17 erg s-1 cm-2 Angstrom-1].
    z : float
    sn : float
        Median signal-to-noise ratio.
    odd : Planted, optional
        A fault of the instrument.
    random : numpy.random.Generator
    """
    loglam = round(FIRST_LOGLAM + STEP * int(random.integers(-12, 13)), 4) + STEP * np.arange(
        MEAN_PIXELS + int(random.integers(-12, 13))
    )
    wave = 10**loglam
    truth = np.interp(loglam - np.log10(1 + z), LOGLAM, rest)
    sky = _sky(wave, random)
    sigma = np.median(truth) / sn * _noise_shape(wave, sky)
    flux = truth * (1 + _smooth(wave, random.uniform(0.01, 0.02), random)) * _telluric(wave, random)
    if odd is not None:
        flux = change_observed(flux, wave, sigma, odd, random)
    flux = flux + sigma * _noise(wave.size, random) + _sky_residuals(wave, sigma, random)
    told = 1 + np.clip(_smooth(wave, 0.1, random), -IVAR_ERROR, IVAR_ERROR)
    bad = _bad_pixels(wave.size, random)
    ivar = np.where(bad, 0, told * sigma**-2)
    sky = sky * SKY_LEVEL
    columns = [np.asarray(a, np.float32) for a in (flux, ivar, sky, truth)]
    flags = np.where(bad, 2**24, 0).astype(np.int32)
    return Observed(float(loglam[0]), columns[0], columns[1], columns[2], columns[3], flags)


def _noise(count: int, random: np.random.Generator) -> np.ndarray:
    """Return unit noise in which neighbours are correlated."""
    white = random.standard_normal(count + 1)
    share = (1 - np.sqrt(1 - 4 * RHO**2)) / (2 * RHO)
    return (white[1:] + share * white[:-1]) / np.sqrt(1 + share**2)


def _smooth(wave: np.ndarray, size: float, random: np.random.Generator) -> np.ndarray:
    """Return a smooth random curve of a given scatter."""
    x = np.log(wave / wave[0]) / np.log(wave[-1] / wave[0])
    orders = np.arange(1, 9)
    amplitude = random.standard_normal(8) / np.sqrt(orders)
    phase = random.uniform(0, 2 * np.pi, 8)
    curve = (amplitude[:, None] * np.cos(np.pi * np.outer(orders, x) + phase[:, None])).sum(axis=0)
    return size * curve / max(curve.std(), 1e-9)


def _noise_shape(wave: np.ndarray, sky: np.ndarray) -> np.ndarray:
    """Return the noise over its median: less light at both ends, more sky in the red."""
    ends = 1 + 2.2 * np.exp(-(wave - 3800) / 180) + 0.8 * np.exp((wave - 9200) / 250)
    shape = ends * np.sqrt(1 + 1.5 * sky / sky.max())
    return shape / np.median(shape)


def _sky(wave: np.ndarray, random: np.random.Generator) -> np.ndarray:
    lines = np.exp(-0.5 * ((wave - np.array(SKY_LINES)[:, None]) / 2.0) ** 2).sum(axis=0)
    return 0.05 + 0.3 * lines * random.uniform(0.6, 1.4)


def _sky_residuals(wave: np.ndarray, sigma: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return what is left of night-sky lines; the strongest one at 5577 Angstrom."""
    heights = random.standard_normal(len(SKY_LINES)) * 1.2
    heights[0] *= 12
    lines = np.exp(-0.5 * ((wave - np.array(SKY_LINES)[:, None]) / 1.8) ** 2)
    return sigma * (heights @ lines)


def _telluric(wave: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the error of the correction for the Earth's absorption."""
    error = np.ones(wave.size)
    for lo, hi in TELLURIC:
        middle, width = (lo + hi) / 2, (hi - lo) / 4
        error += random.normal(0, 0.012) * np.exp(-0.5 * ((wave - middle) / width) ** 2)
    return error


def _bad_pixels(count: int, random: np.random.Generator) -> np.ndarray:
    bad = np.zeros(count, bool)
    for start in random.integers(0, count, int(random.integers(0, 5))):
        bad[start : start + int(random.integers(1, 9))] = True
    if random.random() < 0.06:  # an end of the spectrum is missing
        edge = int(random.integers(20, 120))
        bad[slice(edge) if random.random() < 0.5 else slice(-edge, None)] = True
    return bad
