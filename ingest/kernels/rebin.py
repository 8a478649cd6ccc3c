"""Rebinning kernels: pure arrays, one spectrum a call of the outer loop.

Both average flux density over output pixels and carry the noise, with the correlation rho between
neighbouring input pixels. An output pixel that a bad input pixel contributes to is missing.
"""

import numba
import numpy as np

NEGLIGIBLE = 1e-3
"""A pixel that contributes less than this share may be bad."""


@numba.njit(cache=True, parallel=True)
def shift_log(flux, ivar, offsets, first, weight, rho, out_flux, out_ivar):
    """Resample spectra on log grids of one step to the common grid: a shift and one lerp.

    Parameters
    ----------
    flux, ivar : float32, shape (n_pix_total,)
        Spectra end to end; ivar 0 marks a bad pixel.
    offsets : int64, shape (n_spec + 1,)
    first : int64, shape (n_spec,)
        Input pixel that lies at or before output pixel 0; may be negative.
    weight : float64, shape (n_spec,)
        Share of the next input pixel, 0 to 1.
    rho : float
        Noise correlation of neighbouring input pixels.
    out_flux, out_ivar : float32, shape (n_spec, n_grid)
        Filled; 0 and 0 where missing.
    """
    n_grid = out_flux.shape[1]
    for s in numba.prange(first.size):
        w1 = weight[s]
        w0 = 1.0 - w1
        size = offsets[s + 1] - offsets[s]
        for i in range(n_grid):
            out_flux[s, i] = 0.0
            out_ivar[s, i] = 0.0
            j = first[s] + i
            uses0, uses1 = w0 > NEGLIGIBLE, w1 > NEGLIGIBLE
            if (uses0 and (j < 0 or j >= size)) or (uses1 and (j + 1 < 0 or j + 1 >= size)):
                continue
            p = offsets[s] + j
            value, variance, sd0 = 0.0, 0.0, 0.0
            if uses0:
                if ivar[p] <= 0:
                    continue
                sd0 = w0 / np.sqrt(ivar[p])
                value += w0 * flux[p]
                variance += sd0 * sd0
            if uses1:
                if ivar[p + 1] <= 0:
                    continue
                sd1 = w1 / np.sqrt(ivar[p + 1])
                value += w1 * flux[p + 1]
                variance += sd1 * sd1 + 2.0 * rho * sd0 * sd1
            total = (w0 if uses0 else 0.0) + (w1 if uses1 else 0.0)
            out_flux[s, i] = value / total
            out_ivar[s, i] = total * total / variance


@numba.njit(cache=True)
def rebin_overlap(edges, flux, ivar, grid_edges, rho, out_flux, out_ivar):
    """Average one spectrum on any grid over the pixels of the common grid by their overlaps.

    Parameters
    ----------
    edges : float64, shape (n_pix + 1,)
        Rest-frame pixel edges, increasing [Angstrom].
    flux, ivar : float32, shape (n_pix,)
    grid_edges : float64, shape (n_grid + 1,)
        Edges of the common grid [Angstrom].
    rho : float
        Noise correlation of neighbouring input pixels.
    out_flux, out_ivar : float32, shape (n_grid,)
        Filled; 0 and 0 where missing or not covered in full.
    """
    n_pix = flux.size
    j = 0
    for i in range(out_flux.size):
        out_flux[i] = 0.0
        out_ivar[i] = 0.0
        lo, hi = grid_edges[i], grid_edges[i + 1]
        if lo < edges[0] or hi > edges[n_pix]:
            continue
        while edges[j + 1] <= lo:
            j += 1
        value, variance, previous = 0.0, 0.0, 0.0
        good = True
        k = j
        while k < n_pix and edges[k] < hi:
            share = (min(hi, edges[k + 1]) - max(lo, edges[k])) / (hi - lo)
            if share > NEGLIGIBLE:
                if ivar[k] <= 0:
                    good = False
                    break
                sd = share / np.sqrt(ivar[k])
                value += share * flux[k]
                variance += sd * sd + 2.0 * rho * sd * previous
                previous = sd
            k += 1
        if good and variance > 0:
            out_flux[i] = value
            out_ivar[i] = 1.0 / variance
