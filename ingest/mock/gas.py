"""Emission lines on the sequences of the BPT planes, with profiles that are not quite Gaussian."""

from typing import Any

import numpy as np

from ingest.mock.stars import WAVE, attenuation

HALPHA = 6564.63
SPEED_OF_LIGHT = 299792.458

LINES = {
    "oii_3727": 3727.09,
    "oii_3730": 3729.88,
    "neiii": 3869.86,
    "hdelta": 4102.89,
    "hgamma": 4341.69,
    "oiii_4364": 4364.44,
    "hbeta": 4862.69,
    "oiii_4960": 4960.30,
    "oiii_5008": 5008.24,
    "hei": 5877.24,
    "oi_6302": 6302.05,
    "oi_6366": 6365.54,
    "nii_6550": 6549.86,
    "halpha": HALPHA,
    "nii_6585": 6585.27,
    "sii_6718": 6718.29,
    "sii_6733": 6732.67,
    "ariii": 7137.76,
}
BALMER = ("halpha", "hbeta", "hgamma", "hdelta")


def star_forming_sequence(nii: np.ndarray) -> np.ndarray:
    """Return log [O III]/H-beta of star-forming galaxies at log [N II]/H-alpha.

    Kewley et al. (2013), equation 5, at z = 0: the middle of the sequence.
    """
    return 0.61 / (nii + 0.08) + 1.1


def line_fluxes(
    nii: np.ndarray, oiii: np.ndarray, hardness: np.ndarray, a_v: np.ndarray
) -> dict[str, np.ndarray]:
    """Return line fluxes over that of H-alpha, dust applied.

    Parameters
    ----------
    nii, oiii : float64, shape (n,)
        log [N II] 6585 / H-alpha and log [O III] 5008 / H-beta before dust.
    hardness : float64, shape (n,)
        0 for young stars, 1 for an active nucleus: raises [O I] and [S II].
    a_v : float64, shape (n,)
        Attenuation of the gas [mag].
    """
    n2, o3 = 10**nii, 10**oiii / 2.86
    s2 = 10 ** (-0.42 + 0.35 * hardness - 0.25 * (nii + 0.4))
    o1 = 10 ** (-1.7 + 0.95 * hardness)
    o2 = 10 ** (0.3 + 0.3 * hardness - 0.5 * (nii + 0.5) ** 2) / 2.86
    ratios: dict[str, Any] = {
        "oii_3727": 0.42 * o2,
        "oii_3730": 0.58 * o2,
        "neiii": 0.09 * o3 + 0.02,
        "hdelta": 0.259 / 2.86,
        "hgamma": 0.468 / 2.86,
        "oiii_4364": 0.008 * o3,
        "hbeta": 1 / 2.86,
        "oiii_4960": o3 / 2.98,
        "oiii_5008": o3,
        "hei": 0.04,
        "oi_6302": o1,
        "oi_6366": o1 / 3.03,
        "nii_6550": n2 / 2.96,
        "halpha": 1.0,
        "nii_6585": n2,
        "sii_6718": 0.57 * s2,
        "sii_6733": 0.43 * s2,
        "ariii": 0.015 + 0.01 * o3,
    }
    dust = {
        k: 10 ** (-0.4 * a_v * (attenuation(w) - attenuation(HALPHA))) for k, w in LINES.items()
    }
    return {name: np.broadcast_to(ratios[name], nii.shape) * dust[name] for name in LINES}


def add_lines(
    spectra: np.ndarray,
    fluxes: dict[str, np.ndarray],
    halpha_flux: np.ndarray,
    sigma_kms: np.ndarray,
    wing_share: np.ndarray,
    wing_shift: np.ndarray,
    split_kms: np.ndarray,
) -> None:
    """Add emission lines to spectra, in place.

    Parameters
    ----------
    spectra : float64, shape (n, n_wave)
    fluxes : dict of float64, shape (n,)
        Over H-alpha.
    halpha_flux : float64, shape (n,)
        Flux density unit times Angstrom.
    sigma_kms : float64, shape (n,)
        Width of the core, instrument included.
    wing_share, wing_shift : float64, shape (n,)
        Share of the flux in wings twice as broad, and their offset [km/s].
    split_kms : float64, shape (n,)
        Distance of two equal peaks; 0 for one.
    """
    for name, wave in LINES.items():
        pixels = slice(*np.searchsorted(WAVE, (wave * 0.988, wave * 1.012)))
        velocity = (WAVE[pixels] / wave - 1) * SPEED_OF_LIGHT
        flux = (halpha_flux * fluxes[name])[:, None]
        profile = np.zeros((len(spectra), velocity.size))
        for side in (-0.5, 0.5):
            shift = (side * split_kms)[:, None]
            profile += (
                0.5 * (1 - wing_share)[:, None] * _gauss(velocity, shift, sigma_kms[:, None], wave)
            )
            wing = shift + wing_shift[:, None]
            profile += (
                0.5 * wing_share[:, None] * _gauss(velocity, wing, 2 * sigma_kms[:, None], wave)
            )
        spectra[:, pixels] += flux * profile


def broad_balmer(flux: float, sigma_kms: float, shift_kms: float) -> np.ndarray:
    """Return broad Balmer lines of an active nucleus, shape (n_wave,)."""
    shares = {"halpha": 1.0, "hbeta": 0.3, "hgamma": 0.13, "hdelta": 0.07}
    out = np.zeros(WAVE.size)
    for name in BALMER:
        velocity = (WAVE / LINES[name] - 1) * SPEED_OF_LIGHT
        out += flux * shares[name] * _gauss(velocity, shift_kms, sigma_kms, LINES[name])
    return out


def _gauss(velocity: np.ndarray, centre: Any, sigma: Any, wave: float) -> np.ndarray:
    width = np.asarray(sigma) * wave / SPEED_OF_LIGHT
    return np.exp(-0.5 * ((velocity - centre) / sigma) ** 2) / (np.sqrt(2 * np.pi) * width)
