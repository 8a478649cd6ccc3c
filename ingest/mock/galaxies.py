"""The galaxies of the mock survey: what they are, and their spectra at rest."""

from dataclasses import dataclass, fields

import numpy as np

from ingest.mock.gas import add_lines, line_fluxes, star_forming_sequence
from ingest.mock.stars import PIXEL_KMS, WAVE, make_stars, redden

INSTRUMENT_KMS = 69.0


@dataclass(frozen=True, slots=True)
class Galaxies:
    """What galaxies are; float64, shape (n,) each.

    Attributes
    ----------
    ra, dec : position [deg]
    z : redshift
    weights : shape (n, 6), light by age
    metals : shape (n, 4), strength of metal lines
    a_v : attenuation [mag]
    vdisp : stellar velocity dispersion [km/s]
    nii, oiii, hardness : place on the BPT plane, see `gas.line_fluxes`
    halpha_ew : [Angstrom]
    gas_kms : width of emission lines [km/s]
    wing_share, wing_shift, split_kms : their profiles
    sn : median signal-to-noise ratio
    brightness : flux density at 5500 Angstrom [1e-17 erg s-1 cm-2 Angstrom-1]
    """

    ra: np.ndarray
    dec: np.ndarray
    z: np.ndarray
    weights: np.ndarray
    metals: np.ndarray
    a_v: np.ndarray
    vdisp: np.ndarray
    nii: np.ndarray
    oiii: np.ndarray
    hardness: np.ndarray
    halpha_ew: np.ndarray
    gas_kms: np.ndarray
    wing_share: np.ndarray
    wing_shift: np.ndarray
    split_kms: np.ndarray
    sn: np.ndarray
    brightness: np.ndarray

    def __len__(self) -> int:
        return self.z.size

    def take(self, rows: np.ndarray) -> "Galaxies":
        """Return the galaxies at these rows."""
        return Galaxies(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def draw_galaxies(count: int, random: np.random.Generator) -> Galaxies:
    """Draw galaxies: a red sequence, a blue cloud, and nuclei in between."""
    youth = np.where(
        random.random(count) < 0.5, random.beta(1.2, 9, count), random.beta(3, 2.5, count)
    )
    active = random.random(count) < np.where(youth < 0.25, 0.35, 0.2)
    # Metals saturate: the sequence ends at log [N II]/H-alpha = -0.35, an active one's base there.
    nii = np.clip(random.normal(-0.55, 0.2, count), np.where(active, -0.55, -1.3), -0.35)
    oiii = np.maximum(star_forming_sequence(nii), -0.9) + random.normal(0, 0.08, count)
    hardness = np.where(active, random.uniform(0.4, 1.0, count), random.uniform(0, 0.1, count))
    nii = np.where(active, nii + hardness * (random.normal(0.1, 0.1, count) - nii), nii)
    oiii = np.where(active, oiii + hardness * (random.uniform(0.2, 1.0, count) - oiii), oiii)
    forming = np.exp(random.normal(np.log(25), 0.7, count)) * youth**1.2
    weak = np.where(active, random.gamma(2, 1.0, count), random.gamma(1, 0.15, count))
    ra, dec, host = _draw_positions(count, random)
    z = 0.012 + random.gamma(2.2, 0.022, count)
    z = np.where(z < 0.12, z, random.uniform(0.03, 0.12, count))
    peculiar = random.normal(0, 500 / 299792.458, count)
    return Galaxies(
        ra=ra,
        dec=dec,
        z=np.clip(np.where(host >= 0, z[host] + peculiar, z), 0.012, 0.125),
        weights=_draw_ages(youth, random),
        metals=np.exp(random.normal(0, [0.12, 0.15, 0.25, 0.12], (count, 4))),
        a_v=random.gamma(1.5, 0.12, count) * (0.3 + 1.7 * youth),
        vdisp=np.clip(random.normal(230 - 140 * youth, 45, count), 50, 350),
        nii=nii,
        oiii=oiii,
        hardness=hardness,
        halpha_ew=forming + weak,
        gas_kms=np.clip(random.normal(95, 30, count) + 80 * hardness, 45, 320),
        wing_share=random.uniform(0.05, 0.3, count),
        wing_shift=random.normal(-20, 40, count),
        split_kms=np.zeros(count),
        sn=np.clip(np.exp(random.normal(np.log(32), 0.5, count)), 11, 92),
        brightness=10 ** random.uniform(1.2, 2.2, count),
    )


def make_spectra(galaxies: Galaxies) -> np.ndarray:
    """Make the spectra of galaxies at rest, about one at 5500 Angstrom; float64, (n, n_wave)."""
    stars = redden(make_stars(galaxies.weights, galaxies.metals), galaxies.a_v)
    spectra = broaden(stars, galaxies.vdisp)
    level = spectra[:, np.searchsorted(WAVE, 6530)]
    fluxes = line_fluxes(galaxies.nii, galaxies.oiii, galaxies.hardness, 1.6 * galaxies.a_v)
    add_lines(
        spectra,
        fluxes,
        galaxies.halpha_ew * level,
        np.hypot(galaxies.gas_kms, INSTRUMENT_KMS),
        galaxies.wing_share,
        galaxies.wing_shift,
        galaxies.split_kms,
    )
    return spectra


def broaden(spectra: np.ndarray, sigma_kms: np.ndarray) -> np.ndarray:
    """Convolve spectra with Gaussians, each with a width of its own, instrument included."""
    sigma = np.hypot(sigma_kms, INSTRUMENT_KMS) / PIXEL_KMS
    pad = 200
    padded = np.pad(spectra, ((0, 0), (pad, pad)), mode="edge")
    frequency = np.fft.rfftfreq(padded.shape[1])
    kernel = np.exp(-2 * (np.pi * np.outer(sigma, frequency)) ** 2)
    whole = np.fft.irfft(np.fft.rfft(padded) * kernel, padded.shape[1])
    return whole[:, pad:-pad]


def _draw_ages(youth: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw light by age: old galaxies with a rest of the young, and the other way round."""
    old = np.array([0.02, 0.05, 0.15, 0.6, 2.2, 7.0])
    young = np.array([2.0, 2.6, 2.4, 2.0, 1.4, 1.0])
    mean = (1 - youth)[:, None] * old + youth[:, None] * young
    weights = random.gamma(mean * 2.5 + 1e-3)
    return weights / weights.sum(axis=1, keepdims=True)


def _draw_positions(
    count: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw positions in a field of 430 square degrees, half of them in clusters.

    The third array is the row in whose cluster a galaxy lives, -1 in the field.
    """
    ra, sin_dec = random.uniform(150, 175, count), random.uniform(0.342, 0.643, count)
    dec = np.degrees(np.arcsin(sin_dec))
    centres = random.integers(0, count, max(1, count // 40))
    host = centres[random.integers(0, centres.size, count)]
    member = random.random(count) < 0.5
    spread = random.normal(0, 0.4, (2, count))
    centre_ra, centre_dec = ra[host], dec[host]
    dec = np.where(member, centre_dec + spread[0], dec)
    ra = np.where(member, centre_ra + spread[1] / np.cos(np.radians(dec)), ra)
    return ra, dec, np.where(member, host, -1)
