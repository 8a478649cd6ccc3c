"""Isolation: cuts put back to flux divide as they did on ranks, ties and all."""

import numpy as np
import pytest

from ingest.anomaly.isolation import (
    Isolation,
    cut_flux,
    grow_on_ranks,
    put_back,
    rank_in,
)
from tests.unit.ingest.anomaly.samples import ODD, make_sample, score

TREES = 50


@pytest.fixture(scope="module")
def flux():
    """Three hundred spectra of which a third of every pixel has one and the same value."""
    random = np.random.default_rng(0)
    values = random.standard_normal((300, 12)).astype("f4")
    return np.where(random.random(values.shape) < 0.3, np.float32(0.25), values)


def scores(fitted, flux):
    mean = fitted.trees.add_up(flux, fitted.length) / TREES
    return 2.0 ** (-mean / fitted.usual)


def test_falling_by_flux_is_what_scikit_learn_scores_by_rank(flux):
    ordered = np.sort(flux, axis=0)
    forest = grow_on_ranks(flux, ordered, TREES, 2)
    judge = -forest.score_samples(rank_in(ordered, flux))
    assert scores(put_back("isolation", forest, ordered), flux) == pytest.approx(judge, abs=1e-12)


def test_spectra_that_no_tree_has_seen_fall_as_their_ranks_do(flux):
    ordered = np.sort(flux[:200], axis=0)
    forest = grow_on_ranks(flux[:200], ordered, TREES, 2)
    judge = -forest.score_samples(rank_in(ordered, flux[200:]))
    # A flux between two of the reference lies on one side of the cut half way or on the other.
    assert (
        np.corrcoef(scores(put_back("isolation", forest, ordered), flux[200:]), judge)[0, 1] > 0.98
    )


def test_a_cut_within_ties_divides_them_from_what_is_below():
    ordered = np.array([[1], [2], [2], [2], [5]], "f4")  # ranks 0, 3, 3, 3, 4
    cuts = cut_flux(ordered, np.array([0, 0, -2]), np.array([1.5, 3.5, -2.0]))
    assert 1 <= cuts[0] < 2 <= cuts[1] < 5


def test_neighbouring_floats_stay_apart():
    low = np.float32(1)
    high = np.nextafter(low, np.float32(2))
    (cut,) = cut_flux(np.array([[low], [high]]), np.array([0]), np.array([0.5]))
    assert low <= cut < high


def test_the_odd_one_is_soon_isolated():
    sample, _ = make_sample(240)
    odd = score(Isolation("isolation", "divided"), sample)
    assert np.argsort(-odd).tolist().index(ODD) < 12
    assert (odd > 0).all()
    assert (odd < 1).all()
