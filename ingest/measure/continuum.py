"""The stellar continuum beneath the emission lines, learned from the survey itself.

Spectra are divided by a running mean, which takes colour, dust and errors of the calibration, and
components are fitted to what is left: absorption features about one. Pixels of emission lines are
masked in every spectrum that shows emission, so that only galaxies without it teach what lies
beneath: components that held emission lines would swallow them.
"""

from functools import cache

import numpy as np

from ingest.maps.components import PcaModel, fit_components, project, reconstruct
from ingest.measure.linelist import read_lines
from ingest.subspaces import GRID

COMPONENTS = 5
MASK_KMS = 450.0
"""Half width of the mask around an emission line."""

QUIET_EW = {6564.632: 0.0, 6585.268: 0.5, 5008.239: 0.5}
"""A spectrum whose H-alpha, [N II] and [O III] exceed their side bands by less is quiet [A]."""

SMOOTH_PIXELS = 301
"""Width of the running mean: six times a broad absorption feature."""

_SPEED_OF_LIGHT = 299792.458


@cache
def line_pixels() -> np.ndarray:
    """Return which pixels of the grid lie near an emission line, bool, shape (n_grid,)."""
    waves = np.array([line.wave for line in read_lines() if line.kind == "emission"])
    offset = np.abs(GRID.wave[:, None] / waves - 1).min(axis=1) * _SPEED_OF_LIGHT
    return offset < MASK_KMS


def fit_continua(flux: np.ndarray, ivar: np.ndarray) -> PcaModel:
    """Learn the continua of a survey from a reference sample, float32, shape (n_spec, n_grid)."""
    hidden = line_pixels() & ~is_quiet(flux, ivar)[:, None]
    features, weight, _ = _flatten(flux, ivar)
    return fit_components(np.where(hidden, 0, features), np.where(hidden, 0, weight), COMPONENTS)


def make_continuum(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Predict the continuum of spectra, lines masked.

    Returns
    -------
    float32, shape (n_spec, n_grid)
        In the units of the input; 0 where hardly a pixel is present.
    """
    features, weight, level = _flatten(flux, ivar)
    weight = np.where(line_pixels(), 0, weight)
    shape = reconstruct(model, project(model, features, weight).coefficients)
    return (shape * level).astype(np.float32)


def is_quiet(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return which spectra show no emission in H-alpha, [N II] and [O III], bool, (n_spec,)."""
    excess = [_side_band_ew(flux, ivar, wave) < limit for wave, limit in QUIET_EW.items()]
    return np.all(excess, axis=0)


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
    usable = ((ivar > 0) & ~line_pixels()).astype(np.float32)
    count = _window_sum(usable)
    total = _window_sum(np.where(usable > 0, flux, 0))
    level = np.where(count > SMOOTH_PIXELS // 5, total / np.maximum(count, 1), 0).astype(np.float32)
    kept = (level > 0) & (ivar > 0)
    features = np.divide(flux, level, out=np.zeros_like(flux), where=kept)
    return features, np.where(kept, ivar * level**2, 0), np.maximum(level, 0)


def _window_sum(values: np.ndarray) -> np.ndarray:
    half = SMOOTH_PIXELS // 2
    cumulated = np.cumsum(np.pad(values, ((0, 0), (half + 1, half))), axis=1)
    return cumulated[:, SMOOTH_PIXELS:] - cumulated[:, :-SMOOTH_PIXELS]


def _weighted_mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = weight.sum(axis=1)
    return np.divide(
        (values * weight).sum(axis=1), total, out=np.zeros(len(values)), where=total > 0
    )
