"""Recall: counted by hand on lists of two hundred, Wilson's interval, pooled folds."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from ingest.compare.recall import ANY_WINDOW, measure_recall, pool, wilson

PLAIN = np.arange(200.0)


def fold(plain, copies, **windows):
    """Make what a fold gives: one list, and windows."""
    arrays = {"plain/knn": plain, "copy/knn": copies}
    for name, (a, b) in ({"w01": (plain, copies)} | windows).items():
        arrays |= {f"plain/window:{name}": a, f"copy/window:{name}": b}
    count = len(copies)
    tags = {"kind": np.array(["blend"] * count), "amplitude": np.ones(count)}
    return arrays | tags | {"parent": np.arange(count)}


def recalls(found, joint=None):
    joint = joint or fold(PLAIN, np.empty(0))
    return {r.name: r for r in measure_recall(found, joint)}


def test_copies_above_all_but_one_in_a_hundred_are_found():
    copies = np.array([500.0, 198.5, 197.5, 190.5, 3.0, np.nan])
    (share, low, high), (five, *_) = recalls(fold(PLAIN, copies))["knn"].shares
    assert share == pytest.approx(
        2 / 6
    )  # above 198: no more than one unaltered spectrum is stranger
    assert five == pytest.approx(4 / 6)  # the top ten begin at 190
    assert low < share < high


def test_the_share_of_unaltered_spectra_so_listed_is_told():
    assert recalls(fold(PLAIN, np.array([1.0])))["knn"].listed == (0.01, 0.05)


def test_one_window_is_enough_for_any_window_and_costs_more_unaltered_spectra():
    copies, back = np.array([0.0, 0.0]), PLAIN[::-1].copy()
    joint = fold(PLAIN, np.empty(0), w02=(back, np.empty(0)))
    found = recalls(fold(PLAIN, copies, w02=(back, np.array([999.0, 0.0]))), joint)
    assert found["knn"].shares[0][0] == 0
    assert found[ANY_WINDOW].shares[0][0] == 0.5
    assert found[ANY_WINDOW].listed[0] == 0.02


def test_the_area_is_scikit_learns():
    random = np.random.default_rng(0)
    copies = random.normal(120, 60, 50)
    truth = np.repeat([0, 1], [200, 50])
    judge = roc_auc_score(truth, np.concatenate([PLAIN, copies]))
    assert recalls(fold(PLAIN, copies))["knn"].auc == pytest.approx(judge, abs=0.01)


@pytest.mark.parametrize(("found", "count"), [(0, 60), (7, 60), (60, 60)])
def test_the_interval_is_scipys(found, count):
    judge = binomtest(found, count).proportion_ci(0.6826894921, "wilson")
    assert wilson(found, count) == pytest.approx((found / count, judge.low, judge.high), abs=1e-9)


def test_copies_fitted_together_are_told_beside():
    joint = fold(PLAIN, np.array([500.0, 5.0]))
    found = recalls(fold(PLAIN, np.array([500.0])), joint)["knn"]
    assert found.joint == (0.5, 0.5)
    assert found.joint_copies == 2
    assert np.isnan(recalls(fold(PLAIN, np.array([500.0])))["knn"].joint[0])


def test_pooled_folds_keep_their_parents():
    one, two = fold(PLAIN, np.array([1.0, 2.0])), fold(PLAIN, np.array([3.0]))
    assert pool([one, two])["parent"].tolist() == [0, 1, 200]
