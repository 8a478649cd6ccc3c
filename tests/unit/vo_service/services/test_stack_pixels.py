"""The arithmetic of stacks beside figures by hand and numpy's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_service.services.stack_pixels import COLUMNS, measure_norms, stack

NAN = np.nan


def single(rows):
    return np.array(rows, np.float32)


def test_three_spectra_by_hand():
    flux = single([[2, 4, 9, NAN], [3, 3, 3, 5], [8, 4, 12, 7]])
    ivar = single([[1, 4, 0, 1], [2, 2, 2, 0], [1, 0, 1, 0]])
    made = stack(flux, ivar, np.array([2.0, 3.0, 4.0]))
    # Over their norms: 1 2 - - / 1 1 1 - / 2 - 3 -, with weights 4 16 - - / 18 18 18 - / 16 - 16 -
    assert made.mean == pytest.approx([54 / 38, 50 / 34, 66 / 34, NAN], nan_ok=True)
    assert made.error == pytest.approx([38**-0.5, 34**-0.5, 34**-0.5, NAN], nan_ok=True)
    assert made.median == pytest.approx([1, 1.5, 2, NAN], nan_ok=True)
    assert made.p16 == pytest.approx([1, 1.16, 1.32, NAN], nan_ok=True)
    assert made.p84 == pytest.approx([1.68, 1.84, 2.68, NAN], nan_ok=True)
    assert made.count.tolist() == [3, 2, 2, 0]


def test_a_stack_of_one_is_the_spectrum():
    made = stack(single([[2, 6]]), single([[4, 0]]), np.array([2.0]))
    for values in (made.mean, made.median, made.p16, made.p84):
        assert values == pytest.approx([1, NAN], nan_ok=True)
    assert made.error == pytest.approx([1 / 4, NAN], nan_ok=True)


def test_a_stack_of_none_is_empty():
    made = stack(single(np.empty((0, 3))), single(np.empty((0, 3))), np.empty(0))
    assert np.isnan([made.mean, made.error, made.median, made.p16, made.p84]).all()
    assert made.count.tolist() == [0, 0, 0]


def test_norms_are_medians_of_what_is_there_and_positive():
    flux = single([[1, 2, 3, 4], [1, 2, 9, 4], [NAN, 5, np.inf, 7], [-1, -2, -3, 0], [1] * 4])
    ivar = single([[1] * 4, [1, 1, 0, 1], [1] * 4, [1] * 4, [0] * 4])
    expected = [2.5, 2, 6, NAN, NAN]
    assert measure_norms(flux, ivar) == pytest.approx(expected, nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(
    n_spec=st.integers(1, 40),
    n_pix=st.integers(1, 2 * COLUMNS + 3),
    gaps=st.floats(0, 1),
    ties=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_numpy_says_the_same_of_random_spectra_with_gaps(n_spec, n_pix, gaps, ties, seed):
    random = np.random.default_rng(seed)
    flux = random.normal(5, 3, (n_spec, n_pix)).astype(np.float32)
    flux = flux.round() if ties else flux
    ivar = random.uniform(0.1, 9, flux.shape).astype(np.float32)
    ivar[random.random(flux.shape) < gaps] = 0
    flux[random.random(flux.shape) < gaps / 3] = NAN
    valid = (ivar > 0) & ~np.isnan(flux)
    norms = random.uniform(0.5, 3, n_spec)
    values = np.ma.masked_array(flux.astype(float) / norms[:, None], ~valid)
    weights = np.ma.masked_array(ivar.astype(float) * norms[:, None] ** 2, ~valid)
    made = stack(flux.copy(), ivar.copy(), norms)
    expected = np.ma.average(values, axis=0, weights=weights).filled(NAN)
    assert made.mean == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
    error = (weights.sum(axis=0) ** -0.5).filled(NAN)
    assert made.error == pytest.approx(error, rel=1e-9, nan_ok=True)
    assert np.array_equal(made.count, valid.sum(axis=0))
    for pixel in np.flatnonzero(made.count):
        there = values[:, pixel].compressed()
        found = (made.p16[pixel], made.median[pixel], made.p84[pixel])
        assert found == pytest.approx(np.percentile(there, (16, 50, 84)), rel=1e-6, abs=1e-6)
    whole = measure_norms(flux, ivar)
    for i in range(n_spec):
        there = flux[i, valid[i]]
        median = np.median(there.astype(float)) if there.size else NAN
        assert whole[i] == pytest.approx(median if median > 0 else NAN, nan_ok=True)
