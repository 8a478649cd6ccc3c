"""The galaxies are such as the sky holds: breaks, absorption, line ratios, dust, motions."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.mock.galaxies import Galaxies, draw_galaxies, make_spectra
from ingest.mock.stars import AGES_GYR, WAVE, make_stars

LINES = {
    "hbeta": 4862.69, "oiii_4960": 4960.295, "oiii_5008": 5008.24, "oi": 6302.05,
    "nii_6550": 6549.86, "halpha": 6564.61, "nii_6585": 6585.27, "hgamma": 4341.68,
}  # fmt: skip


@pytest.fixture(scope="module")
def galaxies() -> Galaxies:
    return draw_galaxies(600, np.random.default_rng(3))


@pytest.fixture(scope="module")
def fluxes(galaxies: Galaxies) -> dict[str, np.ndarray]:
    """Line fluxes, measured on the light of the gas alone, its lines made narrow."""
    narrow = {"gas_kms": np.full(600, 45.0), "wing_share": np.zeros(600)}
    lit = replace(galaxies, **narrow)
    gas = make_spectra(lit) - make_spectra(replace(lit, halpha_ew=np.zeros(600)))
    return {name: _integrate(gas, wave) for name, wave in LINES.items()}


def test_doublets_keep_the_ratios_of_atomic_physics(fluxes: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(fluxes["oiii_5008"] / fluxes["oiii_4960"], 2.98, rtol=0.03)
    np.testing.assert_allclose(fluxes["nii_6585"] / fluxes["nii_6550"], 2.96, rtol=0.08)


def test_balmer_decrement_is_case_b_behind_dust(
    galaxies: Galaxies, fluxes: dict[str, np.ndarray]
) -> None:
    decrement = fluxes["halpha"] / fluxes["hbeta"]
    # Calzetti et al. (2000): k(H-beta) = 4.60, k(H-alpha) = 3.33; the gas is redder than the stars.
    ebv = galaxies.a_v / 4.05
    assert np.all(decrement > 2.83)
    slope = np.polyfit(ebv, np.log10(decrement / 2.86), 1)[0]
    assert 1.3 < slope / (0.4 * (4.60 - 3.33)) < 2.3
    clear = galaxies.a_v < 0.03
    np.testing.assert_allclose(decrement[clear], 2.86, rtol=0.03)
    np.testing.assert_allclose((fluxes["hgamma"] / fluxes["hbeta"])[clear], 0.468, rtol=0.03)


def test_galaxies_lie_on_the_sequences_of_the_bpt_plane(
    galaxies: Galaxies, fluxes: dict[str, np.ndarray]
) -> None:
    nii = np.log10(fluxes["nii_6585"] / fluxes["halpha"])
    oiii = np.log10(fluxes["oiii_5008"] / fluxes["hbeta"])
    active = galaxies.hardness > 0.2
    assert np.all(_below(nii, oiii, 0.05, 1.3)[~active])  # Kauffmann et al. 2003
    assert not np.any(_below(nii, oiii, 0.05, 1.3)[active])
    extreme = ~_below(nii, oiii, 0.47, 1.19)  # Kewley et al. 2001
    assert 0.3 < extreme[active].mean() < 0.9  # the others are composites
    assert nii.min() > -1.5
    assert nii.max() < 0.6
    assert oiii.min() > -1.4
    assert oiii.max() < 1.3
    ridge = 0.61 / (nii + 0.08) + 1.1  # Kewley et al. 2013
    usual = ~active & (nii < -0.5)
    assert np.abs(oiii - ridge)[usual].mean() < 0.15


def test_nuclei_are_bright_in_neutral_oxygen(
    galaxies: Galaxies, fluxes: dict[str, np.ndarray]
) -> None:
    oi = np.log10(fluxes["oi"] / fluxes["halpha"])
    active = galaxies.hardness > 0.4
    assert np.median(oi[active]) > np.median(oi[~active]) + 0.4


def test_breaks_span_those_of_real_galaxies(galaxies: Galaxies) -> None:
    d4000 = _break(make_spectra(galaxies))
    assert 1.0 < d4000.min() < 1.25
    assert 1.85 < d4000.max() < 2.2
    assert np.all(np.histogram(d4000, bins=6, range=(1.15, 1.95))[0] > 10)


def test_populations_redden_and_break_with_age() -> None:
    ages = make_stars(np.eye(len(AGES_GYR)), np.ones((len(AGES_GYR), 4)))
    assert np.all(np.diff(_break(ages)) > 0)
    colour = _mean(ages, 4200, 4600) / _mean(ages, 6800, 7000)
    assert np.all(np.diff(colour) < 0)
    hdelta = _absorption(ages, 4102.9, 15, 60)
    assert AGES_GYR[int(np.argmax(hdelta))] in (0.3, 1.0)


@pytest.mark.parametrize(
    ("wave", "half"), [(3934.8, 10), (3969.6, 10), (4305, 15), (5177, 18), (5894.6, 10)]
)
def test_old_galaxies_absorb_in_the_lines_of_metals(wave: float, half: float) -> None:
    old, poor = make_stars(np.eye(6)[[5, 5]], np.array([np.ones(4), np.full(4, 0.5)]))
    depth = _absorption(np.stack([old, poor]), wave, half, 3 * half)
    assert depth[0] > 1.0
    assert depth[0] > depth[1]


def test_dispersion_widens_the_lines(galaxies: Galaxies) -> None:
    one = galaxies.take(np.zeros(2, int))
    dark = {"halpha_ew": np.zeros(2), "vdisp": np.array([50.0, 350.0])}
    slow, fast = make_spectra(replace(one, **dark))
    near = (WAVE > 5100) & (WAVE < 5400)
    assert np.abs(np.diff(fast[near])).max() < 0.6 * np.abs(np.diff(slow[near])).max()
    assert fast[near].sum() == pytest.approx(slow[near].sum(), rel=0.01)
    assert galaxies.vdisp.min() >= 50
    assert galaxies.vdisp.max() <= 350


def test_lines_are_not_gaussian(galaxies: Galaxies) -> None:
    bright = {"halpha_ew": np.full(50, 50.0), "nii": np.full(50, -3.0)}
    some = replace(galaxies.take(np.arange(50)), **bright)
    gas = make_spectra(some) - make_spectra(replace(some, halpha_ew=np.zeros(50)))
    velocity = (WAVE / LINES["halpha"] - 1) * 299792.458
    near = np.abs(velocity) < 1500
    weight, v = np.clip(gas[:, near], 0, None), velocity[near]
    mean = (weight * v).sum(axis=1) / weight.sum(axis=1)
    moments = [(weight * (v - mean[:, None]) ** k).sum(axis=1) / weight.sum(axis=1) for k in (2, 4)]
    assert np.median(moments[1] / moments[0] ** 2) > 3.2


def test_spectra_are_not_of_low_rank(galaxies: Galaxies) -> None:
    near = (WAVE > 3700) & (WAVE < 8000)
    spectra = make_spectra(galaxies)[:, near]
    spectra /= np.median(spectra, axis=1, keepdims=True)
    share = np.linalg.svd(spectra - spectra.mean(axis=0), compute_uv=False) ** 2
    explained = np.cumsum(share) / share.sum()
    assert explained[0] < 0.9
    assert explained[4] < 0.99
    assert np.count_nonzero(share > 1e-6 * share.sum()) > 25


def _integrate(gas: np.ndarray, wave: float) -> np.ndarray:
    near = np.abs(WAVE / wave - 1) * 299792.458 < 320
    return np.trapezoid(gas[:, near], WAVE[near], axis=1)


def _below(nii: np.ndarray, oiii: np.ndarray, pole: float, level: float) -> np.ndarray:
    return (nii < pole) & (oiii < 0.61 / np.minimum(nii - pole, -1e-9) + level)


def _mean(spectra: np.ndarray, lo: float, hi: float, power: int = 0) -> np.ndarray:
    near = (lo < WAVE) & (hi > WAVE)
    return (spectra[:, near] * WAVE[near] ** power).mean(axis=1)


def _break(spectra: np.ndarray) -> np.ndarray:
    """Return the narrow index of Balogh et al. (1999)."""
    return _mean(spectra, 4000, 4100, 2) / _mean(spectra, 3850, 3950, 2)


def _absorption(spectra: np.ndarray, wave: float, half: float, reach: float) -> np.ndarray:
    """Return the equivalent width against the highest level on both sides [Angstrom]."""
    side = np.abs(WAVE - wave) < reach
    line = np.abs(WAVE - wave) < half
    level = np.percentile(spectra[:, side], 75, axis=1)[:, None]
    return np.trapezoid(1 - spectra[:, line] / level, WAVE[line], axis=1)
