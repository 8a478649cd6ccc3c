"""Principal components of spectra with gaps and unequal noise.

Missing pixels are never filled by a median, which would draw incomplete spectra towards one place;
they take the value of the model's own reconstruction, iterated (as in iterative PCA, e.g. Bailey
2012, PASP 124, 1015). A spectrum is placed by solving the weighted normal equations.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

Chunks = Callable[[], Iterable[tuple[np.ndarray, np.ndarray]]]
"""Gives flux and ivar of the survey anew, in chunks of whole spectra."""

FILLING_PASSES = 3
TRIMMED_SHARE = 0.02
"""The strangest spectra, which the components must not learn."""

_SUBSPACE_PASSES = 12
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


def fit_components(chunks: Chunks, count: int) -> PcaModel:
    """Fit components to a survey.

    Parameters
    ----------
    chunks : callable
        Yields (flux, ivar), float32, shape (n_chunk, n_pix); ivar 0 marks a missing pixel. It is
        called once for each pass over the survey.
    count : int
        Components wanted; fewer are returned when there are fewer spectra or pixels.

    Returns
    -------
    PcaModel
    """
    model = _update(_start(chunks), chunks, count, None)
    for _ in range(FILLING_PASSES):
        model = _update(model, chunks, count, None)
    worst = _worst(model, chunks)
    return _update(model, chunks, count, worst)


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
    residual = flux - reconstruct(model, coefficients)
    chi2 = np.einsum("ij,ij,ij->i", residual, residual, ivar, dtype=np.float64)
    dof = (ivar > 0).sum(axis=1) - model.basis.shape[0]
    chi2_dof = np.where(dof > 0, chi2 / np.maximum(dof, 1), np.nan)
    return Projection(coefficients, chi2_dof.astype(np.float32))


def reconstruct(model: PcaModel, coefficients: np.ndarray) -> np.ndarray:
    """Return what the model makes of coefficients, float32, shape (n_spec, n_pix)."""
    return model.mean + coefficients @ model.basis


def _start(chunks: Chunks) -> PcaModel:
    """Return the mean of the pixels that are present, and no components."""
    total: np.ndarray | float = 0.0
    count: np.ndarray | int = 0
    for flux, ivar in chunks():
        total = total + flux.sum(axis=0, dtype=np.float64)
        count = count + (ivar > 0).sum(axis=0)
    mean = np.asarray(total / np.maximum(count, 1), np.float32)
    return PcaModel(mean, np.empty((0, mean.size), np.float32))


def _update(model: PcaModel, chunks: Chunks, count: int, worst: np.ndarray | None) -> PcaModel:
    """Fit anew, gaps filled by the model; spectra marked as worst are left out."""
    n_pix = model.mean.size
    total, square, n, seen = np.zeros(n_pix), np.zeros((n_pix, n_pix)), 0, 0
    for flux, ivar in chunks():
        filled = np.where(ivar > 0, flux, reconstruct(model, _solve(model, flux, ivar)))
        kept = (ivar > 0).any(axis=1)
        if worst is not None:
            kept &= ~worst[seen : seen + len(flux)]
        seen += len(flux)
        # About the old mean, so that single precision is enough for the products.
        centred = filled[kept] - model.mean
        total += centred.sum(axis=0, dtype=np.float64)
        square += centred.T @ centred
        n += int(kept.sum())
    shift = total / max(n, 1)
    covariance = square / max(n, 1) - np.outer(shift, shift)
    basis = _leading(covariance, min(count, max(n - 1, 1), n_pix), model.basis)
    return PcaModel((model.mean + shift).astype(np.float32), basis)


def _leading(covariance: np.ndarray, count: int, start: np.ndarray) -> np.ndarray:
    """Return the leading eigenvectors as rows; orthogonal iteration beats a full solver tenfold."""
    n_pix = covariance.shape[0]
    block = min(n_pix, count + 10)
    if block * 4 > n_pix:
        vectors = np.linalg.eigh(covariance)[1][:, ::-1][:, :count]
    else:
        guess = np.random.default_rng(0).standard_normal((n_pix, block))
        guess[:, : min(len(start), block)] = start[:block].T
        for _ in range(_SUBSPACE_PASSES):
            guess, _ = np.linalg.qr(covariance @ guess)
        inner = np.linalg.eigh(guess.T @ covariance @ guess)[1][:, ::-1]
        vectors = (guess @ inner)[:, :count]
    largest = np.abs(vectors).argmax(axis=0)
    return (vectors * np.sign(vectors[largest, np.arange(count)])).T.astype(np.float32)


def _solve(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Solve (U W U^T) a = U W (x - m) for every spectrum."""
    k = model.basis.shape[0]
    if k == 0:
        return np.zeros((len(flux), 0), np.float32)
    # Weights of one scale: the ridge then means the same for faint and bright spectra.
    scale = ivar.mean(axis=1, keepdims=True)
    weight = np.divide(ivar, scale, out=np.zeros_like(ivar), where=scale > 0)
    upper = np.triu_indices(k)
    products = (model.basis[upper[0]] * model.basis[upper[1]]).T
    normal = np.empty((len(flux), k, k))
    normal[:, upper[0], upper[1]] = normal[:, upper[1], upper[0]] = weight @ products
    normal[:, np.arange(k), np.arange(k)] += _RIDGE
    right = (weight * (flux - model.mean)) @ model.basis.T
    return np.linalg.solve(normal, right[..., None].astype(np.float64))[..., 0].astype(np.float32)


def _worst(model: PcaModel, chunks: Chunks) -> np.ndarray:
    chi2 = np.concatenate([project(model, flux, ivar).chi2_dof for flux, ivar in chunks()])
    limit = np.nanquantile(chi2, 1 - TRIMMED_SHARE) if np.isfinite(chi2).any() else np.inf
    return np.nan_to_num(chi2, nan=np.inf) > limit
