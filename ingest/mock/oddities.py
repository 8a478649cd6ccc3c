"""What is planted: oddities of the kinds that Reis et al. (2019) found, at several amplitudes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ingest.mock.galaxies import Galaxies, draw_galaxies, make_spectra
from ingest.mock.gas import broad_balmer
from ingest.mock.shapes import arm_step, fringes, outflow_depth, stray_profile, supernova
from ingest.mock.stars import BALMER, WAVE

SHARE = 0.01
"""Of the survey; no more is planted."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A kind of oddity.

    Attributes
    ----------
    amplitudes : tuple of float
    meaning : str
        What the amplitude is.
    where : str
        What is changed: `galaxy` parameters, the `rest` spectrum, the `observed` one, or the
        `written` redshift.
    """

    amplitudes: tuple[float, ...]
    meaning: str
    where: str


KINDS = {
    "sn_ia": Oddity((0.15, 0.5, 1.0), "light of the supernova over the galaxy's at 5500 A", "rest"),
    "double_peaked": Oddity((250.0, 400.0, 600.0), "distance of the peaks in km/s", "galaxy"),
    "broad_lines": Oddity((30.0, 80.0, 200.0), "EW of the broad H-alpha in A", "rest"),
    "nad_outflow": Oddity((1.5, 3.0, 6.0), "EW in A of the blueshifted Na D, were it thin", "rest"),
    "blend": Oddity((0.3, 0.6, 1.0), "light of the second galaxy over the first", "rest"),
    "wrong_redshift": Oddity((0.005, 0.02, 0.05), "error of the redshift", "written"),
    "flux_step": Oddity((0.05, 0.1, 0.2), "step at the join of the arms", "observed"),
    "fringing": Oddity((0.03, 0.06, 0.12), "amplitude of the fringes", "observed"),
    "stray_line": Oddity((15.0, 40.0, 100.0), "height of the line over the noise", "observed"),
    "white_dwarf": Oddity((12000.0, 18000.0, 25000.0), "temperature in K", "rest"),
    "quasar": Oddity((0.4, 0.8, 1.2), "redshift of the quasar", "rest"),
}


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted oddity."""

    row: int
    kind: str
    amplitude: float


def choose_rows(count: int, random: np.random.Generator) -> list[Planted]:
    """Choose who becomes odd; kinds and amplitudes take turns."""
    rows = random.choice(count, int(SHARE * count), replace=False)
    turns = [
        (kind, a)
        for i in range(3)
        for kind, o in KINDS.items()
        for a in o.amplitudes[2 - i : 3 - i]
    ]
    return [Planted(int(row), *turns[i % len(turns)]) for i, row in enumerate(np.sort(rows))]


def change_galaxies(galaxies: Galaxies, planted: list[Planted]) -> Galaxies:
    """Change what galaxies are."""
    split, ew, width = galaxies.split_kms.copy(), galaxies.halpha_ew.copy(), galaxies.gas_kms.copy()
    for odd in planted:
        if odd.kind == "double_peaked":
            split[odd.row], ew[odd.row], width[odd.row] = odd.amplitude, max(ew[odd.row], 20), 60
    return replace(galaxies, split_kms=split, halpha_ew=ew, gas_kms=width)


def change_rest(
    spectrum: np.ndarray, odd: Planted, z: float, random: np.random.Generator
) -> np.ndarray:
    """Change a spectrum at rest, shape (n_wave,)."""
    changes: dict[str, Callable[[], np.ndarray]] = {
        "sn_ia": lambda: spectrum + odd.amplitude * supernova(WAVE, random.normal(0, 1000)),
        "broad_lines": lambda: spectrum + _broad(spectrum, odd.amplitude, random),
        "nad_outflow": lambda: (
            spectrum * np.exp(-outflow_depth(WAVE, odd.amplitude, random.uniform(200, 500)))
        ),
        "blend": lambda: spectrum + odd.amplitude * _other_galaxy(z, random),
        "white_dwarf": lambda: _white_dwarf(odd.amplitude, z),
        "quasar": lambda: _quasar((1 + odd.amplitude) / (1 + z)),
    }
    return changes[odd.kind]() if odd.kind in changes else spectrum


def change_observed(
    flux: np.ndarray, wave: np.ndarray, sigma: np.ndarray, odd: Planted, random: np.random.Generator
) -> np.ndarray:
    """Change an observed spectrum, as faults of the instrument do; wave in Angstrom."""
    if odd.kind == "flux_step":
        return flux * arm_step(wave, odd.amplitude)
    if odd.kind == "fringing":
        period, phase = random.uniform(60, 120), random.uniform(0, 2 * np.pi)
        return flux * fringes(wave, odd.amplitude, period, phase)
    if odd.kind == "stray_line":
        centre = random.uniform(4500, 7200)
        return flux + odd.amplitude * stray_profile(wave, centre) * np.median(sigma)
    return flux


def written_redshift(z: float, odd: Planted) -> float:
    """Return the redshift that is written into the file."""
    return z + odd.amplitude if odd.kind == "wrong_redshift" else z


def _broad(spectrum: np.ndarray, ew: float, random: np.random.Generator) -> np.ndarray:
    level = spectrum[np.searchsorted(WAVE, 6450)]
    return broad_balmer(ew * level, random.uniform(1200, 2600), random.normal(0, 150))


def _other_galaxy(z: float, random: np.random.Generator) -> np.ndarray:
    """Return another galaxy, as it appears at the first one's rest."""
    other = make_spectra(draw_galaxies(1, random))[0]
    stretch = (1 + z + random.uniform(0.03, 0.15)) / (1 + z)
    return np.interp(WAVE, WAVE * stretch, other)


def _white_dwarf(temperature: float, z: float) -> np.ndarray:
    """Return a DA white dwarf at redshift 0, moved by a redshift that it does not have."""
    wave = WAVE * (1 + z)
    x = 1.4388e8 / (wave * temperature)
    flux = (5500 / wave) ** 5 / np.expm1(x)
    for i, line in enumerate(BALMER[:8]):
        flux *= 1 - (0.45 + 0.02 * i) / (1 + ((wave - line) / (28 - 2 * i)) ** 2)
    return flux / flux[np.searchsorted(WAVE, 5500)]


def _quasar(stretch: float) -> np.ndarray:
    """Return a quasar whose light is stretched against the frame of the spectrum."""
    rest = WAVE / stretch
    flux = (rest / 3000) ** -1.5
    lines = (
        (1908.7, 0.4, 20),
        (2799.1, 0.8, 25),
        (3728, 0.05, 6),
        (4102.9, 0.1, 30),
        (4341.7, 0.2, 35),
        (4862.7, 0.5, 40),
        (4960.3, 0.2, 6),
        (5008.2, 0.6, 6),
        (6564.6, 2.5, 50),
    )
    for wave, height, sigma in lines:
        flux *= 1 + height * np.exp(-0.5 * ((rest - wave) / sigma) ** 2)
    return flux / flux[np.searchsorted(WAVE, 5500)]
