"""The statistics of overlap, by hand, by simulation, and with scipy's distribution as judge."""

import itertools

import numpy as np
import pytest
from scipy.stats import hypergeom

from ingest.compare.overlap import estimate_population, log_overlap_pmf, overlap_cdf

GRID = 2e-3
"""The published intervals were read off a grid of sizes."""


@pytest.mark.parametrize(("k", "lo", "hi"), [(20, 9910, 15920), (8, 21133, 47478)])
def test_the_papers_intervals(k, lo, hi):
    found = estimate_population(np.array([k]), 500)
    assert found.lo[0] == pytest.approx(lo, rel=GRID)
    assert found.hi[0] == pytest.approx(hi, rel=GRID)


def test_nothing_shared_has_no_upper_end():
    found = estimate_population(np.array([0]), 500)
    assert found.lo[0] == pytest.approx(137_043, rel=GRID)
    assert np.isnan(found.hi[0])
    assert np.isnan(found.estimated[0])
    assert found.chapman[0] == 501**2 - 1


@pytest.mark.parametrize(("k", "published"), [(29, 8525), (8, 31716)])
def test_the_papers_sizes_are_maxima_of_the_likelihood(k, published):
    sizes = np.arange(1000, 100_000, dtype=float)
    likeliest = sizes[log_overlap_pmf(k, 500, sizes).argmax()]
    assert likeliest == pytest.approx(published, rel=0.02)
    # Where g²/k is whole, it and the size before it are equally likely.
    assert abs(likeliest - 500**2 / k) <= 1
    estimated = estimate_population(np.array([k]), 500).estimated[0]
    assert estimated == pytest.approx(published, rel=0.02)


def test_by_counting_all_pairs_of_lists():
    # Two of five, every one of the hundred pairs of lists.
    lists = [set(c) for c in itertools.combinations(range(5), 2)]
    shared = np.bincount([len(a & b) for a, b in itertools.product(lists, lists)]) / 100
    np.testing.assert_allclose(np.exp(log_overlap_pmf(np.arange(3), 2, 5)), shared, rtol=1e-12)


@pytest.mark.parametrize("n", [1000, 1001, 2500, 150_000, 30_000_000])
def test_the_pmf_sums_to_one_with_the_exact_mean(n):
    k = np.arange(501)
    pmf = np.exp(log_overlap_pmf(k, 500, n))
    assert pmf.sum() == pytest.approx(1, rel=1e-9)
    assert (k * pmf).sum() == pytest.approx(500**2 / n, rel=1e-9)


@pytest.mark.parametrize("g", [1, 10, 500, 5000])
def test_cdf_equals_scipys(g):
    rng = np.random.default_rng(g)
    n = 2 * g + rng.integers(0, 50 * g, 200)
    near = g**2 / n + 3 * np.sqrt(g**2 / n) * rng.normal(size=200)
    k = np.concatenate([np.clip(near.round().astype(int), 0, g), rng.integers(0, g + 1, 200)])
    n = np.concatenate([n, n])
    expected = hypergeom.cdf(k, n, g, g)
    np.testing.assert_allclose(overlap_cdf(k, g, n), expected, atol=1e-9)


@pytest.mark.parametrize("k", [1, 8, 20, 480, 499, 500])
def test_the_ends_leave_out_what_they_should(k):
    found = estimate_population(np.array([k]), 500)
    lo, hi = int(found.lo[0]), int(found.hi[0])
    assert hypergeom.cdf(k, lo, 500, 500) >= 0.16
    assert hypergeom.sf(k - 1, hi, 500, 500) >= 0.16
    assert hypergeom.sf(k - 1, hi + 1, 500, 500) < 0.16
    assert lo == 1000 - k or hypergeom.cdf(k, lo - 1, 500, 500) < 0.16


@pytest.mark.parametrize("n", [3000, 12_500, 60_000])
def test_the_interval_holds_the_truth_as_often_as_it_says(n):
    shared = np.random.default_rng(n).hypergeometric(500, n - 500, 500, 20_000)
    distinct, cases = np.unique(shared, return_counts=True)
    found = estimate_population(distinct, 500)
    held = (found.lo <= n) & ~(found.hi < n)
    # Whole numbers cannot leave out exactly 16 %: never more than that on a side.
    assert cases[held].sum() > 0.67 * cases.sum()
    assert cases[found.lo > n].sum() < 0.17 * cases.sum()
    assert cases[found.hi < n].sum() < 0.17 * cases.sum()


def test_more_shared_means_fewer_to_draw_from():
    found = estimate_population(np.arange(501), 500)
    for column in (found.chapman, found.lo, found.hi[1:], found.estimated[1:]):
        assert (np.diff(column) < 1e-9).all()
    assert (found.lo <= found.estimated * (1 + 1e-9))[1:].all()
