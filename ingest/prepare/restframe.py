"""Observed spectra to the common rest-frame grid."""

import numpy as np

from ingest.batches import GriddedBatch, SpectrumBatch
from ingest.kernels.rebin import rebin_overlap, shift_log
from ingest.prepare.mask import mask_pixels
from ingest.subspaces import GRID

SDSS_RHO = 0.17
"""Noise correlation of neighbouring pixels, measured on SDSS spectra."""


def to_rest_grid(batch: SpectrumBatch, rho: float = SDSS_RHO) -> GriddedBatch:
    """Shift spectra to rest and resample them on the common grid, flux conserved.

    Flux density keeps its observed-frame scale: it is not multiplied by 1 + z.

    Parameters
    ----------
    batch : SpectrumBatch
        Redshifts must be finite where a result is wanted; a spectrum without one is all missing.
    rho : float
        Noise correlation of neighbouring input pixels.

    Returns
    -------
    GriddedBatch
        ivar 0, flux 0 where no good pixel lies.
    """
    n_spec = len(batch)
    flux = np.zeros((n_spec, GRID.pixels), np.float32)
    ivar = np.zeros((n_spec, GRID.pixels), np.float32)
    if n_spec == 0:
        return GriddedBatch(flux, ivar)
    wave = _observed_wave(batch)
    good = mask_pixels(wave, batch.flux, batch.ivar)
    values = np.where(good > 0, batch.flux, np.float32(0))
    z = batch.facts["z"].to_numpy(zero_copy_only=False).astype(np.float64)
    shift = np.log10(1 + np.where(np.isfinite(z), z, 0.0))
    usable = np.isfinite(z) & (z > -1)
    on_log = usable & (batch.loglam_step == GRID.step)
    _shift(batch, values, good, shift, np.flatnonzero(on_log), rho, flux, ivar)
    for row in np.flatnonzero(usable & ~on_log):
        part = slice(int(batch.offsets[row]), int(batch.offsets[row + 1]))
        edges = _edges(wave[part]) / 10 ** shift[row]
        rebin_overlap(edges, values[part], good[part], _edges(GRID.wave), rho, flux[row], ivar[row])
    return GriddedBatch(flux, ivar)


def _shift(
    batch: SpectrumBatch,
    values: np.ndarray,
    good: np.ndarray,
    shift: np.ndarray,
    rows: np.ndarray,
    rho: float,
    flux: np.ndarray,
    ivar: np.ndarray,
) -> None:
    place = (GRID.loglam0 - (batch.loglam0 - shift)) / GRID.step
    place = np.where(np.isfinite(place), place, 0.0)
    first = np.floor(place).astype(np.int64)
    out_flux, out_ivar = np.empty_like(flux), np.empty_like(ivar)
    shift_log(values, good, batch.offsets, first, place - first, rho, out_flux, out_ivar)
    flux[rows], ivar[rows] = out_flux[rows], out_ivar[rows]


def _observed_wave(batch: SpectrumBatch) -> np.ndarray:
    if batch.wave is not None:
        return batch.wave
    sizes = np.diff(batch.offsets)
    place = np.arange(batch.offsets[-1]) - np.repeat(batch.offsets[:-1], sizes)
    return 10 ** (np.repeat(batch.loglam0, sizes) + np.repeat(batch.loglam_step, sizes) * place)


def _edges(wave: np.ndarray) -> np.ndarray:
    """Return the pixel edges half way between centres."""
    middle = (wave[1:] + wave[:-1]) / 2
    return np.concatenate(
        [[1.5 * wave[0] - 0.5 * wave[1]], middle, [1.5 * wave[-1] - 0.5 * wave[-2]]]
    )
