"""Detectors of other libraries: found by name, great for the strange, refused with a reason."""

import re

import numpy as np
import pytest
from sklearn.neighbors import LocalOutlierFactor

from ingest.anomaly.plugin import read_plugin
from ingest.errors import IngestError, SettingsError
from tests.unit.ingest.anomaly.samples import ODD, make_sample


class PyodLike:
    """The interface of PyOD: decision_function is great for the strange."""

    def fit(self, points):
        self.mean = points.mean(axis=0)
        self.decision_scores_ = self.decision_function(points)

    def decision_function(self, points):
        return np.linalg.norm(points - self.mean, axis=1)


class Refuses(PyodLike):
    def fit(self, points):
        raise ValueError("too few points\nmore words")


class AnswersOnce(PyodLike):
    def decision_function(self, points):
        return np.zeros(1)


@pytest.fixture(scope="module")
def sample():
    return make_sample(240)[0]


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("sklearn.neighbors.LocalOutlierFactor(n_neighbors=35)", "local_outlier_factor"),
        ("sklearn.svm.OneClassSVM(nu=0.1)", "one_class_svm"),
        ("sklearn.covariance.EllipticEnvelope", "elliptic_envelope"),
        (f"{__name__}.PyodLike", "pyod_like"),
    ],
)
def test_the_odd_one_scores_highest_by_whatever_interface(sample, setting, name):
    (answer,) = read_plugin(setting).fit(sample, 3).score(sample)
    assert answer.detector == name
    assert answer.score.shape == (240,)
    assert np.argsort(-answer.score).tolist().index(ODD) < 3


def test_parameters_reach_the_estimator(sample):
    plugin = read_plugin("sklearn.neighbors.LocalOutlierFactor(n_neighbors=5)")
    (answer,) = plugin.fit(sample, 3).score(sample)
    judge = LocalOutlierFactor(n_neighbors=5, novelty=True).fit(sample.components)
    assert (answer.score == -judge.score_samples(sample.components)).all()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sklearn.neighbours.LOF", "sklearn.neighbours.LOF is not found; is its package installed"),
        ("sklearn.neighbors.Nearest", "is not found"),
        ("sklearn.linear_model.LinearRegression", "is no detector"),
        ("numpy.mean", "is no detector"),
        ("sklearn.svm.OneClassSVM(neu=0.1)", "has no parameter 'neu'"),
        ("sklearn.svm.OneClassSVM(0.1)", "write a dotted name, as sklearn"),
        ("sklearn.svm.OneClassSVM(nu=__import__('os'))", "write a dotted name"),
        ("open('x').read", "write a dotted name"),
        ("OneClassSVM", "write a dotted name"),
        ("sklearn svm", "write a dotted name"),
        ("", "write a dotted name"),
    ],
)
def test_what_is_no_detector_is_refused(setting, words):
    with pytest.raises(SettingsError, match=re.escape(words)):
        read_plugin(setting)


@pytest.mark.parametrize(
    ("name", "words"),
    [("Refuses", "failed: too few points."), ("AnswersOnce", "does not give a number a spectrum.")],
)
def test_a_detector_that_fails_is_named(sample, name, words):
    with pytest.raises(IngestError, match=f"{name} {words}$"):
        read_plugin(f"{__name__}.{name}").fit(sample, 3).score(sample)
