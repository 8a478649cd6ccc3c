"""Altered copies of a survey's own spectra: what detectors are asked to find.

Copies keep the noise, the gaps and the inverse variance of their parents; only the oddity is added.
They are made on the rest-frame grid; faults of the instrument lie where they would be observed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ingest.mock.shapes import (
    SPEED_OF_LIGHT,
    arm_step,
    fringes,
    gaussian,
    outflow_depth,
    stray_profile,
    supernova,
)
from ingest.prepare.normalise import coverage
from ingest.subspaces import GRID


@dataclass(frozen=True, slots=True)
class Parent:
    """A spectrum before it is altered, and another one; float64, shape (n_grid,)."""

    flux: np.ndarray
    ivar: np.ndarray
    z: float
    other_flux: np.ndarray
    other_ivar: np.ndarray

    @property
    def observed(self) -> np.ndarray:
        """Observed wavelength of the pixels [Angstrom]."""
        return GRID.wave * (1 + self.z)

    def level(self, wave: float) -> float:
        """Return the flux about a rest wavelength."""
        centre = int(np.searchsorted(GRID.wave, wave))
        part = slice(max(centre - 40, 0), centre + 40)
        there = self.ivar[part] > 0
        return float(np.median(self.flux[part][there])) if there.any() else 0.0


Alter = Callable[[Parent, float, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""From parent, amplitude and chance to flux and ivar."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """A kind of oddity: how it is made, its amplitudes, and what they mean."""

    alter: Alter
    amplitudes: tuple[float, ...]
    meaning: str


def alter(parent: Parent, kind: str, amplitude: float, random: np.random.Generator) -> np.ndarray:
    """Return an altered copy: flux and ivar, float32, shape (2, n_grid)."""
    flux, ivar = ALTERATIONS[kind].alter(parent, amplitude, random)
    kept = (ivar > 0) & np.isfinite(flux)
    return np.stack([np.where(kept, flux, 0), np.where(kept, ivar, 0)]).astype(np.float32)


def _add(parent: Parent, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return parent.flux + light, parent.ivar


def _multiply(parent: Parent, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return parent.flux * factor, parent.ivar / np.maximum(factor, 1e-3) ** 2


def _stray_line(parent: Parent, height: float, random: np.random.Generator) -> tuple:
    observed, there = parent.observed, np.flatnonzero(parent.ivar > 0)
    centre = observed[random.choice(there)]
    sigma = np.median(1 / np.sqrt(parent.ivar[there]))
    return _add(parent, height * sigma * stray_profile(observed, centre))


def _wrong_redshift(parent: Parent, error: float, random: np.random.Generator) -> tuple:
    shift = np.log10((1 + parent.z + error) / (1 + parent.z)) / GRID.step
    return _shifted(parent.flux, round(shift)), _shifted(parent.ivar, round(shift))


def _fringing(parent: Parent, amplitude: float, random: np.random.Generator) -> tuple:
    period, phase = random.uniform(60, 120), random.uniform(0, 2 * np.pi)
    return _multiply(parent, fringes(parent.observed, amplitude, period, phase))


def _flux_step(parent: Parent, step: float, random: np.random.Generator) -> tuple:
    return _multiply(parent, arm_step(parent.observed, step))


def _blend(parent: Parent, share: float, random: np.random.Generator) -> tuple:
    """Add another galaxy, farther away: its spectrum is stretched against the first one's rest."""
    shift = round(np.log10(1 + random.uniform(0.03, 0.15)) / GRID.step)
    there = parent.other_ivar > 0
    pixels = np.arange(GRID.pixels)
    whole = np.interp(pixels, pixels[there], parent.other_flux[there])
    # Beyond the blue end of the grid the other galaxy is taken to go on as it begins.
    moved = np.interp(pixels - shift, pixels, whole)
    scale = parent.level(5500) / max(float(np.median(moved)), 1e-6)
    return _add(parent, share * scale * moved)


def _sn_ia(parent: Parent, share: float, random: np.random.Generator) -> tuple:
    light = supernova(GRID.wave, random.normal(0, 1000))
    return _add(parent, share * parent.level(5500) * light)


def _nad_outflow(parent: Parent, ew: float, random: np.random.Generator) -> tuple:
    depth = outflow_depth(GRID.wave, ew, random.uniform(200, 500))
    return parent.flux * np.exp(-depth), parent.ivar


def _double_peaks(parent: Parent, split_kms: float, random: np.random.Generator) -> tuple:
    """Add emission in two peaks, of H-alpha 20 Angstrom in all."""
    light = np.zeros(GRID.pixels)
    for wave, strength in EMISSION:
        sigma = 80 * wave / SPEED_OF_LIGHT
        for side in (-0.5, 0.5):
            centre = wave * (1 + side * split_kms / SPEED_OF_LIGHT)
            light += 10 * strength * parent.level(6500) * gaussian(GRID.wave, centre, sigma)
    return _add(parent, light)


def _broad_lines(parent: Parent, ew: float, random: np.random.Generator) -> tuple:
    shift, width = random.normal(0, 150), random.uniform(1200, 2600)
    light = np.zeros(GRID.pixels)
    for wave, strength in BROAD:
        centre = wave * (1 + shift / SPEED_OF_LIGHT)
        profile = gaussian(GRID.wave, centre, width * wave / SPEED_OF_LIGHT)
        light += ew * strength * parent.level(6450) * profile
    return _add(parent, light)


def _shifted(values: np.ndarray, shift: int) -> np.ndarray:
    """Move values to the blue by so many pixels; what comes in from the red is missing."""
    out = np.zeros_like(values)
    out[: values.size - shift] = values[shift:]
    return out


EMISSION = (
    (4862.691, 0.3), (4960.295, 0.17), (5008.239, 0.5), (6549.86, 0.13), (6564.632, 1.0),
    (6585.268, 0.4), (6718.295, 0.2), (6732.674, 0.2),
)  # fmt: skip
BROAD = ((4102.892, 0.07), (4341.692, 0.13), (4862.691, 0.3), (6564.632, 1.0))

ALTERATIONS = {
    "stray_line": Alteration(
        _stray_line, (15.0, 40.0, 100.0), "height of the line over the median noise of a pixel"
    ),
    "wrong_redshift": Alteration(_wrong_redshift, (0.005, 0.02, 0.05), "error of the redshift"),
    "fringing": Alteration(_fringing, (0.03, 0.06, 0.12), "amplitude of the fringes over the flux"),
    "blend": Alteration(_blend, (0.3, 0.6, 1.0), "light of the other galaxy over the first"),
    "sn_ia": Alteration(
        _sn_ia, (0.15, 0.5, 1.0), "light of the supernova over the galaxy's at 5500 Angstrom"
    ),
    "nad_outflow": Alteration(
        _nad_outflow, (1.5, 3.0, 6.0), "EW of the moved Na D, were it thin [Angstrom]"
    ),
    "double_peaks": Alteration(_double_peaks, (250.0, 400.0, 600.0), "their distance [km/s]"),
    "broad_lines": Alteration(_broad_lines, (30.0, 80.0, 200.0), "EW of H-alpha [Angstrom]"),
    "flux_step": Alteration(_flux_step, (0.05, 0.1, 0.2), "step at the join of the arms"),
}
"""What is planted, by name."""


def can_be_parent(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return which spectra have enough pixels and light to be altered, bool, shape (n_spec,)."""
    return (coverage(ivar) > 0.5) & (np.median(flux, axis=1) > 0)
