"""Squared lengths of Fisher vectors, and densities, in one pass over the spectra."""

import math

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def measure_fisher(
    points: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    sigmas: np.ndarray,
    clip: float,
    squared: np.ndarray,
    clipped: np.ndarray,
    log_density: np.ndarray,
) -> None:
    """Measure the gradient of the log-likelihood of a diagonal Gaussian mixture.

    With u = (x - m)/sigma and g the responsibility, its squared length in the metric of Fisher is
    sum_k g²/w (1 + sum_d u² + 1/2 sum_d (u² - 1)²) - 1 (Perronnin & Dance 2007).

    Parameters
    ----------
    points : float64, shape (n, d)
    weights : float64, shape (K,)
    means, sigmas : float64, shape (K, d)
    clip : float
        Greatest |u| of the clipped form.
    squared, clipped : float64, shape (n,)
        Filled: the squared length, and the same with u clipped outside the responsibilities.
    log_density : float64, shape (n,)
        Filled: ln p.
    """
    count, dimension = means.shape
    constant = np.log(weights) - 0.5 * dimension * math.log(2.0 * math.pi)
    for k in range(count):
        constant[k] -= np.log(sigmas[k]).sum()
    limit = clip * clip
    for i in range(points.shape[0]):
        joint, full, short = np.empty(count), np.empty(count), np.empty(count)
        for k in range(count):
            chi2, full[k], short[k] = 0.0, 1.0, 1.0
            for d in range(dimension):
                u = (points[i, d] - means[k, d]) / sigmas[k, d]
                u2 = u * u
                v2 = min(u2, limit)
                chi2 += u2
                full[k] += u2 + 0.5 * (u2 - 1.0) ** 2
                short[k] += v2 + 0.5 * (v2 - 1.0) ** 2
            joint[k] = constant[k] - 0.5 * chi2
        top = joint.max()
        total = top + math.log(np.exp(joint - top).sum())
        squared[i], clipped[i], log_density[i] = -1.0, -1.0, total
        for k in range(count):
            share = math.exp(joint[k] - total) ** 2 / weights[k]
            squared[i] += share * full[k]
            clipped[i] += share * short[k]
