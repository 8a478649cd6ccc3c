"""Observed spectra to the common rest-frame grid."""

import numpy as np

from ingest.batches import GriddedBatch, SpectrumBatch
from ingest.kernels.rebin import rebin_overlap, shift_log
from ingest.prepare.mask import find_sky, find_sky_explicit, mask_bad
from ingest.subspaces import GRID

SDSS_RHO = 0.25
"""Noise correlation of neighbouring pixels of SDSS spectra.

With it the chi2 of 700 real spectra does not depend on the phase between their grid and ours; with
0.17 it is 10 ± 4 % greater half a pixel off.
"""


def to_rest_grid(batch: SpectrumBatch, rho: float = SDSS_RHO) -> GriddedBatch:
    """Shift spectra to rest and resample them on the common grid, flux conserved.

    Flux density keeps its observed-frame scale: it is not multiplied by 1 + z. Neighbouring output
    pixels are correlated, more so than those of the input.

    Parameters
    ----------
    batch : SpectrumBatch
        A spectrum without a finite redshift above -1 is all missing.
    rho : float
        Noise correlation of neighbouring input pixels.

    Returns
    -------
    GriddedBatch
        ivar 0 and flux 0 where a bad pixel contributes, or none.
    """
    flux = np.zeros((len(batch), GRID.pixels), np.float32)
    ivar = np.zeros((len(batch), GRID.pixels), np.float32)
    good = _usable(batch)
    z = batch.facts["z"].to_numpy().astype(np.float64)
    known = np.isfinite(z) & (z > -1)
    z = np.where(known, z, 0.0)
    on_log = np.isclose(batch.loglam_step, GRID.step, rtol=1e-9, atol=0) & np.isfinite(
        batch.loglam0
    )
    place = (GRID.loglam0 + np.log10(1 + z) - np.where(on_log, batch.loglam0, 0.0)) / GRID.step
    place = np.clip(place, -1e9, 1e9)  # far off the grid, and an integer still
    first = np.floor(place).astype(np.int64)
    rows = np.flatnonzero(known & on_log)
    shift_log(batch.flux, good, batch.offsets, rows, first, place - first, rho, flux, ivar)
    rows = np.flatnonzero(known & ~on_log)
    if rows.size:
        edges = _grid_edges()
        wave = _observed_wave(batch)
        rebin_overlap(wave, batch.flux, good, batch.offsets, rows, z, edges, rho, flux, ivar)
    return GriddedBatch(flux, ivar)


def _usable(batch: SpectrumBatch) -> np.ndarray:
    """Return the inverse variance, 0 at pixels that are not to be used."""
    ivar = mask_bad(batch.flux, batch.ivar)
    if batch.wave is None:
        ivar[find_sky(batch.offsets, batch.loglam0, batch.loglam_step)] = 0
    else:
        ivar[find_sky_explicit(batch.wave)] = 0
    return ivar


def _observed_wave(batch: SpectrumBatch) -> np.ndarray:
    if batch.wave is not None:
        return batch.wave
    sizes = np.diff(batch.offsets)
    place = np.arange(batch.offsets[-1]) - np.repeat(batch.offsets[:-1], sizes)
    return 10 ** (np.repeat(batch.loglam0, sizes) + np.repeat(batch.loglam_step, sizes) * place)


def _grid_edges() -> np.ndarray:
    """Return the edges of the grid's pixels, half way between centres [Angstrom]."""
    beyond = 10 ** (GRID.loglam0 + GRID.step * np.arange(-1, GRID.pixels + 1))
    return (beyond[1:] + beyond[:-1]) / 2
