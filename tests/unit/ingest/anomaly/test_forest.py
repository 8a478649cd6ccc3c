"""Forests: the count of leaves is the matrix of distances, and the odd one stands out."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ingest.anomaly import trees
from ingest.anomaly.base import Sample, draw
from ingest.anomaly.forest import (
    Forest,
    find_asked,
    grow_forest,
    mean_distances,
    shuffle_components,
    shuffle_pixels,
)
from tests.unit.ingest.anomaly.samples import ODD, make_sample, score


@pytest.fixture(scope="module")
def sample():
    return make_sample(240)[0]


@pytest.fixture(scope="module", params=["pixels", "components"])
def grown(request, sample):
    chosen = np.arange(0, 240, 2)
    forest = grow_forest(sample, chosen, request.param, 60, 5)
    leaves = np.stack([t.apply(sample.flux) for t in forest.estimators_], axis=1)
    real = [t.tree_.value[:, 0, 1] > t.tree_.value[:, 0, 0] for t in forest.estimators_]
    asked = np.ones(leaves.shape, bool)
    asked[chosen] = find_asked(forest, chosen)
    return leaves, real, asked, forest


def counted(leaves, real, asked):
    """Count the reference in each leaf, of a reference that is scored itself, by plain loops."""
    count = np.stack(
        [r[column] * np.bincount(column)[column] for r, column in zip(real, leaves.T, strict=True)],
        axis=1,
    )
    return mean_distances(count, asked, np.ones(len(leaves), bool), len(leaves))


def shared_trees(leaves, real):
    """Return, tree by tree, which pairs lie in one real leaf, and which spectra look real."""
    is_real = np.stack([r[leaves[:, t]] for t, r in enumerate(real)], axis=1)
    together = (leaves[:, None, :] == leaves[None, :, :]) & is_real[:, None, :]
    return together, is_real


def mean_over_others(matrix):
    return (matrix.sum(axis=1) - np.diag(matrix)) / (len(matrix) - 1)


def test_counting_leaves_equals_the_matrix_of_distances(grown):
    leaves, real, _, _ = grown
    together, _ = shared_trees(leaves, real)
    expected = mean_over_others(1 - together.mean(axis=2))
    distances = counted(leaves, real, np.ones(leaves.shape, bool))
    assert np.abs(distances - expected).max() <= 1e-12


def test_so_it_does_where_only_some_trees_are_asked(grown):
    leaves, real, asked, _ = grown
    together, _ = shared_trees(leaves, real)
    counts = (together & asked[:, None, :]).sum(axis=2)
    expected = mean_over_others(1 - counts / asked.sum(axis=1)[:, None])
    assert np.abs(counted(leaves, real, asked) - expected).max() <= 1e-12


def test_a_tree_is_asked_of_all_it_has_not_seen(grown):
    asked = grown[2]
    assert asked[1::2].all()
    # A draw with replacement leaves out one in e.
    assert asked[::2].mean() == pytest.approx(np.exp(-1), abs=0.03)


def test_similarities_over_trees_in_which_both_are_real_rank_alike(grown):
    leaves, real, _, _ = grown
    together, is_real = shared_trees(leaves, real)
    both = (is_real[:, None, :] & is_real[None, :, :]).sum(axis=2)
    ratio = together.sum(axis=2) / np.maximum(both, 1)
    expected = mean_over_others(1 - ratio)
    # What counts alone, with its mean field: the sum of the ratios as the ratio of the sums.
    total = is_real.sum(axis=0)
    pairs = (is_real * (total - 1)).sum(axis=1)
    distances = counted(leaves, real, np.ones(leaves.shape, bool))
    mean_field = 1 - (1 - distances) * len(real) * (len(leaves) - 1) / pairs
    # The mean field of 240 spectra is coarse; at thousands the two agree to a few in 10,000.
    assert spearmanr(mean_field, expected).statistic >= 0.98


def test_a_leaf_that_is_not_real_joins_nobody():
    count = np.array([[2], [2], [0], [0]])
    asked = np.ones(count.shape, bool)
    assert mean_distances(count, asked, np.ones(4, bool), 4) == pytest.approx([2 / 3, 2 / 3, 1, 1])


def test_one_spectrum_alone_has_no_score():
    count, asked = np.array([[1]]), np.ones((1, 1), bool)
    assert np.isnan(mean_distances(count, asked, np.ones(1, bool), 1)).all()


def test_a_spectrum_that_every_tree_was_grown_on_has_no_score():
    count, asked = np.array([[2], [2]]), np.array([[False], [True]])
    distances = mean_distances(count, asked, np.ones(2, bool), 2)
    assert np.isnan(distances[0])
    assert distances[1] == 0


def test_spectra_that_the_forest_grew_on_score_as_the_others_do():
    sample, _ = make_sample(1200)
    distances = score(Forest("forest_v2", "divided", "components", 60, 300), sample)
    grown_on = np.zeros(1200, bool)
    grown_on[draw(300, np.arange(1200), 1)] = True
    gap = np.median(distances[grown_on]) - np.median(distances[~grown_on])
    assert abs(gap) < 0.3 * distances.std()


def test_shuffled_pixels_keep_every_marginal_and_no_correlation(sample):
    made = shuffle_pixels(sample, np.arange(len(sample)), np.random.default_rng(0))
    assert (np.sort(made, axis=0) == np.sort(sample.flux, axis=0)).all()
    before, after = (abs(np.corrcoef(f[:, 100], f[:, 101])[0, 1]) for f in (sample.flux, made))
    assert before > 0.8
    assert after < 0.3


def test_shuffled_components_keep_correlations(sample):
    made = shuffle_components(sample, np.arange(len(sample)), np.random.default_rng(0))
    assert np.corrcoef(made[:, 100], made[:, 101])[0, 1] > 0.8


def test_the_odd_one_is_far_from_the_others(sample):
    distances = score(Forest("forest_v1", "raw", "pixels", 100, 200), sample)
    assert np.argsort(-distances).tolist().index(ODD) < 12


def test_the_published_score_is_that_count(sample, grown):
    leaves, _, _, forest = grown
    laid_out = trees.lay_out(forest.estimators_).leaves(sample.flux)
    starts = np.cumsum([0] + [t.tree_.node_count for t in forest.estimators_[:-1]])
    assert (laid_out - starts == leaves).all()
    detector = Forest("forest_v2", "divided", "components", 30, 100)
    fitted = detector.fit(sample, 4)
    (answer,) = fitted.score(sample)
    ends = fitted.trees.leaves(sample.flux)
    own_real = fitted.count[ends] > 0
    asked = np.ones(ends.shape, bool)
    asked[fitted.chosen] = fitted.asked
    together = (ends[:, None, :] == ends[None, :, :]) & own_real[:, None, :] & asked[:, None, :]
    expected = mean_over_others(1 - together.sum(axis=2) / asked.sum(axis=1)[:, None])
    assert np.abs(answer.score - expected).max() <= 1e-12


def test_a_spectrum_outside_the_reference_is_compared_with_all_of_it(sample):
    detector = Forest("forest_v1", "raw", "pixels", 30, 100)
    fitted = detector.fit(sample, 4)
    stranger = Sample(
        sample.flux[:1], sample.ivar[:1], sample.components[:1], sample.basis,
        sample.sources[:1], np.array([-1]),
    )  # fmt: skip
    ends = fitted.trees.leaves(sample.flux)
    shared = ((ends == ends[:1]) & (fitted.count[ends[:1]] > 0)).mean()
    assert fitted.score(stranger)[0].score[0] == pytest.approx(1 - shared, abs=1e-12)
