"""Windows: what is planted stands out, where it was planted, and nothing hidden matters."""

import numpy as np
import pytest

from ingest.anomaly.pca_chi2 import combine_windows, fit_window, judge_windows, sum_narrow
from ingest.subspaces import GRID, tile_windows

N_SPEC = 120
WINDOWS = tile_windows(8)
PLANTED_PIXEL = 1700


@pytest.fixture(scope="module")
def survey():
    random = np.random.default_rng(4)
    x = np.linspace(-1, 1, GRID.pixels)
    tilt, a, b = random.normal(0, 0.2, (3, N_SPEC, 1))
    flux = 10 * (1 + tilt * x + a * np.sin(30 * x) + b * np.cos(30 * x))
    flux += random.standard_normal(flux.shape)
    flux, ivar = flux.astype("f4"), np.ones((N_SPEC, GRID.pixels), "f4")
    flux[5, PLANTED_PIXEL - 2 : PLANTED_PIXEL + 3] += 8
    flux[6, 2500:2900] += 4 * np.sin(np.arange(400) / 5)
    flux[8, PLANTED_PIXEL - 2 : PLANTED_PIXEL + 3] -= 6
    flux[9], ivar[9] = 0, 0
    return flux, ivar


@pytest.fixture(scope="module")
def results(survey):
    flux, ivar = survey
    models = [fit_window(WINDOWS, i, flux, ivar, 3) for i in range(len(WINDOWS))]
    return judge_windows(models, flux, ivar)


def test_a_narrow_excess_is_the_strangest_at_its_pixel(results):
    narrow = combine_windows(results)["pca_narrow"]
    assert np.nanargmax(narrow) == 5
    window = np.nanargmax(np.abs(results.peak_sigma[5]))
    assert abs(results.peak_pixel[5, window] - PLANTED_PIXEL) <= 2
    assert results.peak_sigma[5, window] > 8


def test_a_deficit_has_a_negative_sign(results):
    window = np.nanargmax(np.abs(results.peak_sigma[8]))
    assert results.peak_sigma[8, window] < -6


def test_a_broad_fault_is_the_strangest_by_its_worst_window(results):
    scores = combine_windows(results)
    assert np.nanargmax(scores["pca_worst"]) == 6
    assert np.nanargmax(scores["pca_mean"]) == 6


def test_a_spectrum_that_covers_nothing_has_no_score(results):
    assert all(np.isnan(score[9]) for score in combine_windows(results).values())
    assert (results.peak_pixel[9] == -1).all()


def test_ordinary_spectra_score_about_zero(results):
    assert np.nanmedian(results.score) == pytest.approx(0, abs=0.1)


def test_each_pixel_belongs_to_the_middle_of_one_window(results):
    lowest = np.nanmin(np.where(results.peak_pixel >= 0, results.peak_pixel, np.inf))
    assert lowest >= 0
    assert results.peak_pixel.max() < GRID.pixels


def test_five_pixels_add_up_in_units_of_their_noise():
    residual = np.array([[0, 1, 1, 1, 1, 1, 0]], "f4")
    ivar = np.full(residual.shape, 4, "f4")  # sigma 0.5 each
    assert sum_narrow(residual, ivar)[0, 3] == pytest.approx(5 / np.sqrt(5 * 0.25))


def test_one_missing_pixel_is_borne_and_two_are_not():
    residual, ivar = np.ones((1, 9), "f4"), np.ones((1, 9), "f4")
    ivar[0, 3] = 0
    assert sum_narrow(residual, ivar)[0, 4] == pytest.approx(4 / 2)
    ivar[0, 5] = 0
    assert np.isnan(sum_narrow(residual, ivar)[0, 4])


def test_a_missing_pixels_value_counts_for_nothing():
    residual, ivar = np.ones((1, 9), "f4"), np.ones((1, 9), "f4")
    ivar[0, 3], residual[0, 3] = 0, 1e9
    assert sum_narrow(residual, ivar)[0, 4] == pytest.approx(2)


def test_ordinary_deviations_are_in_units_of_a_gaussians_sigma():
    random = np.random.default_rng(0)
    flux = (10 + random.standard_normal((2000, GRID.pixels))).astype("f4")
    ivar = np.ones_like(flux)
    model = fit_window(WINDOWS, 2, flux, ivar, 2)
    results = judge_windows([model], flux, ivar)
    assert results.score.std() == pytest.approx(1, abs=0.08)
    assert np.median(results.chi2_dof) == pytest.approx(1, abs=1e-5)


def test_a_window_without_spread_deviates_nowhere():
    flux = np.full((30, GRID.pixels), 5, "f4")
    model = fit_window(WINDOWS, 2, flux, np.ones_like(flux), 1)
    assert (judge_windows([model], flux, np.ones_like(flux)).score == 0).all()


def test_a_fractional_error_forgives_bright_spectra_and_not_faint_ones(survey):
    flux, ivar = survey
    flux = flux.copy()
    flux[20] = 10 * (1 + 0.02 * np.sin(np.arange(GRID.pixels) / 4))
    ivar = ivar.copy()
    ivar[20] *= 400  # twenty times the signal-to-noise ratio
    models = [fit_window(WINDOWS, i, *survey, 3) for i in range(len(WINDOWS))]
    scores = combine_windows(judge_windows(models, flux, ivar))
    place = {n: (scores[n] > scores[n][20]).sum() for n in ("pca_mean", "pca_frac")}
    assert place["pca_mean"] == 0
    assert place["pca_frac"] > 3
