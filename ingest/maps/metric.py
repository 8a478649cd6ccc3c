"""The space in which spectra are alike: flattened spectra, components with their tails drawn in.

Repeats of one source differ by calibration, which tilts a spectrum within a region; and strengths
of emission lines span decades, so that plain components compare nothing else.
"""

from dataclasses import dataclass

import numpy as np

LEAST_LEVEL = 0.1
"""A line that falls below this share of its mean within the region is not divided by."""


@dataclass(frozen=True, slots=True)
class MetricScale:
    """Where the components of a survey lie.

    Attributes
    ----------
    centre, spread : float64, shape (k,)
        Median, and half-width of the middle half as the sigma of a Gaussian.
    """

    centre: np.ndarray
    spread: np.ndarray


def divide_by_line(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
    """
    present = (ivar > 0) & np.isfinite(flux)
    line = _fit_lines(np.where(present, flux, 0).astype(np.float64), present)
    kept = present & (line > 0)
    line = np.where(kept, line, 1).astype(np.float32)
    return np.where(kept, flux / line, 0), np.where(kept, ivar * line**2, 0)


def fit_scale(components: np.ndarray) -> MetricScale:
    """Measure where components lie.

    Parameters
    ----------
    components : float32, shape (n_spec, k)
        Of the reference sample; at least one spectrum.

    Returns
    -------
    MetricScale
    """
    centre = np.median(components, axis=0).astype(np.float64)
    spread = 1.4826 * np.median(np.abs(components - centre), axis=0)
    return MetricScale(centre, np.maximum(spread, np.finfo(np.float32).tiny))


def metric_space(components: np.ndarray, scale: MetricScale) -> np.ndarray:
    """Place spectra where Euclidean distance means likeness.

    Near the centre the components are as they were; beyond their spread they grow as a logarithm.

    Parameters
    ----------
    components : float32, shape (n_spec, k)
    scale : MetricScale

    Returns
    -------
    float32, shape (n_spec, k)
    """
    moved = np.arcsinh((components - scale.centre) / scale.spread) * scale.spread
    return moved.astype(np.float32)


def _fit_lines(flux: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the lines, 0 where there is none. Sums along rows: the others have no influence."""
    x = np.linspace(-1, 1, flux.shape[1])
    count = np.maximum(present.sum(axis=1), 1)
    centre, mean = (present * x).sum(axis=1) / count, flux.sum(axis=1) / count
    moved = np.where(present, x - centre[:, None], 0)
    square = (moved**2).sum(axis=1)
    slope = (moved * flux).sum(axis=1) / np.where(square > 0, square, 1)
    ends = mean[:, None] + slope[:, None] * (np.array([-1.0, 1.0]) - centre[:, None])
    slope = np.where(ends.min(axis=1) >= LEAST_LEVEL * mean, slope, 0)
    return np.maximum(mean[:, None] + slope[:, None] * (x - centre[:, None]), 0)
