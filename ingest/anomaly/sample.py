"""From the rest-frame grid to the sample that detectors take, in one pass over the shards."""

from collections.abc import Iterable, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from ingest.anomaly.base import Kind, Sample, draw
from ingest.maps.components import PcaModel, fit_components, project, reconstruct
from ingest.measure.continuum import line_pixels
from ingest.prepare.normalise import coverage, divide_by_median

BLOCK_PIXELS = 8
"""Pixels averaged to one: sigma of a broad line still spans a few."""

CONTINUUM_BLOCKS = 39
"""Width of the running continuum, in blocks: six times a broad absorption feature."""

MIN_COVERAGE = 0.5
REFERENCE_ROWS = 20_000
"""Spectra that models are fitted to; more change no list."""

CHUNK_ROWS = 2000


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


def gather_sample(
    chunks: Iterable[tuple[np.ndarray, np.ndarray]],
    ids: np.ndarray,
    sources: np.ndarray,
    kind: Kind,
    components: int,
    seed: int,
) -> tuple[Sample, np.ndarray]:
    """Average, normalise and order the spectra of a survey, and fill their gaps.

    Parameters
    ----------
    chunks : iterable
        Flux and ivar on the whole grid, float32, shape (n_chunk, n_grid), in the order of `ids`.
    ids, sources : int64, shape (n_spec,)
    kind : {'raw', 'divided'}
    components : int
        Principal components, wanted.
    seed : int
        Of the draw of the reference.

    Returns
    -------
    sample : Sample
        Of the spectra that cover enough.
    rows : int64, shape (len(sample),)
        Their rows in the order of `ids`.
    """
    order = np.argsort(ids, kind="stable")
    flux, ivar = _ordered(chunks, order, kind)
    covered = coverage(ivar) >= MIN_COVERAGE
    flux, ivar, rows = flux[covered], ivar[covered], order[covered]
    reference = draw(REFERENCE_ROWS, np.arange(len(flux)), seed)
    # Products of matrices round differently on several threads.
    with threadpool_limits(1, user_api="blas"):
        model = _fit(flux, ivar, reference, components)
        placed = _fill(model, flux, ivar)
    spread = placed[reference].std(axis=0) if reference.size else np.ones(placed.shape[1], "f4")
    spread = np.where(spread > 0, spread, np.float32(1))
    basis = model.basis * spread[:, None]
    return Sample(flux, ivar, placed / spread, basis, sources[rows], reference), rows


def _ordered(
    chunks: Iterable[tuple[np.ndarray, np.ndarray]], order: np.ndarray, kind: Kind
) -> tuple[np.ndarray, np.ndarray]:
    """Normalise spectra and put each at once where it belongs."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    normalise = divide_by_continuum if kind == "divided" else divide_by_median
    flux = ivar = np.empty((order.size, 0), np.float32)
    start = 0
    for chunk in chunks:
        blocks = normalise(*average_blocks(*chunk))
        if start == 0:
            shape = (order.size, blocks[0].shape[1])
            flux, ivar = np.empty(shape, np.float32), np.empty(shape, np.float32)
        rows = place[start : start + len(blocks[0])]
        flux[rows], ivar[rows] = blocks
        start += len(rows)
    return flux, ivar


def _fit(flux: np.ndarray, ivar: np.ndarray, reference: np.ndarray, components: int) -> PcaModel:
    def chunks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for part in _parts(reference.size):
            yield flux[reference[part]], ivar[reference[part]]

    return fit_components(chunks, components)


def _fill(model: PcaModel, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Place all spectra, and put the model into their gaps."""
    placed = np.empty((len(flux), model.basis.shape[0]), np.float32)
    for part in _parts(len(flux)):
        placed[part] = project(model, flux[part], ivar[part]).coefficients
        made = reconstruct(model, placed[part])
        flux[part] = np.where(ivar[part] > 0, flux[part], made)
    return placed


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, count))


def _line_blocks(n_blocks: int) -> np.ndarray:
    near = line_pixels()[: n_blocks * BLOCK_PIXELS]
    return np.any(near.reshape(n_blocks, BLOCK_PIXELS), axis=1)


def _running(values: np.ndarray) -> np.ndarray:
    half = CONTINUUM_BLOCKS // 2
    cumulated = np.cumsum(np.pad(values, ((0, 0), (half + 1, half))), axis=1, dtype=np.float64)
    sums = cumulated[:, CONTINUUM_BLOCKS:] - cumulated[:, :-CONTINUUM_BLOCKS]
    return sums.astype(np.float32)
