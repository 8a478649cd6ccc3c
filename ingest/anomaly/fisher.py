"""Fisher vectors: how strongly a spectrum would change a model of all (Rotman et al. 2019)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.anomaly.base import Kind, Sample
from ingest.batches import Scores
from ingest.kernels.fisher import measure_fisher

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

NAMES = ("fisher", "fisher_clipped", "fisher_logp")
CLIP_SIGMA = 3.0
ROWS_PER_GAUSSIAN = 200
TRIMMED_SHARE = 0.02
"""The spectra farthest out, which are not fitted: a Gaussian would settle on each and hide it."""


@dataclass(frozen=True, slots=True)
class Fisher:
    """Gradients of the log-likelihood of a mixture of diagonal Gaussians in components.

    Attributes
    ----------
    gaussians : int
        Of the mixture; fewer for a small survey.
    """

    gaussians: int = 20
    kind: Kind = "divided"
    names: tuple[str, ...] = NAMES
    libraries: tuple[str, ...] = ("scikit-learn", "numpy", "numba")
    is_random: bool = True

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is fitted with."""
        return {
            "gaussians": self.gaussians,
            "rows_per_gaussian": ROWS_PER_GAUSSIAN,
            "trimmed_share": TRIMMED_SHARE,
            "clip_sigma": CLIP_SIGMA,
        }

    def fit(self, reference: Sample, seed: int) -> "FittedFisher":
        """Fit the mixture."""
        model = fit_mixture(reference.components.astype(np.float64), self.gaussians, seed)
        return FittedFisher(model.weights_, model.means_, np.sqrt(model.covariances_))


@dataclass(frozen=True, slots=True)
class FittedFisher:
    """A mixture of diagonal Gaussians.

    Attributes
    ----------
    weights : float64, shape (K,)
    means, sigmas : float64, shape (K, k)
    """

    weights: np.ndarray
    means: np.ndarray
    sigmas: np.ndarray

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Return the squared length, the same clipped, and -ln p."""
        points = sample.components.astype(np.float64)
        squared, clipped, log_density = np.empty((3, len(points)))
        measure_fisher(
            points, self.weights, self.means, self.sigmas, CLIP_SIGMA, squared, clipped, log_density
        )
        answers = (squared, clipped, -log_density)
        return tuple(Scores(name, score) for name, score in zip(NAMES, answers, strict=True))


def fit_mixture(points: np.ndarray, gaussians: int, seed: int) -> "GaussianMixture":
    """Fit a mixture to the reference, trimmed; at most one Gaussian for 200 spectra.

    Parameters
    ----------
    points : float64, shape (n_reference, k)
        Each column of standard deviation 1.
    gaussians : int
    seed : int
    """
    from sklearn.mixture import GaussianMixture  # a second to load: not before

    size = np.square(points - np.median(points, axis=0)).sum(axis=1)
    points = points[size <= np.quantile(size, 1 - TRIMMED_SHARE)]
    count = int(np.clip(len(points) // ROWS_PER_GAUSSIAN, 1, gaussians))
    model = GaussianMixture(
        count, covariance_type="diag", reg_covar=1e-3, init_params="k-means++", random_state=seed
    )
    return model.fit(points)
