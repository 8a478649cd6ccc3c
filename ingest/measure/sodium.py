"""Where the Na D doublet lies: one Gaussian pair below the pseudo-continuum of its index.

In most galaxies the two lines are blended, and their ratio and velocity cannot both be free: the
ratio is fixed. Gauss-Newton steps on area, width and offset, whole columns at a time.
"""

import numpy as np

from ingest.measure.bands import NAD, pseudo_continuum, span
from ingest.subspaces import GRID

SPEED_OF_LIGHT = 299792.458
D2, D1 = 5891.583, 5897.558
RATIO = 1.2
"""Of D2 over D1, between 1 of saturated and 2 of thin gas: those lie at +14 and -37 km/s."""

SIGMA_PRIOR, OFFSET_PRIOR = (180.0, 100.0), (0.0, 200.0)
"""Mean and standard deviation before the lines are seen [km/s]."""

SIGMA_LIMITS, OFFSET_LIMIT = (50.0, 500.0), 600.0
STEPS, LONGEST_STEP_KMS = 12, 80.0
TRIAL_OFFSETS = (-300.0, -150.0, 0.0, 150.0, 300.0)
MIN_PRESENT = 0.9
DETECTION_SIGMA = 3.0

PIXELS = span(NAD.bands)
_CORE = span((NAD.centre,))


def measure_sodium(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure the velocity of Na D, of stars and gas together.

    Parameters
    ----------
    flux, ivar : float64, shape (n_spec, n_pix)
        In `PIXELS`, free of He I emission; ivar 0 marks a missing pixel.

    Returns
    -------
    float64, shape (n_spec,), twice
        Offset against the redshift, negative towards the observer, and its standard error [km/s],
        that of the ratio of the lines not in it; NaN where the doublet is not covered, or its area
        is below three errors.
    """
    core = slice(_CORE.start - PIXELS.start, _CORE.stop - PIXELS.start)
    level = pseudo_continuum(NAD, flux, ivar)[0][:, core]
    weight = np.where(level > 0, ivar[:, core] * level**2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = np.where(weight > 0, 1 - flux[:, core] / level, 0)
    shape = _start(depth, weight)
    for _ in range(STEPS):
        area, _, covariance, step = _linearise(depth, weight, shape)
        step = np.clip(step, -LONGEST_STEP_KMS, LONGEST_STEP_KMS)
        sigma = np.clip(shape[0] + step[0], *SIGMA_LIMITS)
        shape = np.stack([sigma, np.clip(shape[1] + step[1], -OFFSET_LIMIT, OFFSET_LIMIT)])
    area, _, covariance, _ = _linearise(depth, weight, shape)
    seen = (weight > 0).mean(axis=1) >= MIN_PRESENT
    seen &= area > DETECTION_SIGMA * np.sqrt(covariance[:, 0, 0])
    error = np.sqrt(covariance[:, 2, 2])
    return np.where(seen, shape[1], np.nan), np.where(seen, error, np.nan)


def _start(depth: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the best of some offsets at the width of the prior, shape (2, n_spec)."""
    n = len(depth)
    best, shape = np.full(n, -np.inf), np.zeros((2, n))
    for offset in TRIAL_OFFSETS:
        trial = np.repeat([[SIGMA_PRIOR[0]], [offset]], n, axis=1)
        gain = _linearise(depth, weight, trial)[1] - (offset / OFFSET_PRIOR[1]) ** 2
        shape = np.where(gain > best, trial, shape)
        best = np.maximum(gain, best)
    return shape


def _linearise(
    depth: np.ndarray, weight: np.ndarray, shape: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return area, fall of chi2, covariance of all three, and the step of the shape."""
    profile, d_sigma, d_offset = _draw(shape)
    power = (profile * profile * weight).sum(axis=1)
    right = (profile * depth * weight).sum(axis=1)
    area = np.divide(right, power, out=np.zeros(len(depth)), where=power > 0)
    columns = (profile, area[:, None] * d_sigma, area[:, None] * d_offset)
    left = depth - area[:, None] * profile
    normal = np.empty((len(depth), 3, 3))
    force = np.empty((len(depth), 3))
    for i, column in enumerate(columns):
        force[:, i] = (column * left * weight).sum(axis=1)
        for j in range(i + 1):
            normal[:, i, j] = normal[:, j, i] = (column * columns[j] * weight).sum(axis=1)
    normal[:, 0, 0] += np.where(power > 0, 0, 1)
    for k, (mean, deviation) in enumerate((SIGMA_PRIOR, OFFSET_PRIOR)):
        normal[:, k + 1, k + 1] += deviation**-2
        force[:, k + 1] += (mean - shape[k]) / deviation**2
    covariance = np.linalg.inv(normal)
    step = (covariance * force[:, None, :]).sum(axis=2)[:, 1:].T
    return area, area * right, covariance, step


def _draw(shape: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pair of unit area [1 / (km/s)] and its slopes, (n_spec, n_pix) each."""
    sigma, offset = shape[0][:, None], shape[1][:, None]
    drawn = [np.zeros((shape.shape[1], _CORE.stop - _CORE.start)) for _ in range(3)]
    for wave, share in ((D2, RATIO / (1 + RATIO)), (D1, 1 / (1 + RATIO))):
        velocity = (GRID.wave[_CORE] / wave - 1) * SPEED_OF_LIGHT
        u = (velocity - offset) / sigma
        profile = share * np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi) * sigma)
        for total, value in zip(drawn, (1, (u**2 - 1) / sigma, u / sigma), strict=True):
            total += profile * value
    return drawn[0], drawn[1], drawn[2]
