"""Continua of spectra, one at a time: pure arrays.

A product of matrices adds its terms in an order that depends on how many rows it is given; a
spectrum's continuum may not depend on the other spectra of a call.
"""

import numba
import numpy as np

from ingest.kernels.skyline import FAST

_RIDGE = 1e-6


@numba.njit(**FAST)
def average_running(
    flux: np.ndarray, used: np.ndarray, half: int, least: int, level: np.ndarray
) -> None:
    """Average the pixels that are used within a window about every pixel.

    Parameters
    ----------
    flux : float32, shape (n_spec, n_pix)
    used : bool, shape (n_spec, n_pix)
    half : int
        The window reaches so many pixels to either side, as far as there are pixels.
    least : int
        Pixels that a window must hold.
    level : float32, shape (n_spec, n_pix)
        Filled; 0 where the window holds fewer.
    """
    n_pix = flux.shape[1]
    total, count = np.zeros(n_pix + 1), np.zeros(n_pix + 1, np.int64)
    for s in range(flux.shape[0]):
        for p in range(n_pix):
            use = used[s, p]
            total[p + 1] = total[p] + (flux[s, p] if use else 0.0)
            count[p + 1] = count[p] + use
        for p in range(n_pix):
            begin, end = max(p - half, 0), min(p + half + 1, n_pix)
            held = count[end] - count[begin]
            level[s, p] = (total[end] - total[begin]) / held if held >= least else 0.0


@numba.njit(**FAST)
def reconstruct_each(
    features: np.ndarray, weight: np.ndarray, mean: np.ndarray, basis: np.ndarray, made: np.ndarray
) -> None:
    """Solve (U W U^T) a = U W (x - m) for every spectrum, and draw m + a U.

    Parameters
    ----------
    features, weight : float32, shape (n_spec, n_pix)
        Weight 0 marks a pixel that is not used.
    mean : float64, shape (n_pix,)
    basis : float64, shape (k, n_pix)
        Orthonormal rows.
    made : float32, shape (n_spec, n_pix)
        Filled.
    """
    k, n_pix = basis.shape
    normal, right, weighted = np.zeros((k, k)), np.zeros(k), np.zeros(n_pix)
    for s in range(features.shape[0]):
        # Weights of one scale: the ridge then means the same for faint and bright spectra.
        scale = weight[s].sum() / n_pix
        factor = 1.0 / scale if scale > 0.0 else 0.0
        for i in range(k):
            for p in range(n_pix):
                weighted[p] = basis[i, p] * weight[s, p] * factor
            right[i] = 0.0
            for p in range(n_pix):
                right[i] += weighted[p] * (features[s, p] - mean[p])
            for j in range(i + 1):
                total = 0.0
                for p in range(n_pix):
                    total += weighted[p] * basis[j, p]
                normal[i, j] = normal[j, i] = total
            normal[i, i] += _RIDGE
        coefficients = np.linalg.solve(normal, right)
        weighted[:] = mean
        for i in range(k):
            for p in range(n_pix):
                weighted[p] += coefficients[i] * basis[i, p]
        made[s] = weighted
