"""Indices of whole spectra: emission is taken away, Na D is found where it lies."""

import numpy as np
import pytest

from ingest.measure.indices import measure_indices
from ingest.measure.linelist import read_lines
from ingest.measure.lines import SPEED_OF_LIGHT, fit_lines
from ingest.subspaces import GRID

LINES = tuple(line for line in read_lines() if line.kind == "emission")
WAVE = {line.name: line.wave for line in read_lines()}
LEVEL, NOISE = 20.0, 0.25


def gaussian(name, area, sigma=140.0, offset=0.0):
    u = ((GRID.wave / WAVE[name] - 1) * SPEED_OF_LIGHT - offset) / sigma
    return area * np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi) * sigma * WAVE[name] / SPEED_OF_LIGHT)


def sodium(ew, offset, sigma=140.0, ratio=1.2):
    stronger = gaussian("nad_5892", ew * ratio / (1 + ratio), sigma, offset)
    return 1 - stronger - gaussian("nad_5898", ew / (1 + ratio), sigma, offset)


def measure(stars, emission=0.0, n_spec=1, z=0.0, seed=0, gap=None):
    """Measure stars, given over their level, and emission; the continuum is known."""
    random = np.random.default_rng(seed)
    flux = LEVEL * stars + emission + NOISE * random.standard_normal((n_spec, GRID.pixels))
    flux, ivar = flux.astype("f4"), np.full(flux.shape, NOISE**-2, "f4")
    if gap is not None:
        ivar[:, gap] = 0
    continuum = np.broadcast_to(LEVEL * stars, flux.shape).astype("f4")
    redshift = np.full(n_spec, z)
    return measure_indices(flux, ivar, redshift, fit_lines(LINES, flux, ivar, continuum, redshift))


@pytest.mark.parametrize("z", [0.0, 0.2])
def test_emission_that_fills_hdelta_is_taken_away(z):
    stars = 1 - gaussian("hdelta", 5.0, 300.0)
    plain = measure(stars)
    filled = measure(stars, gaussian("hdelta", 40.0), z=z)
    assert plain.hdelta_abs[0] == pytest.approx(5.0, abs=0.3)
    # Two Angstrom of emission: five times the error of what is left.
    assert filled.hdelta_abs[0] == pytest.approx(plain.hdelta_abs[0], abs=0.3)


def test_helium_beside_sodium_is_taken_away():
    stars = sodium(3.0, 0.0)
    plain, filled = measure(stars), measure(stars, gaussian("hei_5877", 60.0))
    assert plain.nad_abs[0] == pytest.approx(3.0, abs=0.2)
    assert filled.nad_abs[0] == pytest.approx(plain.nad_abs[0], abs=0.3)
    assert filled.nad_offset[0] == pytest.approx(plain.nad_offset[0], abs=15)


@pytest.mark.parametrize("offset", [-350.0, -150.0, 0.0, 120.0])
@pytest.mark.parametrize("sigma", [80.0, 140.0, 260.0])
def test_sodium_is_found_where_it_lies(offset, sigma):
    found = measure(sodium(4.0, offset, sigma), n_spec=200)
    pull = (found.nad_offset - offset) / found.nad_offset_err
    assert abs(np.median(found.nad_offset) - offset) < 8
    assert 0.7 < pull.std() < 1.3


@pytest.mark.parametrize(("ratio", "shift"), [(1.0, 14), (2.0, -37)])
def test_another_ratio_of_the_doublet_shifts_it_as_told(ratio, shift):
    found = measure(sodium(4.0, 0.0, 250.0, ratio), n_spec=50)
    assert np.median(found.nad_offset) == pytest.approx(shift, abs=10)


def test_sodium_in_emission_has_no_offset():
    found = measure(2 - sodium(4.0, 0.0))
    assert found.nad_abs[0] < -3
    assert np.isnan(found.nad_offset[0])
    assert np.isnan(found.nad_offset_err[0])


def test_sodium_behind_a_gap_is_unknown():
    gap = np.abs(GRID.wave - 5894) < 8
    found = measure(sodium(4.0, 0.0), gap=gap)
    assert np.isnan([found.nad_abs[0], found.nad_abs_err[0], found.nad_offset[0]]).all()
    assert np.isfinite(found.hdelta_abs[0])


def test_families_have_their_widths():
    found = measure(
        np.ones(GRID.pixels),
        gaussian("halpha", 100.0, 200.0)
        + gaussian("hbeta", 35.0, 200.0)
        + gaussian("oiii_5008", 80.0, 110.0)
        + gaussian("sii_6718", 30.0, 110.0),
        n_spec=100,
    )
    for value, error, expected in (
        (found.sigma_balmer, found.sigma_balmer_err, 200),
        (found.sigma_forbidden, found.sigma_forbidden_err, 110),
    ):
        pull = (value - expected) / error
        assert abs(pull.mean()) < 0.5
        assert 0.75 < pull.std() < 1.3


def test_a_family_that_is_not_seen_has_no_width():
    found = measure(np.ones(GRID.pixels), gaussian("oiii_5008", 80.0), n_spec=200)
    assert np.isfinite(found.sigma_forbidden).all()
    assert np.isnan(found.sigma_balmer).mean() > 0.98
    assert np.array_equal(np.isnan(found.sigma_balmer), np.isnan(found.sigma_balmer_err))


def test_no_spectra_at_all():
    assert measure(np.ones(GRID.pixels), n_spec=0).d4000.shape == (0,)
