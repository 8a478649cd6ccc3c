"""All detectors together: the same whatever the order and the threads, and all described."""

import json
from importlib.metadata import version

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ingest.anomaly.catalogue import DESCRIPTIONS
from ingest.anomaly.detectors import (
    describe,
    describe_parameters,
    make_detectors,
)
from ingest.anomaly.sample import fit_sample, take_sample
from ingest.errors import SettingsError
from ingest.plan import STORED
from ingest.settings import IngestSettings
from ingest.storage import pack, unpack
from tests.unit.ingest.anomaly.samples import make_grid, make_sample

COUNT = 420
LOF = "sklearn.neighbors.LocalOutlierFactor"
SETTINGS = IngestSettings(forest_trees=20, forest_rows=150, isolation_trees=30, detectors=(LOF,))
DETECTORS = make_detectors(SETTINGS)
IDS = np.random.default_rng(5).permutation(10 * COUNT)[:COUNT]


@pytest.fixture(scope="module")
def grid():
    return make_grid(COUNT)


def score_rows(detector, grid, order, seed=1, parts=1):
    """Score the survey as it comes in some order and in some parts; the scores are put back."""
    flux, ivar = grid
    by_id = np.argsort(IDS)
    model = fit_sample(flux[by_id], ivar[by_id], IDS[by_id], detector.kind, 5)
    fitted = detector.fit(take_sample(model, flux[by_id], ivar[by_id], IDS[by_id], by_id)[0], seed)
    answers = {name: np.full(COUNT, np.nan) for name in detector.names}
    for part in np.array_split(order, parts):
        sample, rows = take_sample(model, flux[part], ivar[part], IDS[part], part)
        for answer in fitted.score(sample):
            answers[answer.detector][part[rows]] = answer.score
    return answers


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.names[0])
def test_neither_order_nor_parts_nor_threads_change_a_score(grid, detector):
    plain = score_rows(detector, grid, np.arange(COUNT))
    shuffled = np.random.default_rng(0).permutation(COUNT)
    with threadpool_limits(1):
        again = score_rows(detector, grid, shuffled, parts=7)
    assert tuple(plain) == detector.names
    for name, score in plain.items():
        assert np.isfinite(score).all()
        assert (score == again[name]).all(), name


@pytest.mark.parametrize("detector", DETECTORS[:2], ids=lambda d: d.names[0])
def test_another_seed_gives_other_scores(grid, detector):
    (one,) = score_rows(detector, grid, np.arange(COUNT)).values()
    (two,) = score_rows(detector, grid, np.arange(COUNT), seed=2).values()
    assert (one != two).any()


def test_every_answer_is_described_and_every_description_has_an_answer():
    names = [name for detector in DETECTORS for name in detector.names]
    assert len(set(names)) == len(names)
    windows = {"pca_worst", "pca_mean", "pca_narrow", "pca_frac"}
    foreign = {"local_outlier_factor"}
    assert set(names) == {d.detector for d in DESCRIPTIONS} - windows | foreign


def test_a_foreign_detector_is_a_family_of_its_own():
    (description,) = describe(DETECTORS[-1])
    assert description.family == "local_outlier_factor"
    assert not description.headline


def test_parameters_and_versions_are_recorded():
    written = json.loads(describe_parameters(DETECTORS[0], 20))
    assert written["trees"] == 20
    assert written["pixels"] == "raw"
    assert written["libraries"]["scikit-learn"] == version("scikit-learn")
    foreign = json.loads(describe_parameters(DETECTORS[-1], 20))
    assert foreign["estimator"] == LOF
    assert foreign["libraries"] == {"scikit-learn": version("scikit-learn")}


def test_two_detectors_of_one_name_are_refused():
    with pytest.raises(SettingsError, match="Two detectors have the name local_outlier_factor"):
        make_detectors(IngestSettings(detectors=(LOF, f"{LOF}(n_neighbors=5)")))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.names[0])
def test_what_is_fitted_can_be_stored(detector, tmp_path):
    sample, _ = make_sample(COUNT)
    fitted = detector.fit(sample, 1)
    np.savez(tmp_path / "model.npz", **pack(fitted))
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        again = unpack(dict(arrays), STORED)
    for one, two in zip(fitted.score(sample), again.score(sample), strict=True):
        assert one.detector == two.detector
        assert (one.score == two.score).all()
