"""S/N bias by hand."""

import numpy as np
import pytest

from ingest.compare.sn_bias import BINS, measure_sn_bias, sn_percentiles

N = 6000


def _rank(score: np.ndarray) -> np.ndarray:
    return (np.argsort(np.argsort(-score)) + 1).astype(np.int32)


def test_percentiles_share_ties_and_leave_out_the_unknown():
    found = sn_percentiles(np.array([5.0, np.nan, 1.0, 5.0, 9.0]))
    np.testing.assert_allclose(found, [0.5, np.nan, 0.125, 0.5, 0.875])


def test_a_list_of_the_brightest_stands_in_the_last_bin():
    sn = np.arange(N, dtype=float)
    found = measure_sn_bias(_rank(sn), sn_percentiles(sn))
    assert found.count.tolist() == [0] * (BINS - 1) + [20]
    np.testing.assert_allclose(found.expected, 20 / BINS)
    assert found.median > 0.99
    assert found.p_value[-1] < 1e-20


def test_random_lists_are_called_biased_no_more_often_than_promised():
    rng = np.random.default_rng(4)
    percentile = sn_percentiles(rng.normal(size=N))
    lists = [measure_sn_bias(_rank(rng.normal(size=N)), percentile) for _ in range(200)]
    p_values = np.concatenate([found.p_value for found in lists])
    assert (p_values < 0.05).mean() < 0.06
    assert np.median([found.median for found in lists]) == pytest.approx(0.5, abs=0.03)
    assert all(found.count.sum() == 20 for found in lists)


def test_unknown_ratios_are_left_out():
    sn = np.full(N, np.nan)
    found = measure_sn_bias(_rank(np.arange(N)), sn_percentiles(sn))
    assert found.count.sum() == 0
    assert np.isnan(found.median)
    np.testing.assert_array_equal(found.p_value, 1)
