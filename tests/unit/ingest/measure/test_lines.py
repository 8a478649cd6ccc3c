"""Line fits: injected Gaussians come back, with honest errors."""

import numpy as np
import pytest

from ingest.measure.bpt import measure_ratios
from ingest.measure.linelist import read_lines
from ingest.measure.lines import SPEED_OF_LIGHT, draw_lines, fit_lines
from ingest.subspaces import GRID

LINES = tuple(line for line in read_lines() if line.kind == "emission")
WAVE = {line.name: line.wave for line in LINES}
LEVEL = 20.0
INJECTED = {
    "halpha": 60.0,
    "hbeta": 20.0,
    "nii_6585": 25.0,
    "nii_6550": 8.3,
    "oiii_5008": 45.0,
    "oiii_4960": 15.0,
    "sii_6718": 12.0,
    "sii_6733": 9.0,
}
"""Fluxes in the frame of the grid."""


def gaussian(name, flux, sigma_kms, offset_kms=0.0):
    centre = WAVE[name] * (1 + offset_kms / SPEED_OF_LIGHT)
    width = centre * sigma_kms / SPEED_OF_LIGHT
    return flux * np.exp(-0.5 * ((GRID.wave - centre) / width) ** 2) / np.sqrt(2 * np.pi) / width


def make(n_spec=1, noise=0.2, sigma_kms=120.0, offset_kms=0.0, sign=1.0, seed=0):
    clean = LEVEL + sign * sum(gaussian(n, f, sigma_kms, offset_kms) for n, f in INJECTED.items())
    random = np.random.default_rng(seed)
    flux = clean + noise * random.standard_normal((n_spec, GRID.pixels))
    ivar = np.full(flux.shape, noise**-2, "f4")
    return flux.astype("f4"), ivar, np.full(flux.shape, LEVEL, "f4")


def fit(flux, ivar, continuum, z=0.0):
    return fit_lines(LINES, flux, ivar, continuum, np.full(len(flux), z))


@pytest.mark.parametrize("sigma_kms", [75.0, 120.0, 250.0])
@pytest.mark.parametrize("offset_kms", [-150.0, 0.0, 80.0])
def test_injected_lines_come_back(sigma_kms, offset_kms):
    found = fit(*make(noise=0.02, sigma_kms=sigma_kms, offset_kms=offset_kms))
    for name, flux in INJECTED.items():
        assert found.column("flux", name)[0] == pytest.approx(flux, rel=0.03), name
        assert found.column("ew", name)[0] == pytest.approx(flux / LEVEL, rel=0.03)
        assert found.column("sigma", name)[0] == pytest.approx(sigma_kms, rel=0.04)
        assert found.column("offset", name)[0] == pytest.approx(offset_kms, abs=5)


def test_errors_are_those_of_many_trials():
    found = fit(*make(n_spec=300, noise=0.6))
    for name in ("halpha", "hbeta", "sii_6718"):
        scatter = found.column("flux", name).std()
        assert np.median(found.column("flux_err", name)) == pytest.approx(scatter, rel=0.25), name
        pull = (found.column("flux", name) - INJECTED[name]) / found.column("flux_err", name)
        assert abs(pull.mean()) < 0.3


def test_fluxes_are_of_the_observed_frame():
    at_rest, moved = fit(*make()), fit(*make(), z=0.25)
    ratio = moved.column("flux", "halpha") / at_rest.column("flux", "halpha")
    assert ratio[0] == pytest.approx(1.25)
    assert moved.column("ew", "halpha")[0] == at_rest.column("ew", "halpha")[0]


def test_a_line_without_pixels_is_unknown():
    flux, ivar, continuum = make()
    near = np.abs(GRID.wave - WAVE["halpha"]) < 40
    ivar[:, near] = 0
    flux[:, near] = 1e6
    found = fit(flux, ivar, continuum)
    assert np.isnan(found.column("ew", "halpha")[0])
    assert not found.column("detected", "halpha")[0]
    assert found.column("flux", "hbeta")[0] == pytest.approx(INJECTED["hbeta"], rel=0.1)


def test_absorption_is_no_detected_emission():
    found = fit(*make(sign=-1.0))
    assert found.column("ew", "halpha")[0] < 0
    assert not found.column("detected", "halpha")[0]


