"""Emission lines: Gaussians over the continuum, widths and offsets tied within a family.

All lines of a spectrum are fitted at once (`ingest/kernels/lines.py`); weak priors on the width and
the offset of each family hold them where no line is seen. A spectrum's answer does not depend on
the others in the call.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ingest.kernels.lines import fit_families
from ingest.measure.linelist import Line
from ingest.subspaces import GRID

SPEED_OF_LIGHT = 299792.458
REACH_KMS = 1400.0
"""Half width of the range around each line that is fitted."""

PROFILE_KMS = 3000.0
"""Half width of the range in which a line is drawn, where pixels of the fit lie there."""

SIGMA_PRIOR, OFFSET_PRIOR = (130.0, 120.0), (0.0, 120.0)
"""Mean and standard deviation of a family's width and offset before any line is seen [km/s]."""

SIGMA_LIMITS, OFFSET_LIMIT = (50.0, 700.0), 500.0
TRIAL_SIGMAS = (80.0, 120.0, 180.0, 270.0, 400.0)
TRIAL_REACH = 4.0
"""A trial's profile is drawn within so many widths."""

TRIAL_OFFSETS = (-200.0, -100.0, 0.0, 100.0, 200.0)
MIN_PRESENT = 0.7
"""Share of the pixels within two widths of a line that must be present."""

DETECTION_SIGMA = 3.0


@dataclass(frozen=True, slots=True)
class LineFits:
    """Line measurements; float32, shape (n_spec, n_lines), NaN where a line is not covered.

    Attributes
    ----------
    names : tuple of str
    ew, ew_err : rest frame, over the continuum at the line's centre, positive in emission
        [Angstrom]; NaN also where the continuum is not positive
    flux, flux_err : observed frame [1e-17 erg s-1 cm-2]
    sigma, sigma_err : as observed, the instrument's width in it [km/s]
    offset, offset_err : against the redshift [km/s]
    detected : bool
        Flux above three of its errors.
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


@dataclass(frozen=True, slots=True)
class Gaussians:
    """What the kernel finds; float64, in the frame of the grid.

    Attributes
    ----------
    area, area_err : shape (n_spec, n_lines)
        Flux density times Angstrom.
    sigma, sigma_err, offset, offset_err : shape (n_spec, n_lines)
        Of each line's family [km/s].
    present : shape (n_spec, n_lines)
        Share of the pixels within two widths that are present, 0 to 1.
    """

    area: np.ndarray
    area_err: np.ndarray
    sigma: np.ndarray
    sigma_err: np.ndarray
    offset: np.ndarray
    offset_err: np.ndarray
    present: np.ndarray


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
        Emission lines, by wavelength.
    flux, ivar, continuum : float32, shape (n_spec, n_grid)
        On the common grid; flux density per observed-frame Angstrom.
    z : float64, shape (n_spec,)

    Returns
    -------
    LineFits
    """
    found = fit_gaussians(lines, flux, ivar, continuum)
    level = continuum[:, [nearest_pixel(line.wave) for line in lines]].astype(np.float64)
    level = np.where(level > 0, level, np.nan)
    stretch, covered = (1 + z)[:, None], found.present >= MIN_PRESENT
    quantities = {
        "ew": found.area / level,
        "ew_err": found.area_err / level,
        "flux": found.area * stretch,
        "flux_err": found.area_err * stretch,
        "sigma": found.sigma,
        "sigma_err": found.sigma_err,
        "offset": found.offset,
        "offset_err": found.offset_err,
    }
    told = {k: np.where(covered, v, np.nan).astype(np.float32) for k, v in quantities.items()}
    detected = covered & (found.area > DETECTION_SIGMA * found.area_err)
    return LineFits(tuple(line.name for line in lines), detected=detected, **told)


