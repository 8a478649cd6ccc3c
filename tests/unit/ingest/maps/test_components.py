"""Components: scikit-learn's where nothing is missing, and blind to what is hidden."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from ingest.maps.components import WIDE_PIXELS, fit_components, project, reconstruct

N_SPEC, N_PIX, N_TRUE = 400, 60, 3


@pytest.fixture(scope="module")
def survey():
    random = np.random.default_rng(5)
    shapes = np.linalg.qr(random.standard_normal((N_PIX, N_TRUE)))[0].T
    strengths = random.standard_normal((N_SPEC, N_TRUE)) * [3.0, 2.0, 1.0]
    flux = 1 + strengths @ shapes + 0.01 * random.standard_normal((N_SPEC, N_PIX))
    return flux.astype("f4"), np.full(flux.shape, 1e4, "f4")


def angle(a, b):
    """Return the greatest angle [deg] between two spaces, given by rows."""
    a, b = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.degrees(np.arccos(np.clip(np.linalg.svd(a.T @ b)[1].min(), -1, 1)))


def test_complete_spectra_span_scikit_learns_components(survey):
    model = fit_components(*survey, N_TRUE)
    judge = PCA(N_TRUE).fit(survey[0])
    assert angle(model.basis, judge.components_) < 0.5
    # The strangest 2 % are left out of the fit, so the mean differs by their weight alone.
    assert np.abs(model.mean - judge.mean_).max() < 0.1


def test_components_are_orthonormal_with_a_fixed_sign(survey):
    basis = fit_components(*survey, N_TRUE).basis
    assert np.allclose(basis @ basis.T, np.eye(N_TRUE), atol=1e-5)
    strongest = np.abs(basis).argmax(axis=1)
    assert (basis[np.arange(N_TRUE), strongest] > 0).all()


def test_gaps_do_not_turn_the_components(survey):
    flux, ivar = survey
    ivar = np.where(np.random.default_rng(1).random(flux.shape) < 0.2, 0, ivar).astype("f4")
    holed = fit_components(np.where(ivar > 0, flux, 0), ivar, N_TRUE)
    assert angle(holed.basis, fit_components(*survey, N_TRUE).basis) < 1.0


def test_those_beside_it_change_nothing_of_a_spectrum(survey):
    model = fit_components(*survey, N_TRUE)
    whole = project(model, *survey)
    back = np.random.default_rng(3).permutation(N_SPEC)
    for part in np.array_split(back, 7):
        placed = project(model, survey[0][part], survey[1][part])
        assert (placed.coefficients == whole.coefficients[part]).all()
        assert (placed.chi2_dof == whole.chi2_dof[part]).all()
        made = reconstruct(model, placed.coefficients)
        assert (made == reconstruct(model, whole.coefficients)[part]).all()


def test_outliers_are_not_learned(survey):
    flux = survey[0].copy()
    spike = np.zeros(N_PIX, "f4")
    spike[30] = 5
    flux[:4] += spike
    model = fit_components(flux, survey[1], N_TRUE)
    chi2 = project(model, flux, survey[1]).chi2_dof
    assert set(np.argsort(-chi2)[:4]) == {0, 1, 2, 3}


def test_many_pixels_take_the_iterative_path():
    random = np.random.default_rng(2)
    shapes = np.linalg.qr(random.standard_normal((WIDE_PIXELS, 4)))[0].T
    flux = (random.standard_normal((300, 4)) * [8, 4, 2, 1] @ shapes).astype("f4")
    model = fit_components(flux, np.ones_like(flux), 4)
    assert angle(model.basis, shapes) < 1.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), value=st.floats(-1e6, 1e6, width=32))
def test_hidden_pixels_have_no_influence(survey, seed, value):
    flux, ivar = survey[0][:20].copy(), survey[1][:20].copy()
    model = fit_components(*survey, N_TRUE)
    hidden = np.random.default_rng(seed).random(flux.shape) < 0.3
    ivar[hidden] = 0
    before = project(model, np.where(hidden, 0, flux), ivar)
    after = project(model, np.where(hidden, value, flux), ivar)
    # The value is multiplied by a weight of exactly zero.
    assert np.allclose(before.coefficients, after.coefficients, atol=1e-4)
    assert np.allclose(before.chi2_dof, after.chi2_dof, rtol=1e-3)


def test_noise_alone_gives_a_chi2_of_one(survey):
    model = fit_components(*survey, N_TRUE)
    assert np.median(project(model, *survey).chi2_dof) == pytest.approx(1, abs=0.1)


def test_coefficients_give_the_spectrum_back(survey):
    model = fit_components(*survey, N_TRUE)
    made = reconstruct(model, project(model, *survey).coefficients)
    assert np.abs(made - survey[0]).max() < 0.06


@pytest.mark.parametrize("n_spec", [0, 1, 2, 5])
def test_few_spectra_give_fewer_components(survey, n_spec):
    flux, ivar = survey[0][:n_spec], survey[1][:n_spec]
    model = fit_components(flux, ivar, 10)
    placed = project(model, flux, ivar)
    assert model.basis.shape[0] <= 10
    assert placed.coefficients.shape[0] == n_spec
    assert np.isfinite(placed.coefficients).all()


def test_a_spectrum_without_any_pixel_has_no_chi2(survey):
    model = fit_components(*survey, N_TRUE)
    placed = project(model, np.zeros((1, N_PIX), "f4"), np.zeros((1, N_PIX), "f4"))
    assert np.isnan(placed.chi2_dof[0])
    assert (placed.coefficients == 0).all()