def test_noise_alone_is_rarely_detected():
    random = np.random.default_rng(1)
    flux = (LEVEL + 0.5 * random.standard_normal((200, GRID.pixels))).astype("f4")
    found = fit(flux, np.full(flux.shape, 4, "f4"), np.full(flux.shape, LEVEL, "f4"))
    # The width and offset of a family are free, so a little above the Gaussian's 0.1 %.
    assert found.detected.mean() < 0.02


def test_an_empty_spectrum_gives_nothing_and_no_failure():
    blank = np.zeros((2, GRID.pixels), "f4")
    found = fit(blank, blank, blank)
    assert np.isnan(found.ew).all()
    assert not found.detected.any()


def test_no_spectra_at_all():
    blank = np.zeros((0, GRID.pixels), "f4")
    assert fit(blank, blank, blank).ew.shape == (0, len(LINES))


@pytest.mark.parametrize("ew", [4.0, 12.0])
def test_lines_of_known_width_come_back_from_noise_and_gaps(ew):
    random = np.random.default_rng(7)
    n_spec, noise = 400, 0.6
    clean = LEVEL * (1 + gaussian("halpha", ew, 130.0) + gaussian("oiii_5008", ew / 2, 130.0))
    flux = (clean + noise * random.standard_normal((n_spec, GRID.pixels))).astype("f4")
    ivar = np.full(flux.shape, noise**-2, "f4")
    lost = random.random(flux.shape) < 0.15
    flux[lost], ivar[lost] = -1e5, 0
    found = fit(flux, ivar, np.full(flux.shape, LEVEL, "f4"))
    for name, value in (("halpha", ew), ("oiii_5008", ew / 2)):
        pull = (found.column("ew", name) - value) / found.column("ew_err", name)
        pull = pull[np.isfinite(pull)]
        assert pull.size > n_spec / 2
        assert abs(np.median(pull)) < 0.2
        assert 0.8 < pull.std() < 1.25
        assert (np.abs(pull) < 1).mean() == pytest.approx(0.683, abs=0.08)


def test_the_continuum_is_that_at_the_centre_of_the_line():
    flux, ivar, continuum = make(noise=0.02)
    trough = 1 - 0.4 * np.exp(-0.5 * ((GRID.wave - WAVE["halpha"]) / 6) ** 2)
    found = fit(flux + (trough - 1) * LEVEL, ivar, (continuum * trough).astype("f4"))
    expected = INJECTED["halpha"] / (0.6 * LEVEL)
    assert found.column("ew", "halpha")[0] == pytest.approx(expected, rel=0.03)


def test_there_are_lines_enough_and_they_are_where_nist_has_them():
    assert len(LINES) >= 20
    # Vacuum wavelengths of the NIST Atomic Spectra Database, by hand.
    nist = {"hbeta": 4862.69, "hgamma": 4341.69, "hei_4473": 4472.73, "siii_6314": 6313.8}
    for name, wave in nist.items():
        assert WAVE[name] == pytest.approx(wave, abs=0.06), name


def test_drawn_lines_are_those_that_were_put_in():
    flux, ivar, continuum = make(noise=0.02)
    found = fit(flux, ivar, continuum, z=0.1)
    near = np.abs(GRID.wave - WAVE["halpha"]) < 60
    chosen = tuple(line for line in LINES if line.name in INJECTED)
    drawn = draw_lines(found, chosen, np.array([0.1]), GRID.wave[near])
    assert np.abs(drawn[0] - (flux - continuum)[0, near]).max() < 0.2


def test_ratios_of_the_diagnostic_planes():
    ratios = measure_ratios(fit(*make(noise=0.02)))
    assert ratios["bpt_nii_x"][0] == pytest.approx(np.log10(25 / 60), abs=0.02)
    assert ratios["bpt_sii_x"][0] == pytest.approx(np.log10(21 / 60), abs=0.02)
    for plane in ("bpt_nii", "bpt_sii"):
        assert ratios[f"{plane}_y"][0] == pytest.approx(np.log10(45 / 20), abs=0.02)
    assert ratios["whan_x"][0] == pytest.approx(np.log10(25 / 60), abs=0.02)
    assert ratios["whan_y"][0] == pytest.approx(np.log10(60 / LEVEL), abs=0.02)


def test_a_galaxy_is_on_a_plane_or_not():
    ratios = measure_ratios(fit(*make(noise=0.02)))
    # No [O I] was put in.
    assert np.isnan(ratios["bpt_oi_x"][0])
    assert np.isnan(ratios["bpt_oi_y"][0])
