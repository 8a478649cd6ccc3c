"""How many components a region deserves: as many as predict pixels that they have not seen.

Spectra are held out of the fit, and of each of them blocks of pixels are hidden. Components that
describe galaxies predict the hidden pixels from the others; components of noise do not. Each is
held by its own spread in the survey (a Gaussian prior), so that hiding a line spoils no prediction.
"""

import numpy as np
from scipy.linalg import solve_triangular

from ingest.maps.components import PcaModel, fit_components, project, reconstruct

SPLITS = 3
HELD_OUT_SHARE = 0.2
MOST_SPECTRA = 1500
HIDDEN_SHARE = 0.125
BLOCK_PIXELS, MARGIN = 12, 2
"""Hidden blocks, and their outermost pixels, which are not asked: their noise shows next door."""

FILLING_COMPONENTS = 15
"""Components of the model that fills gaps and names the strangest spectra beforehand."""

TOLERANCE = 0.02
"""Excess of ln chi2 that is small. The standard error is not, where few spectra hide a line."""

TRIMMED_SHARE = 0.02
FEWEST_SPECTRA = 20


def choose_count(
    flux: np.ndarray, ivar: np.ndarray, sources: np.ndarray, seed: int, limit: int
) -> tuple[int, np.ndarray]:
    """Choose the number of components from noise that is held out.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        Normalised; ivar 0 marks a missing pixel. In one order always, as of their identifiers.
    sources : int64, shape (n_spec,)
        Equal for spectra of one source, which are held out together.
    seed : int
        Of what is held out, and hidden.
    limit : int
        Most components to try.

    Returns
    -------
    count : int
        The fewest that predict hidden pixels as well as the best number does, within one standard
        error of the difference and 2 % of chi2; at least 1.
    curve : float64, shape (m,)
        Mean ln of the reduced chi2 of hidden pixels with 0, 1, ... components; empty with too few
        spectra to tell, when the count is as many as the limit and the spectra allow.
    """
    usable = np.flatnonzero((ivar > 0).any(axis=1))
    if usable.size < FEWEST_SPECTRA:
        return max(1, min(limit, usable.size - 1, flux.shape[1])), np.empty(0)
    rows = _sample(usable, sources, seed)
    flux, ivar, sources = flux[rows], ivar[rows], sources[rows]
    filled, kept = _fill(flux, ivar, limit)
    judged = []
    for split in range(SPLITS):
        random = np.random.default_rng([seed, split])
        held_out = _hold_out(sources, random)
        model, spread = _fit(filled[kept & ~held_out], limit)
        hidden = _hide_blocks(ivar[held_out], random)
        judged.append(_predict(model, spread, flux[held_out], ivar[held_out], hidden))
    tried = min(chi2.shape[1] for chi2 in judged)
    chi2 = np.concatenate([chi2[:, :tried] for chi2 in judged])
    return _fewest(chi2), chi2.mean(axis=0) if len(chi2) else np.empty(0)


def _sample(usable: np.ndarray, sources: np.ndarray, seed: int) -> np.ndarray:
    """Return as many rows at random as are needed, in their order."""
    place = _shuffled(sources[usable], np.random.default_rng(seed))
    order = np.argsort(place, kind="stable")[:MOST_SPECTRA]
    return np.sort(usable[order])


def _shuffled(sources: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a random place for each spectrum, one for all of a source."""
    groups = np.unique(sources, return_inverse=True)[1]
    return random.permutation(groups.max() + 1)[groups]


def _hold_out(sources: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Mark spectra that are held out; a source is held out whole."""
    place = _shuffled(sources, random)
    return place < np.sort(place)[int(HELD_OUT_SHARE * place.size)]


def _fill(flux: np.ndarray, ivar: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Fill gaps by a small model; mark the spectra that are not too strange to be fitted."""
    model = fit_components(flux, ivar, min(limit, FILLING_COMPONENTS))
    placed = project(model, flux, ivar)
    kept = placed.chi2_dof <= np.nanquantile(placed.chi2_dof, 1 - TRIMMED_SHARE)
    return np.where(ivar > 0, flux, reconstruct(model, placed.coefficients)), kept


def _fit(flux: np.ndarray, limit: int) -> tuple[PcaModel, np.ndarray]:
    """Fit many components at once; return them and the variance of the spectra along each."""
    mean = flux.mean(axis=0, dtype=np.float64)
    centred = flux - mean
    count = min(limit, len(centred) - 1, centred.shape[1])
    if centred.shape[0] < centred.shape[1]:
        vectors = np.linalg.eigh(centred @ centred.T)[1][:, ::-1][:, :count]
        basis = np.linalg.qr(centred.T @ vectors)[0].T
    else:
        basis = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :count].T
    return PcaModel(mean, basis), ((centred @ basis.T) ** 2).mean(axis=0)


def _hide_blocks(ivar: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return how deep pixels are hidden, 0 for shown ones; at least one block a spectrum."""
    n_spec, n_pix = ivar.shape
    blocks = -(-n_pix // BLOCK_PIXELS)
    order = random.random((n_spec, blocks)).argsort(axis=1)
    hidden = order < max(1, round(HIDDEN_SHARE * blocks))
    within = np.arange(BLOCK_PIXELS)
    depth = 1 + np.minimum(within, within[::-1])
    return (hidden[:, :, None] * depth).reshape(n_spec, -1)[:, :n_pix]


def _predict(
    model: PcaModel, spread: np.ndarray, flux: np.ndarray, ivar: np.ndarray, hidden: np.ndarray
) -> np.ndarray:
    """Return ln of the reduced chi2 of hidden pixels, shape (n_used, k + 1), for 0 to k components.

    The Cholesky factor of the first m components is the corner of that of all, so one solution
    holds those of all counts: a prediction is a cumulative sum.
    """
    rows = []
    for spectrum, weight, depth in zip(flux - model.mean, ivar, hidden, strict=True):
        use, ask = (depth == 0) & (weight > 0), (depth > MARGIN) & (weight > 0)
        if not (ask.any() and use.any()):
            continue
        scaled = model.basis[:, use] * weight[use]
        normal = scaled @ model.basis[:, use].T
        normal[np.diag_indices_from(normal)] += 1 / np.maximum(spread, 1e-30)
        lower = np.linalg.cholesky(normal)
        both = np.column_stack([scaled @ spectrum[use], model.basis[:, ask]])
        solved = solve_triangular(lower, both, lower=True, check_finite=False)
        predicted = np.cumsum(solved[:, :1] * solved[:, 1:], axis=0)
        misfit = np.vstack([spectrum[ask], spectrum[ask] - predicted]) ** 2 @ weight[ask]
        rows.append(np.log(misfit / ask.sum()))
    return np.array(rows).reshape(len(rows), len(model.basis) + 1)


def _fewest(chi2: np.ndarray) -> int:
    """Return the least count that is as good as the best: within the error, if that is small."""
    if len(chi2) == 0:
        return max(1, chi2.shape[1] - 1)
    excess = chi2 - chi2[:, [chi2.mean(axis=0).argmin()]]
    error = excess.std(axis=0) / np.sqrt(len(excess))
    return max(1, int(np.argmax(excess.mean(axis=0) <= np.minimum(error, TOLERANCE))))
