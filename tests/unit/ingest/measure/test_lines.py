"""Line fits: injected Gaussians come back, with honest errors."""

import numpy as np
import pytest

from ingest.measure.bpt import measure_ratios
from ingest.measure.linelist import read_lines
from ingest.measure.lines import SPEED_OF_LIGHT, fit_lines
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


def test_ratios_of_the_bpt_plane():
    ratios = measure_ratios(fit(*make(noise=0.02)))
    assert ratios["bpt_nii_x"][0] == pytest.approx(np.log10(25 / 60), abs=0.02)
    assert ratios["bpt_nii_y"][0] == pytest.approx(np.log10(45 / 20), abs=0.02)
    assert ratios["bpt_sii_x"][0] == pytest.approx(np.log10(21 / 60), abs=0.02)
    assert np.isnan(ratios["bpt_oi_x"][0])
