"""Continua: learned from quiet spectra, blind to emission."""

import numpy as np
import pytest

from ingest.measure.continuum import fit_continua, is_quiet, line_pixels, make_continuum
from ingest.subspaces import GRID

HALPHA, HBETA = 6564.632, 4862.691


def dip(centre, depth, width):
    return 1 - depth * np.exp(-0.5 * ((GRID.wave - centre) / width) ** 2)


def bump(centre, height, width=3.0):
    return height * np.exp(-0.5 * ((GRID.wave - centre) / width) ** 2)


@pytest.fixture(scope="module")
def survey():
    """Return spectra whose Balmer lines are deep together; metals vary; a third emit."""
    random = np.random.default_rng(9)
    n = 150
    depth = random.uniform(0.05, 0.4, (n, 1))
    slope = 1 + random.uniform(-0.5, 0.5, (n, 1)) * np.linspace(-1, 1, GRID.pixels)
    stars = 10 * slope * dip(HALPHA, 0.1 + depth / 2, 10)
    for centre in (4102.9, 4341.7, HBETA):
        stars *= dip(centre, depth, 10)
    for centre, width in ((3950, 25), (4304, 20), (5175, 30), (5270, 12), (5893, 6)):
        stars *= dip(centre, random.uniform(0.05, 0.4, (n, 1)), width)
    emits = np.arange(n) % 3 == 0
    emission = np.where(emits[:, None], bump(HALPHA, 20) + bump(HBETA, 8) + bump(5008.2, 9), 0)
    flux = stars + emission + 0.05 * random.standard_normal(stars.shape)
    return flux.astype("f4"), np.full(stars.shape, 400, "f4"), stars, emits


def test_emission_makes_a_spectrum_loud(survey):
    flux, ivar, _, emits = survey
    assert (is_quiet(flux, ivar)[emits] == False).all()  # noqa: E712
    assert is_quiet(flux, ivar)[~emits].mean() > 0.4


def test_absorption_beneath_emission_is_known_from_quiet_spectra(survey):
    flux, ivar, stars, emits = survey
    model = fit_continua(flux, ivar)
    made = make_continuum(model, flux, ivar)
    core = np.abs(GRID.wave - HBETA) < 5
    error = (made - stars)[:, core].mean(axis=1) / stars[:, core].mean(axis=1)
    # The cores themselves are 5 to 40 % deep.
    assert error[emits].std() < 0.03
    assert abs(error[emits].mean()) < 0.02


def test_emission_does_not_raise_the_continuum(survey):
    flux, ivar, _, _ = survey
    model = fit_continua(flux, ivar)
    louder = flux + (5 * bump(HALPHA, 20)).astype("f4")
    assert line_pixels()[np.abs(GRID.wave - HALPHA).argmin()]
    plain, raised = make_continuum(model, flux, ivar), make_continuum(model, louder, ivar)
    core = np.abs(GRID.wave - HALPHA) < 3
    # What is left are the wings of so strong a line beyond the mask.
    assert np.abs(raised - plain)[:, core].max() < 0.01 * plain.max()


def test_a_spectrum_of_nothing_has_no_continuum(survey):
    model = fit_continua(*survey[:2])
    blank = np.zeros((1, GRID.pixels), "f4")
    assert (make_continuum(model, blank, blank) == 0).all()


def test_no_pixel_between_halpha_and_nitrogen_is_trusted():
    between = (GRID.wave > 6549.9) & (GRID.wave < 6585.3)
    assert line_pixels()[between].all()


@pytest.mark.parametrize(("filling", "quiet"), [(0.0, True), (0.8, False)])
def test_emission_that_fills_an_absorption_line_is_heard(filling, quiet):
    # 1.5 Angstrom of absorption; filled to 0.3 it shows no emission to the eye.
    area = 1.5 * (1 - filling)
    flux = 10 * dip(HALPHA, area / np.sqrt(2 * np.pi) / 3, 3)[None].astype("f4")
    assert is_quiet(flux, np.full(flux.shape, 400, "f4"))[0] == quiet


def test_where_all_emit_the_least_emitting_teach(survey):
    _, ivar, stars, _ = survey
    strength = np.linspace(0.02, 1, len(stars))[:, None] ** 2
    noise = 0.05 * np.random.default_rng(4).standard_normal(stars.shape)
    flux = (stars + strength * bump(HALPHA, 40) + strength * bump(HBETA, 15) + noise).astype("f4")
    made = make_continuum(fit_continua(flux, ivar), flux, ivar)
    core = np.abs(GRID.wave - HALPHA) < 4
    above = (made - stars)[:, core].mean(axis=1) / stars[:, core].mean(axis=1)
    # The emission itself reaches four times the stars.
    assert abs(np.median(above)) < 0.1
