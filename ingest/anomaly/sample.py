"""From the rest-frame grid to what detectors take: averaged, divided, gaps filled, placed."""

from dataclasses import dataclass

import numpy as np

from ingest.anomaly.base import Kind, Sample
from ingest.maps.components import PcaModel, fit_components, project, reconstruct
from ingest.measure.continuum import line_pixels
from ingest.prepare.normalise import coverage, divide_by_median

BLOCK_PIXELS = 8
"""Pixels averaged to one: sigma of a broad line still spans a few."""

CONTINUUM_BLOCKS = 39
"""Width of the running continuum, in blocks: six times a broad absorption feature."""

MIN_COVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class SampleModel:
    """What is known of the reference before any detector is fitted.

    Attributes
    ----------
    kind : {'raw', 'divided'}
    pca : PcaModel
        Of the averaged pixels.
    spread : float32, shape (k,)
        Standard deviation of each component's coefficient over the reference.
    reference_ids : int64, shape (n_reference,)
        Spectra that it is fitted to, increasing.
    """

    kind: Kind
    pca: PcaModel
    spread: np.ndarray
    reference_ids: np.ndarray


def average_blocks(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average neighbouring pixels, each with the weight of its inverse variance.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_pix)
        ivar 0 marks a missing pixel. Pixels at the end that fill no block are left out.

    Returns
    -------
    flux, ivar : float32, shape (n_spec, n_pix // 8)
        A block that lacks half of its pixels is missing: flux and ivar 0.
    """
    n_blocks = flux.shape[1] // BLOCK_PIXELS
    used, shape = n_blocks * BLOCK_PIXELS, (len(flux), n_blocks, BLOCK_PIXELS)
    flux, ivar = flux[:, :used].reshape(shape), ivar[:, :used].reshape(shape)
    weight = ivar.sum(axis=2)
    present = np.count_nonzero(ivar, axis=2) * 2 > BLOCK_PIXELS
    total = np.einsum("ijk,ijk->ij", flux, ivar)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=present)
    return mean, np.where(present, weight, np.float32(0))


def divide_by_continuum(flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide averaged spectra by their running mean, emission lines left out of it.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_blocks)

    Returns
    -------
    flux, ivar : float32, shape (n_spec, n_blocks)
        About 1; missing where the continuum is not positive or hardly a block tells of it.
    """
    usable = (ivar > 0) & ~_line_blocks(flux.shape[1])
    count = _running(usable.astype(np.float32))
    total = _running(np.where(usable, flux, 0))
    level = np.where(count > CONTINUUM_BLOCKS // 5, total / np.maximum(count, 1), 0)
    kept = (level > 0) & (ivar > 0)
    divided = np.divide(flux, level, out=np.zeros_like(flux), where=kept)
    return divided, np.where(kept, ivar * level**2, 0).astype(np.float32)


def fit_sample(
    flux: np.ndarray, ivar: np.ndarray, ids: np.ndarray, kind: Kind, components: int
) -> SampleModel:
    """Fit what detectors need to know of spectra to a reference sample.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_grid)
    ids : int64, shape (n_spec,)
        Increasing.
    kind : {'raw', 'divided'}
    components : int
        Principal components, wanted.
    """
    flux, ivar = _normalise(kind, flux, ivar)
    covered = coverage(ivar) >= MIN_COVERAGE
    flux, ivar = flux[covered], ivar[covered]
    pca = fit_components(flux, ivar, components)
    placed = project(pca, flux, ivar).coefficients
    spread = placed.std(axis=0, dtype=np.float64) if len(placed) else np.ones(placed.shape[1])
    spread = np.where(spread > 0, spread, 1).astype(np.float32)
    return SampleModel(kind, pca, spread, ids[covered])


def take_sample(
    model: SampleModel, flux: np.ndarray, ivar: np.ndarray, ids: np.ndarray, sources: np.ndarray
) -> tuple[Sample, np.ndarray]:
    """Make of spectra what detectors take.

    Parameters
    ----------
    model : SampleModel
    flux, ivar : float32, shape (n_spec, n_grid)
    ids, sources : int64, shape (n_spec,)

    Returns
    -------
    sample : Sample
        Of the spectra that cover enough.
    rows : int64, shape (len(sample),)
        Which these are.
    """
    flux, ivar = _normalise(model.kind, flux, ivar)
    rows = np.flatnonzero(coverage(ivar) >= MIN_COVERAGE)
    flux, ivar = flux[rows], ivar[rows]
    placed = project(model.pca, flux, ivar).coefficients
    flux = np.where(ivar > 0, flux, reconstruct(model.pca, placed))
    basis = model.pca.basis * model.spread[:, None]
    member = find_members(model.reference_ids, ids[rows])
    return Sample(flux, ivar, placed / model.spread, basis, sources[rows], member), rows


def find_members(reference_ids: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the row in the reference, whose ids increase, of each spectrum; -1 where it is not."""
    if not reference_ids.size:
        return np.full(ids.size, -1)
    place = np.minimum(np.searchsorted(reference_ids, ids), reference_ids.size - 1)
    return np.where(reference_ids[place] == ids, place, -1)


def _normalise(kind: Kind, flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    blocks = average_blocks(flux, ivar)
    return divide_by_continuum(*blocks) if kind == "divided" else divide_by_median(*blocks)


def _line_blocks(n_blocks: int) -> np.ndarray:
    near = line_pixels()[: n_blocks * BLOCK_PIXELS]
    return np.any(near.reshape(n_blocks, BLOCK_PIXELS), axis=1)


def _running(values: np.ndarray) -> np.ndarray:
    half = CONTINUUM_BLOCKS // 2
    cumulated = np.cumsum(np.pad(values, ((0, 0), (half + 1, half))), axis=1, dtype=np.float64)
    sums = cumulated[:, CONTINUUM_BLOCKS:] - cumulated[:, :-CONTINUUM_BLOCKS]
    return sums.astype(np.float32)
