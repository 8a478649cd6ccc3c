"""Emission lines: Gaussians over the continuum, widths and offsets tied within a family.

All lines of a spectrum are fitted at once by Gauss-Newton steps on the amplitudes and on the width
and offset of each family; weak priors on the latter hold them where no line is seen.
"""

from dataclasses import dataclass

import numpy as np

from ingest.measure.linelist import Line
from ingest.subspaces import GRID

SPEED_OF_LIGHT = 299792.458
REACH_KMS = 1400.0
"""Half width of the range around each line that is fitted."""

SIGMA_PRIOR, OFFSET_PRIOR = (130.0, 120.0), (0.0, 120.0)
"""Mean and standard deviation of a family's width and offset before any line is seen [km/s]."""

SIGMA_LIMITS, OFFSET_LIMIT = (50.0, 700.0), 500.0
STEPS = 8
MIN_PRESENT = 0.7
"""Share of the pixels within two widths of a line that must be present."""

DETECTION_SIGMA = 3.0


@dataclass(frozen=True, slots=True)
class LineFits:
    """Line measurements; float32, shape (n_spec, n_lines), NaN where a line is not covered.

    Attributes
    ----------
    names : tuple of str
    ew, ew_err : rest frame, positive in emission [Angstrom]
    flux, flux_err : observed frame [1e-17 erg s-1 cm-2]
    sigma, sigma_err : as observed, the instrument's width in it [km/s]
    offset, offset_err : against the redshift [km/s]
    detected : bool
    """

    names: tuple[str, ...]
    ew: np.ndarray
    ew_err: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    sigma: np.ndarray
    sigma_err: np.ndarray
    offset: np.ndarray
    offset_err: np.ndarray
    detected: np.ndarray

    def column(self, quantity: str, name: str) -> np.ndarray:
        """Return one quantity of one line, shape (n_spec,)."""
        return getattr(self, quantity)[:, self.names.index(name)]

    @classmethod
    def concatenate(cls, parts: list["LineFits"]) -> "LineFits":
        """Put the fits of chunks of spectra after one another."""
        quantities = [f for f in cls.__slots__ if f != "names"]
        joined = {q: np.concatenate([getattr(p, q) for p in parts]) for q in quantities}
        return cls(parts[0].names, **joined)


def fit_lines(
    lines: tuple[Line, ...],
    flux: np.ndarray,
    ivar: np.ndarray,
    continuum: np.ndarray,
    z: np.ndarray,
) -> LineFits:
    """Fit the emission lines of spectra.

    Parameters
    ----------
    lines : tuple of Line
        Emission lines.
    flux, ivar, continuum : float32, shape (n_spec, n_grid)
        On the common grid; flux density per observed-frame Angstrom.
    z : float64, shape (n_spec,)

    Returns
    -------
    LineFits
    """
    problem = _Problem(lines, flux, ivar, continuum)
    shape = problem.start()
    for _ in range(STEPS):
        amplitude, covariance, step = problem.solve(shape)
        shape = problem.move(shape, step)
    amplitude, covariance, _ = problem.solve(shape)
    return _describe(problem, amplitude, covariance, shape, z)


