"""Indices over bands of wavelength: absorption by Lick's definition, and the 4000 A break.

Definitions are in air and are moved to vacuum; noise of neighbouring pixels is taken as
independent.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ingest.subspaces import GRID

MIN_PRESENT = 0.9
"""Share of every band that must be present."""

Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AbsorptionIndex:
    """An atomic index in the manner of Lick: a band between two of pseudo-continuum.

    Attributes
    ----------
    blue, centre, red : (float, float)
        Limits in air [Angstrom].
    """

    blue: Band
    centre: Band
    red: Band

    @property
    def bands(self) -> tuple[Band, Band, Band]:
        """All three, from blue to red."""
        return self.blue, self.centre, self.red


HDELTA_A = AbsorptionIndex((4041.6, 4079.75), (4083.5, 4122.25), (4128.5, 4161.0))
"""Worthey & Ottaviani (1997, ApJS 111, 377), table 1."""

NAD = AbsorptionIndex((5860.625, 5875.675), (5876.875, 5909.375), (5922.125, 5948.125))
"""Worthey et al. (1994, ApJS 94, 687), table 1."""

D4000_BANDS: tuple[Band, Band] = ((3850.0, 3950.0), (4000.0, 4100.0))
"""Balogh et al. (1999, ApJ 527, 54)."""


def air_to_vacuum(wave: float) -> float:
    """Return the vacuum wavelength of one in air [Angstrom] (Ciddor 1996, standard air)."""
    vacuum = wave
    for _ in range(3):
        square = (1e4 / vacuum) ** 2
        index = 1 + 0.05792105 / (238.0185 - square) + 0.00167917 / (57.362 - square)
        vacuum = wave * index
    return vacuum


def span(bands: tuple[Band, ...]) -> slice:
    """Return the pixels of the grid that hold bands in air [Angstrom], with one to either side."""
    edges = [air_to_vacuum(edge) for band in bands for edge in band]
    first, last = np.searchsorted(GRID.wave, [min(edges), max(edges)])
    return slice(max(int(first) - 1, 0), min(int(last) + 1, GRID.pixels))


def measure_absorption(
    index: AbsorptionIndex, flux: np.ndarray, ivar: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Measure an equivalent width below the line through the pseudo-continua.

    Parameters
    ----------
    index : AbsorptionIndex
    flux, ivar : shape (n_spec, n_pix)
        In the pixels of ``span(index.bands)``; ivar 0 marks a missing pixel.

    Returns
    -------
    float64, shape (n_spec,), twice
        Equivalent width [Angstrom], positive in absorption, and its standard error; NaN where a
        band is not covered or the pseudo-continuum is not positive.
    """
    level, slopes = pseudo_continuum(index, flux, ivar)
    width = _widths(index.bands)[1] * (ivar > 0)
    held = width.sum(axis=1)
    whole = _width_of(index.centre)
    with np.errstate(divide="ignore", invalid="ignore"):
        width *= (whole / held)[:, None]
        ratio = np.where(width > 0, flux / level, 0)
        value = whole - (width * ratio).sum(axis=1)
        own = _variance(width / level, ivar)
        # How the index moves with either pseudo-continuum, times the variance of that.
        sides = [
            (width * ratio / level * slope).sum(axis=1) ** 2 * variance
            for slope, variance in zip(slopes, _side_variances(index, ivar), strict=True)
        ]
        error = np.sqrt(own + sides[0] + sides[1])
        positive = np.where(width > 0, level, 1).min(axis=1) > 0
    told = positive & (held >= MIN_PRESENT * whole)
    return np.where(told, value, np.nan), np.where(told, error, np.nan)


def pseudo_continuum(
    index: AbsorptionIndex, flux: np.ndarray, ivar: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Draw the line through the mean flux densities of the two side bands.

    Returns
    -------
    level : float64, shape (n_spec, n_pix)
        NaN where a side band is not covered.
    slopes : two of float64, shape (n_pix,)
        How the level moves with the blue and with the red mean.
    """
    blue, _, red = index.bands
    middles = [sum(map(air_to_vacuum, band)) / 2 for band in (blue, red)]
    share = (GRID.wave[span(index.bands)] - middles[0]) / (middles[1] - middles[0])
    low, high = (band_mean(index.bands, number, flux, ivar)[0][:, None] for number in (0, 2))
    return low * (1 - share) + high * share, (1 - share, share)


def measure_break(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure the narrow 4000 A break: the ratio of mean flux densities per frequency, red to blue.

    Parameters
    ----------
    flux, ivar : shape (n_spec, n_pix)
        Per wavelength, in the pixels of ``span(D4000_BANDS)``; ivar 0 marks a missing pixel.

    Returns
    -------
    float64, shape (n_spec,), twice
        The ratio, without unit, and its standard error; NaN where a band is not covered or the
        flux in one is not positive.
    """
    square = GRID.wave[span(D4000_BANDS)] ** 2
    per_frequency, weight = flux * square, ivar / square**2
    (low, low_var), (high, high_var) = (
        band_mean(D4000_BANDS, number, per_frequency, weight) for number in (0, 1)
    )
    told = (low > 0) & (high > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(told, high / low, np.nan)
        return value, value * np.sqrt(low_var / low**2 + high_var / high**2)


def band_mean(
    bands: tuple[Band, ...], number: int, flux: np.ndarray, ivar: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean flux density and its variance in one of some bands; NaN where not covered."""
    width = _widths(bands)[number] * (ivar > 0)
    held = width.sum(axis=1)
    told = held >= MIN_PRESENT * _width_of(bands[number])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(told, (width * flux).sum(axis=1) / held, np.nan)
        return mean, np.where(told, _variance(width, ivar) / held**2, np.nan)


def _side_variances(index: AbsorptionIndex, ivar: np.ndarray) -> list[np.ndarray]:
    return [band_mean(index.bands, number, np.zeros_like(ivar), ivar)[1] for number in (0, 2)]


def _variance(width: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    return np.divide(width**2, ivar, out=np.zeros(width.shape), where=(ivar > 0)).sum(axis=1)


@cache
def _widths(bands: tuple[Band, ...]) -> np.ndarray:
    """Return how much of each pixel of the span lies in each band [Angstrom]."""
    pixels = span(bands)
    edges = 10 ** (GRID.loglam0 + GRID.step * (np.arange(pixels.start, pixels.stop + 1) - 0.5))
    return np.array(
        [
            np.clip(
                np.minimum(edges[1:], air_to_vacuum(hi))
                - np.maximum(edges[:-1], air_to_vacuum(lo)),
                0,
                None,
            )
            for lo, hi in bands
        ]
    )


def _width_of(band: Band) -> float:
    return air_to_vacuum(band[1]) - air_to_vacuum(band[0])
