"""Gaussian emission lines in families, one spectrum at a time: pure arrays.

Amplitudes are linear and are solved for at every step (variable projection; Golub & Pereyra 1973);
Gauss-Newton steps move the width and the offset of each family. Lines couple with lines of their
own stretch of pixels alone, so the normal matrix is kept as a skyline: row i starts at the first
line of the stretch that line i lies in. Shapes, which couple with all, are its last rows.
"""

import math

import numba
import numpy as np

from ingest.kernels.skyline import (
    FAST,
    factor,
    invert_diagonal,
    product,
    substitute,
    substitute_back,
)

STEPS = 8
SETTLED_KMS = 0.5
"""A step that moves no shape by more is the last."""

LONGEST_STEP_KMS = 60.0
REACH_SIGMA = 5.0
"""Beyond so many widths a profile is nothing."""

NARROWEST_NEAR_KMS = 70.0
"""About a pixel: the pixels near a line are those within two widths, or twice this."""

_RIDGE = 1e-10


@numba.njit(**FAST)
def fit_families(
    residual: np.ndarray,
    ivar: np.ndarray,
    waves: np.ndarray,
    family: np.ndarray,
    couples: np.ndarray,
    spans: np.ndarray,
    velocity: np.ndarray,
    trials: np.ndarray,
    trial_profiles: np.ndarray,
    trial_spans: np.ndarray,
    prior: np.ndarray,
    limits: np.ndarray,
    area: np.ndarray,
    area_err: np.ndarray,
    shape: np.ndarray,
    shape_err: np.ndarray,
    present: np.ndarray,
) -> None:
    """Fit the lines of many spectra, each by itself.

    Parameters
    ----------
    residual, ivar : float32, shape (n_spec, n_pix)
        Flux density over the continuum and its inverse variance; ivar 0 marks a missing pixel.
    waves : float64, shape (n_lines,)
        Rest wavelengths [Angstrom], ascending.
    family : int64, shape (n_lines,)
        Number of the family of each line, from 0.
    couples : int64, shape (n_lines,)
        First line that shares pixels with this one.
    spans : int64, shape (2, n_lines)
        First pixel in which a line may lie, and the one after the last.
    velocity : float64, shape (n_lines, n_pix)
        Of the pixels against each line [km/s].
    trials : float64, shape (n_trials, 2)
        Widths and offsets [km/s] to start from, the same for all families.
    trial_profiles : float64, shape (n_trials, n_lines, n_pix)
        Gaussians of unit area with those shapes [1/Angstrom].
    trial_spans : int64, shape (n_trials, 2, n_lines)
        The pixels in which they are more than nothing, as spans.
    prior : float64, shape (2, 2)
        Mean and standard deviation of widths, then of offsets [km/s].
    limits : float64, shape (2, 2)
        Least and greatest width, then offset [km/s].
    area, area_err : float64, shape (n_spec, n_lines)
        Filled: area of each line [flux density times Angstrom] and its standard error.
    shape, shape_err : float64, shape (n_spec, 2 n_families)
        Filled: the widths of the families, then their offsets [km/s], and standard errors.
    present : float64, shape (n_spec, n_lines)
        Filled: share of the pixels within two widths of each line that are present, 0 to 1.
    """
    n_lines, n_pix, n_shapes = waves.size, residual.shape[1], shape.shape[1]
    n = n_lines + n_shapes
    start, live = np.zeros(n, np.int64), np.zeros_like(spans)
    start[:n_lines] = couples
    drawn, slope = np.zeros((3, n_lines, n_pix)), np.zeros((n_shapes, n_pix))
    matrix, step, variance = np.zeros((n, n)), np.zeros(n_shapes), np.zeros(n)
    weight, data, left = np.zeros(n_pix), np.zeros(n_pix), np.zeros(n_pix)
    for s in range(residual.shape[0]):
        weight[:], data[:] = ivar[s], residual[s]
        here, found = shape[s], area[s]
        best = _choose(data, weight, start, trials, trial_profiles, trial_spans, prior, matrix)
        here[: n_shapes // 2], here[n_shapes // 2 :] = trials[best, 0], trials[best, 1]
        for k in range(STEPS + 1):
            _draw(here, waves, family, spans, velocity, drawn, live)
            _solve_areas(data, weight, drawn[0], start, live, matrix, found)
            _unfold(data, found, family, drawn, live, slope, left)
            _solve_step(left, weight, drawn[0], slope, here, prior, start, live, matrix, step)
            # The last round only takes stock of where the steps have led.
            if k == STEPS or _move(here, step, limits) < SETTLED_KMS:
                break
        invert_diagonal(matrix, start, variance)
        area_err[s], shape_err[s] = np.sqrt(variance[:n_lines]), np.sqrt(variance[n_lines:])
        _count_present(weight, here, family, spans, velocity, present[s])


@numba.njit(**FAST)
def _choose(
    data: np.ndarray,
    weight: np.ndarray,
    start: np.ndarray,
    trials: np.ndarray,
    profiles: np.ndarray,
    spans: np.ndarray,
    prior: np.ndarray,
    matrix: np.ndarray,
) -> int:
    """Return the trial that lowers chi2 and the cost of the prior the most."""
    best, greatest, area = 0, -np.inf, np.empty(profiles.shape[1])
    n_families = (start.size - area.size) // 2
    for t in range(trials.shape[0]):
        gain = _solve_areas(data, weight, profiles[t], start, spans[t], matrix, area)
        for k in range(2):
            gain -= n_families * ((trials[t, k] - prior[k, 0]) / prior[k, 1]) ** 2
        if gain > greatest:
            best, greatest = t, gain
    return best


@numba.njit(**FAST)
def _draw(
    shape: np.ndarray,
    waves: np.ndarray,
    family: np.ndarray,
    spans: np.ndarray,
    velocity: np.ndarray,
    drawn: np.ndarray,
    live: np.ndarray,
) -> None:
    """Draw Gaussians of unit area, and their slopes by width and offset, in the pixels live."""
    n_families = shape.size // 2
    for i in range(waves.size):
        sigma, offset = shape[family[i]], shape[n_families + family[i]]
        height = 299792.458 / (math.sqrt(2.0 * math.pi) * sigma * waves[i])
        live[:, i] = spans[0, i]
        for p in range(spans[0, i], spans[1, i]):
            u = (velocity[i, p] - offset) / sigma
            if u > REACH_SIGMA:
                break
            live[1, i] = p + 1
            if u < -REACH_SIGMA:
                live[0, i] = p + 1
                continue
            value = height * math.exp(-0.5 * u * u)
            drawn[0, i, p] = value
            drawn[1, i, p] = value * (u * u - 1.0) / sigma
            drawn[2, i, p] = value * u / sigma


@numba.njit(**FAST)
def _solve_areas(
    data: np.ndarray,
    weight: np.ndarray,
    profile: np.ndarray,
    start: np.ndarray,
    live: np.ndarray,
    matrix: np.ndarray,
    area: np.ndarray,
) -> float:
    """Solve for the areas of the lines at one shape; return by how much they lower chi2.

    The lines' rows of the matrix are left factored.
    """
    weighted = np.empty(weight.size)
    for i in range(area.size):
        a, b = live[:, i]
        weighted[a:b] = profile[i, a:b] * weight[a:b]
        area[i] = product(weighted, data, a, b)
        for j in range(start[i], i + 1):
            begin, end = max(a, live[0, j]), min(b, live[1, j])
            matrix[i, j] = product(weighted, profile[j], begin, end)
        # Lines without pixels have no information; any positive number keeps the matrix regular.
        matrix[i, i] = matrix[i, i] * (1.0 + _RIDGE) if matrix[i, i] > 0.0 else 1.0
    factor(matrix, start, 0, area.size)
    substitute(matrix, start, 0, area)
    gain = product(area, area, 0, area.size)
    substitute_back(matrix, start, 0, area)
    return gain


@numba.njit(**FAST)
def _unfold(
    data: np.ndarray,
    area: np.ndarray,
    family: np.ndarray,
    drawn: np.ndarray,
    live: np.ndarray,
    slope: np.ndarray,
    left: np.ndarray,
) -> None:
    """Subtract the lines, and add up how the model moves with the shape of each family."""
    n_families = slope.shape[0] // 2
    slope[:], left[:] = 0.0, data
    for i in range(area.size):
        f, (a, b) = family[i], live[:, i]
        left[a:b] -= area[i] * drawn[0, i, a:b]
        slope[f, a:b] += area[i] * drawn[1, i, a:b]
        slope[n_families + f, a:b] += area[i] * drawn[2, i, a:b]


@numba.njit(**FAST)
def _solve_step(
    left: np.ndarray,
    weight: np.ndarray,
    profile: np.ndarray,
    slope: np.ndarray,
    shape: np.ndarray,
    prior: np.ndarray,
    start: np.ndarray,
    live: np.ndarray,
    matrix: np.ndarray,
    step: np.ndarray,
) -> None:
    """Append the shapes' rows to the factored lines', and solve for the step of the shapes."""
    n_lines, n_pix = profile.shape
    for k in range(shape.size):
        row, kind = n_lines + k, 2 * k // shape.size
        weighted = slope[k] * weight
        for i in range(n_lines):
            matrix[row, i] = product(weighted, profile[i], live[0, i], live[1, i])
        for j in range(k + 1):
            matrix[row, n_lines + j] = product(weighted, slope[j], 0, n_pix)
        precision = 1.0 / prior[kind, 1] ** 2
        matrix[row, row] += precision
        pull = precision * (prior[kind, 0] - shape[k])
        step[k] = product(weighted, left, 0, n_pix) + pull
    factor(matrix, start, n_lines, n_lines + shape.size)
    # What is left is orthogonal to the lines, so their part of the right-hand side is zero.
    substitute(matrix, start, n_lines, step)
    substitute_back(matrix, start, n_lines, step)


@numba.njit(**FAST)
def _move(shape: np.ndarray, step: np.ndarray, limits: np.ndarray) -> float:
    """Take a step within bounds, so that a weak line cannot run away; return the longest move."""
    longest = 0.0
    for k in range(shape.size):
        kind = 2 * k // shape.size
        bounded = min(max(step[k], -LONGEST_STEP_KMS), LONGEST_STEP_KMS)
        moved = min(max(shape[k] + bounded, limits[kind, 0]), limits[kind, 1])
        longest = max(longest, abs(moved - shape[k]))
        shape[k] = moved
    return longest


@numba.njit(**FAST)
def _count_present(
    weight: np.ndarray,
    shape: np.ndarray,
    family: np.ndarray,
    spans: np.ndarray,
    velocity: np.ndarray,
    present: np.ndarray,
) -> None:
    """Count the pixels within two widths of each line, and those that are present."""
    n_families = shape.size // 2
    for i in range(present.size):
        sigma, offset = shape[family[i]], shape[n_families + family[i]]
        reach, near, there = 2.0 * max(sigma, NARROWEST_NEAR_KMS), 0, 0
        for p in range(spans[0, i], spans[1, i]):
            if abs(velocity[i, p] - offset) < reach:
                near += 1
                there += weight[p] > 0.0
        present[i] = there / near if near else 0.0