def fit_gaussians(
    lines: tuple[Line, ...], flux: np.ndarray, ivar: np.ndarray, continuum: np.ndarray
) -> Gaussians:
    """Fit Gaussians to flux over a continuum; arguments as in `fit_lines`."""
    plan = _plan(lines)
    n, f = len(flux), plan.n_families
    area, area_err, present = (np.zeros((n, len(lines))) for _ in range(3))
    shape, shape_err = np.zeros((n, 2 * f)), np.zeros((n, 2 * f))
    weight = np.ascontiguousarray(ivar[:, plan.pixels], np.float32)
    residual = flux[:, plan.pixels] - continuum[:, plan.pixels]
    residual = np.where(weight > 0, residual, 0).astype(np.float32)
    limits = np.array([SIGMA_LIMITS, (-OFFSET_LIMIT, OFFSET_LIMIT)])
    fit_families(
        residual, weight, *plan.tables, np.array([SIGMA_PRIOR, OFFSET_PRIOR]), limits,
        area, area_err, shape, shape_err, present,
    )  # fmt: skip
    sigma, offset = plan.family, f + plan.family
    return Gaussians(
        area, area_err, shape[:, sigma], shape_err[:, sigma],
        shape[:, offset], shape_err[:, offset], present,
    )  # fmt: skip


def draw_lines(
    fits: LineFits, lines: tuple[Line, ...], z: np.ndarray, wave: np.ndarray
) -> np.ndarray:
    """Draw the lines of some names that are detected.

    Parameters
    ----------
    fits : LineFits
    lines : tuple of Line
        Those to draw.
    z : float64, shape (n_spec,)
    wave : float64, shape (n_pix,)
        Rest wavelengths [Angstrom].

    Returns
    -------
    float64, shape (n_spec, n_pix)
        Flux density in the units of the spectra; 0 without a detection.
    """
    drawn = np.zeros((len(z), wave.size))
    for line in lines:
        seen = fits.column("detected", line.name)
        sigma, offset, flux = (
            fits.column(q, line.name)[seen, None].astype(np.float64)
            for q in ("sigma", "offset", "flux")
        )
        u = ((wave / line.wave - 1) * SPEED_OF_LIGHT - offset) / sigma
        width = np.sqrt(2 * np.pi) * sigma * line.wave / SPEED_OF_LIGHT
        drawn[seen] += flux / (1 + z[seen, None]) / width * np.exp(-0.5 * u**2)
    return drawn


def nearest_pixel(wave: float) -> int:
    """Return the pixel of the grid that holds a wavelength [Angstrom], or its first or last."""
    return int(np.clip(np.rint((np.log10(wave) - GRID.loglam0) / GRID.step), 0, GRID.pixels - 1))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the kernel needs to know of a list of lines."""

    pixels: np.ndarray
    family: np.ndarray
    n_families: int
    tables: tuple[np.ndarray, ...]


@cache
def _plan(lines: tuple[Line, ...]) -> _Plan:
    waves = np.array([line.wave for line in lines])
    names = list(dict.fromkeys(line.family for line in lines))
    family = np.array([names.index(line.family) for line in lines])
    velocity = (GRID.wave / waves[:, None] - 1) * SPEED_OF_LIGHT
    pixels = np.flatnonzero((np.abs(velocity) < REACH_KMS).any(axis=0))
    velocity = np.ascontiguousarray(velocity[:, pixels])
    spans = np.array([(velocity <= -PROFILE_KMS).sum(axis=1), (velocity < PROFILE_KMS).sum(axis=1)])
    couples = (spans[1] <= spans[0][:, None]).sum(axis=1)
    trials = np.array([(s, o) for s in TRIAL_SIGMAS for o in TRIAL_OFFSETS])
    sigma, offset = trials[:, 0, None, None], trials[:, 1, None, None]
    width = np.sqrt(2 * np.pi) * sigma * waves[:, None] / SPEED_OF_LIGHT
    u = (velocity - offset) / sigma
    live = np.stack([(u <= -TRIAL_REACH).sum(axis=2), (u < TRIAL_REACH).sum(axis=2)], axis=1)
    profiles = np.exp(-0.5 * u**2) / width
    tables = (waves, family, couples, spans, velocity, trials, profiles, live)
    return _Plan(pixels, family, len(names), tables)
