"""The space in which spectra are alike: components of flattened spectra, and half of their tilt.

Repeats of one source differ by calibration, which scales and tilts a spectrum within a region, more
than by noise. So a spectrum is divided by a straight line; its tilt, which also says how red a
galaxy is, becomes an axis of its own and counts for half of its length.
"""

import numpy as np

TILT_WEIGHT = 0.5
"""Full weight would give the distances of spectra divided by their mean alone."""

LEAST_LEVEL = 0.1
"""A line that falls below this share of its level within the region is not divided by."""


def divide_by_line(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide spectra by the straight line that fits their pixels best.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        Pixels of a region; ivar 0, or a flux that is not finite, marks a missing one.

    Returns
    -------
    flux, ivar : float32, shape (n_spec, n_pix)
        Scaled; 0 where missing. A spectrum whose line comes near zero is divided by its mean, one
        whose mean is not positive is all missing.
    tilt : float32, shape (n_spec,)
        Euclidean length of what the slope adds to a spectrum of level 1, positive where it rises
        to the red; 0 where all is missing.
    """
    present = (ivar > 0) & np.isfinite(flux)
    line, tilt = _fit_lines(np.where(present, flux, 0).astype(np.float64), present)
    kept = present & (line > 0)
    line = np.where(kept, line, 1).astype(np.float32)
    return np.where(kept, flux / line, 0), np.where(kept, ivar * line**2, 0), tilt


def metric_space(components: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Place spectra where Euclidean distance means likeness.

    Parameters
    ----------
    components : float32, shape (n_spec, k)
        Of flattened spectra.
    tilt : float32, shape (n_spec,)
        As `divide_by_line` gives it.

    Returns
    -------
    float32, shape (n_spec, k + 1)
    """
    return np.column_stack([TILT_WEIGHT * tilt, components]).astype(np.float32)


def _fit_lines(flux: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lines, 0 where there is none, and tilts. Sums along rows: others have no influence."""
    x = np.linspace(-1, 1, flux.shape[1])
    count = np.maximum(present.sum(axis=1), 1)
    centre, mean = (present * x).sum(axis=1) / count, flux.sum(axis=1) / count
    moved = np.where(present, x - centre[:, None], 0)
    square = (moved**2).sum(axis=1)
    slope = (moved * flux).sum(axis=1) / np.where(square > 0, square, 1)
    level = mean - slope * centre
    steep = np.abs(slope) > (1 - LEAST_LEVEL) * level
    slope, level = np.where(steep, 0, slope), np.where(steep, mean, level)
    tilt = slope / np.where(level > 0, level, np.inf) * np.sqrt((x**2).sum())
    return np.maximum(level[:, None] + slope[:, None] * x, 0), tilt.astype(np.float32)