class _Problem:
    """The pixels near lines, and the linearised fit to them.

    A shape is float64, shape (n_spec, 2 n_families): widths of the families, then their offsets.
    """

    def __init__(
        self, lines: tuple[Line, ...], flux: np.ndarray, ivar: np.ndarray, continuum: np.ndarray
    ):
        self.lines = lines
        self.waves = np.array([line.wave for line in lines])
        names = list(dict.fromkeys(line.family for line in lines))
        self.family = np.array([names.index(line.family) for line in lines])
        self.n_families = len(names)
        velocity = (GRID.wave[:, None] / self.waves - 1) * SPEED_OF_LIGHT
        pixels = np.flatnonzero((np.abs(velocity) < REACH_KMS).any(axis=1))
        self.velocity = velocity[pixels].T.astype(np.float32)
        self.root = np.sqrt(ivar[:, pixels])
        self.residual = (flux[:, pixels] - continuum[:, pixels]) * self.root
        self.level = np.maximum(self._level(continuum), 0)

    def start(self) -> np.ndarray:
        """Return the best of a coarse grid of widths and offsets common to all families."""
        n, f = len(self.root), self.n_families
        best, shape = np.full(n, -np.inf), np.zeros((n, 2 * f))
        for sigma in (80.0, 120.0, 180.0, 270.0, 400.0):
            for offset in (-200.0, -100.0, 0.0, 100.0, 200.0):
                trial = np.repeat([[sigma, offset]], f, axis=1)
                gain = self._gain(trial) - self._prior_cost(trial)
                better = gain > best
                best, shape = np.where(better, gain, best), np.where(better[:, None], trial, shape)
        return shape

    def solve(self, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Linearise at a shape; return amplitudes, covariance of all, and the step of the shape."""
        profile, d_sigma, d_offset = self._profiles(shape)
        weighted = profile * self.root[:, None, :]
        amplitude = self._linear(weighted)
        slopes = [
            ((derivative * amplitude[:, :, None])[:, self.family == f].sum(axis=1)) * self.root
            for derivative in (d_sigma, d_offset)
            for f in range(self.n_families)
        ]
        jacobian = np.concatenate([weighted, np.stack(slopes, axis=1)], axis=1)
        model = np.einsum("nlp,nl->np", weighted, amplitude)
        normal = (jacobian @ jacobian.transpose(0, 2, 1)).astype(np.float64)
        right = np.einsum("nkp,np->nk", jacobian, self.residual - model).astype(np.float64)
        n_lines = len(self.lines)
        mean, precision = self._prior()
        diagonal = np.arange(n_lines, normal.shape[1])
        normal[:, diagonal, diagonal] += precision
        right[:, n_lines:] += precision * (mean - shape)
        normal[:, np.arange(n_lines), np.arange(n_lines)] += 1e-12
        covariance = np.linalg.inv(normal)
        step = np.einsum("nij,nj->ni", covariance, right)
        return amplitude, covariance, step[:, n_lines:]

    def move(self, shape: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Take a step, bounded so that a weak line cannot run away."""
        f = self.n_families
        shape = shape + np.clip(step, -60, 60)
        shape[:, :f] = np.clip(shape[:, :f], *SIGMA_LIMITS)
        shape[:, f:] = np.clip(shape[:, f:], -OFFSET_LIMIT, OFFSET_LIMIT)
        return shape

    def present(self, shape: np.ndarray) -> np.ndarray:
        """Return the share of the pixels within two widths of each line that are present."""
        sigma, offset = self._per_line(shape)
        near = np.abs(self.velocity - offset[:, :, None]) < 2 * np.maximum(sigma, 70)[:, :, None]
        count = near.sum(axis=2)
        there = (near & (self.root > 0)[:, None, :]).sum(axis=2)
        return np.where(count > 0, there / np.maximum(count, 1), 0.0)

    def _per_line(self, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return shape[:, self.family], shape[:, self.n_families + self.family]

    def _profiles(self, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return Gaussians of unit area [1 / Angstrom] and their slopes, (n, n_lines, n_pix)."""
        sigma, offset = (p.astype(np.float32)[:, :, None] for p in self._per_line(shape))
        u = (self.velocity - offset) / sigma
        width = sigma * (self.waves / SPEED_OF_LIGHT).astype(np.float32)[:, None]
        profile = np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi, dtype=np.float32) * width)
        return profile, profile * (u**2 - 1) / sigma, profile * u / sigma

    def _linear(self, weighted: np.ndarray) -> np.ndarray:
        normal = (weighted @ weighted.transpose(0, 2, 1)).astype(np.float64)
        index = np.arange(normal.shape[1])
        # Lines without pixels: a ridge far below any real one keeps the matrix regular.
        normal[:, index, index] += (
            1e-6 * normal[:, index, index].mean(axis=1, keepdims=True) + 1e-12
        )
        right = np.einsum("nlp,np->nl", weighted, self.residual).astype(np.float64)
        return np.linalg.solve(normal, right[..., None])[..., 0].astype(np.float32)

    def _gain(self, shape: np.ndarray) -> np.ndarray:
        """Return by how much lines of one shape, (1, 2 n_families), lower the chi2 of each."""
        profile = self._profiles(shape)[0][0]
        weighted = profile[None] * self.root[:, None, :]
        amplitude = self._linear(weighted)
        return np.einsum("nlp,np,nl->n", weighted, self.residual, amplitude)

    def _prior(self) -> tuple[np.ndarray, np.ndarray]:
        f = self.n_families
        mean = np.repeat([SIGMA_PRIOR[0], OFFSET_PRIOR[0]], f)
        return mean, np.repeat([SIGMA_PRIOR[1] ** -2, OFFSET_PRIOR[1] ** -2], f)

    def _prior_cost(self, shape: np.ndarray) -> np.ndarray:
        mean, precision = self._prior()
        return ((shape - mean) ** 2 * precision).sum(axis=1)

    def _level(self, continuum: np.ndarray) -> np.ndarray:
        """Return the continuum at each line, over seven pixels, shape (n_spec, n_lines)."""
        centre = np.searchsorted(GRID.wave, self.waves)
        pixels = np.clip(centre[:, None] + np.arange(-3, 4), 0, GRID.pixels - 1)
        return continuum[:, pixels].mean(axis=2)


def _describe(
    problem: _Problem,
    amplitude: np.ndarray,
    covariance: np.ndarray,
    shape: np.ndarray,
    z: np.ndarray,
) -> LineFits:
    n_lines, f = len(problem.lines), problem.n_families
    error = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    amplitude_err, shape_err = error[:, :n_lines], error[:, n_lines:]
    covered = problem.present(shape) >= MIN_PRESENT
    stretch = (1 + z)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ew, ew_err = amplitude / problem.level, amplitude_err / problem.level
    sigma, offset = problem._per_line(shape)
    quantities = {
        "ew": np.where(problem.level > 0, ew, np.nan),
        "ew_err": np.where(problem.level > 0, ew_err, np.nan),
        "flux": amplitude * stretch,
        "flux_err": amplitude_err * stretch,
        "sigma": sigma,
        "sigma_err": shape_err[:, problem.family],
        "offset": offset,
        "offset_err": shape_err[:, f + problem.family],
    }
    told = {k: np.where(covered, v, np.nan).astype(np.float32) for k, v in quantities.items()}
    detected = covered & (amplitude > DETECTION_SIGMA * amplitude_err)
    return LineFits(tuple(line.name for line in problem.lines), detected=detected, **told)
