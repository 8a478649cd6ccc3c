"""Indices: definitions worked out by hand on spectra that one can see through."""

import numpy as np
import pytest

from ingest.measure.bands import (
    D4000_BANDS,
    HDELTA_A,
    NAD,
    air_to_vacuum,
    measure_absorption,
    measure_break,
    span,
)
from ingest.subspaces import GRID

NIST = {4101.734: 4102.892, 5889.9510: 5891.5833, 5895.9242: 5897.5581, 5006.843: 5008.240}
"""Air and vacuum wavelengths of H-delta, Na D2 and D1, and [O III]."""


def in_band(band):
    low, high = map(air_to_vacuum, band)
    return (GRID.wave >= low) & (GRID.wave <= high)


def measure(index, flux, ivar=None):
    pixels = span(index.bands)
    flux = np.atleast_2d(flux)[:, pixels].astype(float)
    weight = np.full(flux.shape, 100.0) if ivar is None else np.atleast_2d(ivar)[:, pixels]
    return measure_absorption(index, flux, weight)


def measure_step(flux, ivar=None):
    pixels = span(D4000_BANDS)
    flux = np.atleast_2d(flux)[:, pixels].astype(float)
    weight = np.full(flux.shape, 100.0) if ivar is None else np.atleast_2d(ivar)[:, pixels]
    return measure_break(flux, weight)


@pytest.mark.parametrize("air", NIST)
def test_wavelengths_in_vacuum_are_those_of_nist(air):
    assert air_to_vacuum(air) == pytest.approx(NIST[air], abs=0.003)


@pytest.mark.parametrize("step", [1.0, 1.35, 2.0])
def test_the_break_of_a_step_is_the_step(step):
    # Per frequency it is flat on either side.
    flux = np.where(GRID.wave > 3976, step, 1.0) / GRID.wave**2
    assert measure_step(flux)[0][0] == pytest.approx(step, rel=1e-6)


def test_the_break_is_of_flux_per_frequency():
    value = measure_step(np.ones(GRID.pixels))[0][0]
    means = [np.mean(np.linspace(*map(air_to_vacuum, band), 10001) ** 2) for band in D4000_BANDS]
    assert value == pytest.approx(means[1] / means[0], rel=1e-5)


@pytest.mark.parametrize("index", [HDELTA_A, NAD], ids=["Hdelta", "NaD"])
@pytest.mark.parametrize("slope", [0.0, 4e-4, -4e-4])
def test_a_trough_as_wide_as_the_band_has_its_depth_times_its_width(index, slope):
    level = 3 * (1 + slope * (GRID.wave - GRID.wave[1000]))
    flux = np.where(in_band(index.centre), 0.7, 1.0) * level
    low, high = map(air_to_vacuum, index.centre)
    pixel = low * np.log(10) * GRID.step
    # Pixels at the edges of the band lie in it partly.
    assert measure(index, flux)[0][0] == pytest.approx(0.3 * (high - low), abs=0.3 * pixel)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_narrow_line_has_its_equivalent_width(sign):
    dip = np.exp(-0.5 * ((GRID.wave - 4102.9) / 3) ** 2) / np.sqrt(2 * np.pi) / 3
    value, _ = measure(HDELTA_A, 5 * (1 - sign * 2.5 * dip))
    assert value[0] == pytest.approx(sign * 2.5, rel=2e-3)


def test_the_index_of_a_ragged_spectrum_is_that_of_a_fine_integral():
    flux = 2 + np.sin(GRID.wave / 3) + 1e-3 * (GRID.wave - 4100)
    edges = 10 ** (GRID.loglam0 + GRID.step * (np.arange(GRID.pixels + 1) - 0.5))

    def integrate(band, values):
        fine = np.linspace(*map(air_to_vacuum, band), 400001)
        return np.mean(values(fine)) * (fine[-1] - fine[0])

    def pixels_of(fine):
        return flux[np.searchsorted(edges, fine) - 1]

    sides = [HDELTA_A.blue, HDELTA_A.red]
    means = [integrate(b, pixels_of) / integrate(b, np.ones_like) for b in sides]
    middles = [np.mean([air_to_vacuum(e) for e in b]) for b in sides]

    def absorbed(fine):
        # The pseudo-continuum is taken at the centre of each pixel, as the flux is.
        centre = GRID.wave[np.searchsorted(edges, fine) - 1]
        return 1 - pixels_of(fine) / np.interp(centre, middles, means)

    assert measure(HDELTA_A, flux)[0][0] == pytest.approx(
        integrate(HDELTA_A.centre, absorbed), abs=2e-3
    )


def test_errors_are_those_of_many_trials():
    random = np.random.default_rng(5)
    clean = np.where(GRID.wave > 3976, 12.0, 8.0) * (1 - 0.3 * in_band(HDELTA_A.centre))
    flux = clean + 0.5 * random.standard_normal((800, GRID.pixels))
    ivar = np.full(flux.shape, 4.0)
    for value, error in (
        measure(HDELTA_A, flux, ivar), measure(NAD, flux, ivar), measure_step(flux, ivar),
    ):  # fmt: skip
        assert np.median(error) == pytest.approx(value.std(), rel=0.1)


def test_a_few_missing_pixels_are_bridged():
    flux, ivar = np.where(in_band(NAD.centre), 0.8, 1.0), np.full(GRID.pixels, 100.0)
    whole, error = measure(NAD, flux, ivar)
    ivar[np.flatnonzero(in_band(NAD.centre))[5:7]] = 0
    bridged, greater = measure(NAD, np.where(ivar > 0, flux, 1e9), ivar)
    assert bridged[0] == pytest.approx(whole[0], rel=1e-2)
    assert greater[0] > error[0]


@pytest.mark.parametrize("band", NAD.bands)
def test_a_band_with_a_gap_has_no_index(band):
    flux, ivar = np.ones(GRID.pixels), np.full(GRID.pixels, 100.0)
    inside = np.flatnonzero(in_band(band))
    ivar[inside[: inside.size // 3]] = 0
    assert np.isnan(measure(NAD, flux, ivar)).all()


def test_a_spectrum_below_zero_has_no_index():
    assert np.isnan(measure(NAD, -np.ones(GRID.pixels))).all()
    assert np.isnan(measure_step(-np.ones(GRID.pixels))).all()
