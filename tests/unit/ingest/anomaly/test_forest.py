"""Forests: the count of leaves is the matrix of distances, and the odd one stands out."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ingest.anomaly.base import draw
from ingest.anomaly.forest import (
    Forest,
    find_asked,
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
    chosen = np.arange(0, 240, 2)
    forest = grow_forest(sample, chosen, request.param, 60, 5)
    return (*find_leaves(forest, sample.flux), find_asked(forest, chosen, len(sample)))


def shared_trees(leaves, real):
    """Return, tree by tree, which pairs lie in one real leaf, and which spectra look real."""
    is_real = np.stack([r[leaves[:, t]] for t, r in enumerate(real)], axis=1)
    together = (leaves[:, None, :] == leaves[None, :, :]) & is_real[:, None, :]
    return together, is_real


def mean_over_others(matrix):
    return (matrix.sum(axis=1) - np.diag(matrix)) / (len(matrix) - 1)


def test_counting_leaves_equals_the_matrix_of_distances(grown):
    leaves, real, _ = grown
    together, _ = shared_trees(leaves, real)
    expected = mean_over_others(1 - together.mean(axis=2))
    counted = mean_distances(leaves, real, np.ones(leaves.shape, bool))
    assert np.abs(counted - expected).max() <= 1e-12


def test_so_it_does_where_only_some_trees_are_asked(grown):
    leaves, real, asked = grown
    together, _ = shared_trees(leaves, real)
    counts = (together & asked[:, None, :]).sum(axis=2)
    expected = mean_over_others(1 - counts / asked.sum(axis=1)[:, None])
    assert np.abs(mean_distances(*grown) - expected).max() <= 1e-12


def test_a_tree_is_asked_of_all_it_has_not_seen(grown):
    asked = grown[2]
    assert asked[1::2].all()
    # A draw with replacement leaves out one in e.
    assert asked[::2].mean() == pytest.approx(np.exp(-1), abs=0.03)


def test_similarities_over_trees_in_which_both_are_real_rank_alike(grown):
    leaves, real, _ = grown
    together, is_real = shared_trees(leaves, real)
    both = (is_real[:, None, :] & is_real[None, :, :]).sum(axis=2)
    ratio = together.sum(axis=2) / np.maximum(both, 1)
    expected = mean_over_others(1 - ratio)
    # What counts alone, with its mean field: the sum of the ratios as the ratio of the sums.
    total = is_real.sum(axis=0)
    pairs = (is_real * (total - 1)).sum(axis=1)
    distances = mean_distances(leaves, real, np.ones(leaves.shape, bool))
    counted = 1 - (1 - distances) * len(real) * (len(leaves) - 1) / pairs
    assert spearmanr(counted, expected).statistic >= 0.99


def test_a_leaf_that_is_not_real_joins_nobody():
    leaves = np.array([[1], [1], [2], [2]], np.uint32)
    real = [np.array([False, True, False])]
    asked = np.ones(leaves.shape, bool)
    assert mean_distances(leaves, real, asked) == pytest.approx([2 / 3, 2 / 3, 1, 1])


def test_one_spectrum_alone_has_no_score():
    leaves, asked = np.array([[0]], np.uint32), np.ones((1, 1), bool)
    assert np.isnan(mean_distances(leaves, [np.array([True])], asked)).all()


def test_a_spectrum_that_every_tree_was_grown_on_has_no_score():
    leaves, asked = np.array([[0], [0]], np.uint32), np.array([[False], [True]])
    distances = mean_distances(leaves, [np.array([True])], asked)
    assert np.isnan(distances[0])
    assert distances[1] == 0


def test_spectra_that_the_forest_grew_on_score_as_the_others_do():
    sample, _ = make_sample(1200)
    (answer,) = Forest("forest_v2", "divided", "components", 60, 300).score(sample, 1)
    grown_on = np.zeros(1200, bool)
    grown_on[draw(300, sample.reference, 1)] = True
    gap = np.median(answer.score[grown_on]) - np.median(answer.score[~grown_on])
    assert abs(gap) < 0.3 * answer.score.std()


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
