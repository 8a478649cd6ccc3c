"""The stellar continuum beneath the emission lines, learned from the survey itself.

Spectra are divided by a running mean, which takes colour, dust and errors of the calibration, and
components are fitted to what is left: absorption features about one. Pixels of emission lines are
masked in every spectrum that shows emission, so that only galaxies without it teach what lies
beneath: components that held emission lines would swallow them.
"""

from functools import cache

import numpy as np

from ingest.kernels.continuum import average_running, reconstruct_each
from ingest.maps.components import PcaModel, fit_components
from ingest.measure.linelist import read_lines
from ingest.subspaces import GRID

COMPONENTS = 5
MASK_KMS = 450.0
"""Half width of the mask around an emission line."""

BLENDED_MASK_KMS = 800.0
"""The same around H-alpha and [N II], whose wings leave no pixel between them clean."""

NITROGEN, HALPHA, OXYGEN = (6549.859, 6585.268), 6564.632, 5008.239
"""Rest wavelengths of [N II], H-alpha and [O III] [Angstrom]."""

QUIET_EW = {HALPHA: -0.5, NITROGEN[1]: 0.3, OXYGEN: 0.3}
"""A spectrum whose H-alpha, [N II] and [O III] exceed their side bands by less is quiet [A].

H-alpha of stars alone lies 1 A below: a limit of 0 lets galaxies teach that fill half of it.
"""

BARE_EW = QUIET_EW | {NITROGEN[1]: 0.15}
"""The same for the pixels of [N II] themselves, where 0.3 A is a tenth of a line of 3 A."""

MIN_TEACHERS, MIN_TEACHING_SHARE = 20, 0.05
"""So many, and such a share, teach what lies beneath; the least emitting, where fewer are quiet."""

SMOOTH_PIXELS = 301
"""Width of the running mean: six times a broad absorption feature."""

_SPEED_OF_LIGHT = 299792.458


@cache
def line_pixels() -> np.ndarray:
    """Return which pixels of the grid lie near an emission line, bool, shape (n_grid,)."""
    waves = [line.wave for line in read_lines() if line.kind == "emission"]
    return (_distance(*waves) < MASK_KMS) | (_distance(HALPHA, *NITROGEN) < BLENDED_MASK_KMS)


@cache
def nitrogen_pixels() -> np.ndarray:
    """Return which pixels lie near [N II], and nearer than to H-alpha, bool, shape (n_grid,)."""
    return _distance(*NITROGEN) < np.minimum(_distance(HALPHA), MASK_KMS)


def _distance(*waves: float) -> np.ndarray:
    """Return how far pixels lie from the nearest of some lines [km/s], shape (n_grid,)."""
    return np.abs(GRID.wave[:, None] / waves - 1).min(axis=1) * _SPEED_OF_LIGHT


def fit_continua(flux: np.ndarray, ivar: np.ndarray) -> PcaModel:
    """Learn the continua of a survey.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_grid)
        A reference sample on the whole grid; ivar 0 marks a missing pixel.

    Returns
    -------
    PcaModel
        Of spectra divided by their running mean, without unit.
    """
    hidden = line_pixels() & ~_teaches(flux, ivar, QUIET_EW)[:, None]
    hidden |= nitrogen_pixels() & ~_teaches(flux, ivar, BARE_EW)[:, None]
    features, weight, _ = _flatten(flux, ivar)
    features[hidden], weight[hidden] = 0, 0
    return fit_components(features, weight, COMPONENTS)


def make_continuum(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Predict the continuum of spectra, lines masked; each by itself.

    Returns
    -------
    float32, shape (n_spec, n_grid)
        In the units of the input; 0 where hardly a pixel is present.
    """
    features, weight, level = _flatten(flux, ivar)
    weight[:, line_pixels()] = 0
    made = np.empty_like(features)
    mean, basis = model.mean.astype(np.float64), model.basis.astype(np.float64)
    reconstruct_each(features, weight, mean, basis, made)
    made *= level
    return made


def is_quiet(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return which spectra show no emission in H-alpha, [N II] and [O III], bool, (n_spec,)."""
    return _emission(flux, ivar, QUIET_EW) < 0


def _teaches(flux: np.ndarray, ivar: np.ndarray, limits: dict[float, float]) -> np.ndarray:
    """Return which spectra are below the limits, or among the least emitting."""
    emission = np.nan_to_num(_emission(flux, ivar, limits), nan=np.inf)
    wanted = max(MIN_TEACHERS, int(MIN_TEACHING_SHARE * len(emission)))
    limit = np.sort(emission)[:wanted].max(initial=-np.inf)
    return (emission < 0) | (np.isfinite(emission) & (emission <= limit))


def _emission(flux: np.ndarray, ivar: np.ndarray, limits: dict[float, float]) -> np.ndarray:
    """Return by how much the strongest of the lines exceeds its limit [Angstrom], (n_spec,)."""
    excess = [_side_band_ew(flux, ivar, wave) - limit for wave, limit in limits.items()]
    return np.max(excess, axis=0)


def _side_band_ew(flux: np.ndarray, ivar: np.ndarray, wave: float) -> np.ndarray:
    usable = (ivar > 0) & ~line_pixels()
    centre = int(np.searchsorted(GRID.wave, wave))
    line, side = slice(centre - 4, centre + 5), slice(max(centre - 60, 0), centre + 60)
    pixel = wave * np.log(10) * GRID.step
    level = _weighted_mean(flux[:, side], usable[:, side].astype(np.float32))
    excess = np.where(ivar[:, line] > 0, flux[:, line] - level[:, None], 0).sum(axis=1) * pixel
    return np.divide(excess, level, out=np.full(level.shape, np.nan), where=level > 0)


def _flatten(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide by the running mean; return features, their inverse variance, and the mean itself."""
    level = np.empty(flux.shape, np.float32)
    used = (ivar > 0) & ~line_pixels()
    average_running(flux, used, SMOOTH_PIXELS // 2, SMOOTH_PIXELS // 5 + 1, level)
    np.maximum(level, 0, out=level)
    kept = (level > 0) & (ivar > 0)
    features = np.divide(flux, level, out=np.zeros(flux.shape, np.float32), where=kept)
    weight = np.square(level)
    weight *= ivar
    weight[~kept] = 0
    return features, weight, level


def _weighted_mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = weight.sum(axis=1)
    return np.divide(
        (values * weight).sum(axis=1), total, out=np.zeros(len(values)), where=total > 0
    )
