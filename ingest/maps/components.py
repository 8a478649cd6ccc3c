"""Principal components of spectra with gaps and unequal noise.

Missing pixels are never filled by a median, which would draw incomplete spectra towards one place;
they take the value of the model's own reconstruction, iterated (as in iterative PCA, e.g. Bailey
2012, PASP 124, 1015). A spectrum is placed by solving the weighted normal equations.
"""

from dataclasses import dataclass

import numpy as np

from ingest.kernels.project import measure_chi2, place_spectra, reconstruct_spectra

FILLING_PASSES = 3
TRIMMED_SHARE = 0.02
"""The strangest spectra, which the components must not learn."""

WIDE_PIXELS = 1000
"""From here on the covariance is not made: its products with a few vectors are cheaper."""

_FIRST_PASSES, _LATER_PASSES = 10, 3
_RIDGE = 1e-6


@dataclass(frozen=True, slots=True)
class PcaModel:
    """Mean and components.

    Attributes
    ----------
    mean : float32, shape (n_pix,)
    basis : float32, shape (k, n_pix)
        Orthonormal rows, the strongest first; each one's greatest element is positive.
    """

    mean: np.ndarray
    basis: np.ndarray


@dataclass(frozen=True, slots=True)
class Projection:
    """Spectra in the space of the components.

    Attributes
    ----------
    coefficients : float32, shape (n_spec, k)
    chi2_dof : float32, shape (n_spec,)
        Weighted squared residual per degree of freedom; NaN without any.
    """

    coefficients: np.ndarray
    chi2_dof: np.ndarray


def fit_components(flux: np.ndarray, ivar: np.ndarray, count: int) -> PcaModel:
    """Fit components to a reference sample.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        ivar 0 marks a missing pixel.
    count : int
        Components wanted; fewer are returned when there are fewer spectra or pixels.

    Returns
    -------
    PcaModel
    """
    present = ivar > 0
    flux, ivar = flux[present.any(axis=1)], ivar[present.any(axis=1)]
    model = _update(_start(flux, ivar), flux, ivar, count)
    for _ in range(FILLING_PASSES):
        model = _update(model, flux, ivar, count)
    kept = ~_find_worst(model, flux, ivar)
    return _update(model, flux[kept], ivar[kept], count)


def project(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> Projection:
    """Place spectra by weighted least squares.

    Parameters
    ----------
    model : PcaModel
    flux, ivar : float32, shape (n_spec, n_pix)

    Returns
    -------
    Projection
    """
    coefficients = _solve(model, flux, ivar)
    chi2 = np.empty(len(flux))
    measure_chi2(flux, ivar, reconstruct(model, coefficients), chi2)
    dof = (ivar > 0).sum(axis=1) - model.basis.shape[0]
    chi2_dof = np.where(dof > 0, chi2 / np.maximum(dof, 1), np.nan)
    return Projection(coefficients, chi2_dof.astype(np.float32))


def reconstruct(model: PcaModel, coefficients: np.ndarray) -> np.ndarray:
    """Return what the model makes of coefficients, float32, shape (n_spec, n_pix)."""
    made = np.empty((len(coefficients), model.mean.size), np.float32)
    basis = np.ascontiguousarray(model.basis.T)
    reconstruct_spectra(np.ascontiguousarray(coefficients, np.float32), model.mean, basis, made)
    return made


def _start(flux: np.ndarray, ivar: np.ndarray) -> PcaModel:
    """Return the mean of the pixels that are present, and no components."""
    present = ivar > 0
    total = np.einsum("ij,ij->j", flux, present, dtype=np.float64)
    mean = (total / np.maximum(present.sum(axis=0), 1)).astype(np.float32)
    return PcaModel(mean, np.empty((0, mean.size), np.float32))


def _update(model: PcaModel, flux: np.ndarray, ivar: np.ndarray, count: int) -> PcaModel:
    """Fit anew, gaps filled by the model."""
    n, n_pix = flux.shape
    # About the old mean, so that single precision is enough for the products.
    centred = np.where(ivar > 0, flux, reconstruct(model, _solve(model, flux, ivar))) - model.mean
    shift = (centred.sum(axis=0, dtype=np.float64) / max(n, 1)).astype(np.float32)
    centred -= shift
    count = min(count, max(n - 1, 1), n_pix)
    return PcaModel(model.mean + shift, _leading(centred, count, model.basis))


def _leading(centred: np.ndarray, count: int, start: np.ndarray) -> np.ndarray:
    """Return the leading principal directions as rows, float32, shape (count, n_pix)."""
    n_pix = centred.shape[1]
    block = min(n_pix, count + 10)
    if n_pix < WIDE_PIXELS or block * 4 > n_pix:
        square = (centred.T @ centred).astype(np.float64)
        vectors = np.linalg.eigh(square)[1][:, ::-1][:, :count]
    else:
        vectors = _iterate(centred, count, block, start)
    largest = np.abs(vectors).argmax(axis=0)
    return (vectors * np.sign(vectors[largest, np.arange(count)])).T.astype(np.float32)


def _iterate(centred: np.ndarray, count: int, block: int, start: np.ndarray) -> np.ndarray:
    """Find the leading directions by orthogonal iteration from those found before."""
    guess = np.random.default_rng(0).standard_normal((centred.shape[1], block))
    guess[:, : min(len(start), block)] = start[:block].T
    for _ in range(_LATER_PASSES if len(start) else _FIRST_PASSES):
        guess, _ = np.linalg.qr(_turn(centred, guess))
    inner = np.linalg.eigh(guess.T @ _turn(centred, guess))[1][:, ::-1]
    return (guess @ inner)[:, :count]


def _turn(centred: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Multiply vectors by the covariance, which is never made."""
    return (centred.T @ (centred @ guess.astype(np.float32))).astype(np.float64)


def _solve(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Solve (U W U^T) a = U W (x - m) for every spectrum."""
    coefficients = np.zeros((len(flux), len(model.basis)), np.float32)
    if len(model.basis):
        basis = np.ascontiguousarray(model.basis.T)
        flux, ivar = np.ascontiguousarray(flux), np.ascontiguousarray(ivar)
        place_spectra(flux, ivar, model.mean, basis, _RIDGE, coefficients)
    return coefficients


def _find_worst(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    chi2 = project(model, flux, ivar).chi2_dof
    limit = np.nanquantile(chi2, 1 - TRIMMED_SHARE) if np.isfinite(chi2).any() else np.inf
    return np.nan_to_num(chi2, nan=np.inf) > limit
