"""Forests: the count of leaves is the matrix of distances, and the odd one stands out."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ingest.anomaly.forest import (
    Forest,
    find_leaves,
    grow_forest,
    mean_distances,
    shuffle_components,
    shuffle_pixels,
)
from tests.unit.ingest.anomaly.samples import ODD, make_sample


@pytest.fixture(scope="module")
def sample():
    return make_sample(240)[0]


@pytest.fixture(scope="module", params=["pixels", "components"])
def grown(request, sample):
    forest = grow_forest(sample, request.param, 60, 200, 5)
    return find_leaves(forest, sample.flux)


def shared_trees(leaves, real):
    """Return, tree by tree, which pairs lie in one real leaf, and which spectra look real."""
    is_real = np.stack([r[leaves[:, t]] for t, r in enumerate(real)], axis=1)
    together = (leaves[:, None, :] == leaves[None, :, :]) & is_real[:, None, :]
    return together, is_real


def mean_over_others(matrix):
    return (matrix.sum(axis=1) - np.diag(matrix)) / (len(matrix) - 1)


def test_counting_leaves_equals_the_matrix_of_distances(grown):
    together, _ = shared_trees(*grown)
    expected = mean_over_others(1 - together.mean(axis=2))
    assert np.abs(mean_distances(*grown) - expected).max() <= 1e-12


def test_similarities_over_trees_in_which_both_are_real_rank_alike(grown):
    together, is_real = shared_trees(*grown)
    both = (is_real[:, None, :] & is_real[None, :, :]).sum(axis=2)
    ratio = together.sum(axis=2) / np.maximum(both, 1)
    expected = mean_over_others(1 - ratio)
    # What counts alone, with its mean field: the sum of the ratios as the ratio of the sums.
    leaves, real = grown
    total = is_real.sum(axis=0)
    pairs = (is_real * (total - 1)).sum(axis=1)
    counted = 1 - (1 - mean_distances(leaves, real)) * len(real) * (len(leaves) - 1) / pairs
    assert spearmanr(counted, expected).statistic >= 0.99


def test_a_leaf_that_is_not_real_joins_nobody():
    leaves = np.array([[1], [1], [2], [2]], np.uint32)
    real = [np.array([False, True, False])]
    assert mean_distances(leaves, real) == pytest.approx([2 / 3, 2 / 3, 1, 1])


def test_one_spectrum_alone_has_no_score():
    assert np.isnan(mean_distances(np.array([[0]], np.uint32), [np.array([True])])).all()


def test_shuffled_pixels_keep_every_marginal_and_no_correlation(sample):
    made = shuffle_pixels(sample, sample.reference, np.random.default_rng(0))
    assert (np.sort(made, axis=0) == np.sort(sample.flux, axis=0)).all()
    before, after = (abs(np.corrcoef(f[:, 100], f[:, 101])[0, 1]) for f in (sample.flux, made))
    assert before > 0.8
    assert after < 0.3


def test_shuffled_components_keep_correlations(sample):
    made = shuffle_components(sample, sample.reference, np.random.default_rng(0))
    assert np.corrcoef(made[:, 100], made[:, 101])[0, 1] > 0.8


def test_the_odd_one_is_far_from_the_others(sample):
    (answer,) = Forest("forest_v1", "raw", "pixels", 100, 200).score(sample, 1)
    assert answer.detector == "forest_v1"
    assert np.argsort(-answer.score).tolist().index(ODD) < 12
