"""Fisher vectors: one pass against vectors that are written out, and scikit-learn's density."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from ingest.anomaly.fisher import Fisher, fit_mixture
from ingest.kernels.fisher import measure_fisher
from tests.unit.ingest.anomaly.samples import ODD, make_sample


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(1)
    first, second = random.normal(0, 1, (700, 5)), random.normal(3, 2, (300, 5))
    return np.concatenate([first, second, [[30, -40, 0, 0, 0]]])


@pytest.fixture(scope="module")
def model(points):
    return GaussianMixture(3, covariance_type="diag", random_state=0).fit(points[:1000])


def measure(model, points, clip):
    answers = np.empty((3, len(points)))
    sigmas = np.sqrt(model.covariances_)
    measure_fisher(points, model.weights_, model.means_, sigmas, clip, *answers)
    return answers


def explicit_vectors(model, points, clip):
    u = (points[:, None, :] - model.means_) / np.sqrt(model.covariances_)
    u = np.clip(u, -clip, clip)
    g, w = model.predict_proba(points), model.weights_
    by_weight = (g - w) / np.sqrt(w)
    by_mean = (g / np.sqrt(w))[..., None] * u
    by_sigma = (g / np.sqrt(2 * w))[..., None] * (u**2 - 1)
    return np.concatenate([by_weight, by_mean.reshape(len(u), -1), by_sigma.reshape(len(u), -1)], 1)


def test_one_pass_equals_explicit_vectors(model, points):
    squared, clipped, _ = measure(model, points, 3.0)
    for answer, clip in ((squared, np.inf), (clipped, 3.0)):
        expected = (explicit_vectors(model, points, clip) ** 2).sum(axis=1)
        assert answer == pytest.approx(expected, rel=1e-10)


def test_the_density_is_scikit_learns(model, points):
    assert measure(model, points, 3.0)[2] == pytest.approx(model.score_samples(points), rel=1e-12)


def test_one_coordinate_rules_the_plain_form_and_not_the_clipped(model, points):
    squared, clipped, log_density = measure(model, points, 3.0)
    assert squared.argmax() == 1000
    assert log_density.argmin() == 1000
    assert squared[1000] > 1e3 * clipped[1000]


def test_a_small_survey_gets_few_gaussians(points):
    assert fit_mixture(points[:150], 20, 0).n_components == 1
    assert fit_mixture(points, 20, 0).n_components == 4


def test_no_gaussian_settles_on_a_lone_spectrum(points):
    scaled = points / points.std(axis=0)
    model = fit_mixture(scaled, 20, 0)
    assert model.score_samples(scaled).argmin() == 1000
    assert model.weights_.min() > 0.01


def test_the_odd_one_has_the_longest_vector():
    sample, _ = make_sample(240)
    answers = {a.detector: a.score for a in Fisher().fit(sample, 1).score(sample)}
    assert set(answers) == {"fisher", "fisher_clipped", "fisher_logp"}
    assert answers["fisher"].argmax() == ODD
    assert answers["fisher_logp"].argmax() == ODD
