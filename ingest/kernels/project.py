"""Spectra in the space of components: weighted least squares, one spectrum at a time.

One at a time, so that what is found of a spectrum does not depend on those beside it, to the last
bit: neither on the order of the input, nor on the size of shards, nor on the number of workers.
"""

import numba
import numpy as np

FLAGS = {"reassoc", "contract", "nsz"}
"""Sums may be taken in another order, so that several are added at once; always in the same."""


@numba.njit(cache=True, nogil=True, fastmath=FLAGS)
def place_spectra(
    flux: np.ndarray,
    ivar: np.ndarray,
    mean: np.ndarray,
    basis: np.ndarray,
    ridge: float,
    coefficients: np.ndarray,
) -> None:
    """Solve (U W U^T) a = U W (x - m) for every spectrum.

    Weights are brought to one scale: the ridge then means the same for faint and bright spectra.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        ivar 0 marks a missing pixel, whose flux is finite.
    mean : float32, shape (n_pix,)
    basis : float32, shape (n_pix, k)
        Components as columns.
    ridge : float
    coefficients : float32, shape (n_spec, k)
        Filled.
    """
    n_pix, k = basis.shape
    weighted, excess = np.empty((n_pix, k), np.float32), np.empty(n_pix, np.float32)
    for i in range(flux.shape[0]):
        total = np.float32(0)
        for p in range(n_pix):
            total += ivar[i, p]
        scale = np.float32(n_pix) / total if total > 0 else np.float32(0)
        for p in range(n_pix):
            weight = ivar[i, p] * scale
            excess[p] = weight * (flux[i, p] - mean[p])
            for a in range(k):
                weighted[p, a] = weight * basis[p, a]
        normal, right = np.dot(weighted.T, basis), np.dot(excess, basis)
        _solve(normal, right, ridge, coefficients[i])


@numba.njit(cache=True, nogil=True, fastmath=FLAGS)
def reconstruct_spectra(
    coefficients: np.ndarray, mean: np.ndarray, basis: np.ndarray, model: np.ndarray
) -> None:
    """Fill what components make of coefficients.

    Parameters
    ----------
    coefficients : float32, shape (n_spec, k)
    mean : float32, shape (n_pix,)
    basis : float32, shape (n_pix, k)
    model : float32, shape (n_spec, n_pix)
        Filled.
    """
    n_pix, k = basis.shape
    for i in range(coefficients.shape[0]):
        for p in range(n_pix):
            total = mean[p]
            for a in range(k):
                total += coefficients[i, a] * basis[p, a]
            model[i, p] = total


@numba.njit(cache=True, nogil=True, fastmath=FLAGS)
def measure_chi2(flux: np.ndarray, ivar: np.ndarray, model: np.ndarray, chi2: np.ndarray) -> None:
    """Fill the weighted squared residual of every spectrum, float64, shape (n_spec,)."""
    for i in range(flux.shape[0]):
        total = 0.0
        for p in range(flux.shape[1]):
            residual = flux[i, p] - model[i, p]
            total += residual * residual * ivar[i, p]
        chi2[i] = total


@numba.njit(cache=True, nogil=True)
def _solve(normal: np.ndarray, right: np.ndarray, ridge: float, answer: np.ndarray) -> None:
    """Solve by Cholesky in double precision; the lower triangle of normal is read."""
    k = right.size
    lower, x = np.empty((k, k)), np.empty(k)
    for a in range(k):
        for b in range(a + 1):
            value = np.float64(normal[a, b])
            if a == b:
                value += ridge
            for c in range(b):
                value -= lower[a, c] * lower[b, c]
            # Single precision may leave a pivot that vanishes; it then adds nothing.
            lower[a, b] = np.sqrt(max(value, 1e-12)) if a == b else value / lower[b, b]
    for a in range(k):
        value = np.float64(right[a])
        for c in range(a):
            value -= lower[a, c] * x[c]
        x[a] = value / lower[a, a]
    for a in range(k - 1, -1, -1):
        value = x[a]
        for c in range(a + 1, k):
            value -= lower[c, a] * x[c]
        x[a] = value / lower[a, a]
        answer[a] = x[a]
