"""Rebinning kernels: pure arrays, many spectra a call.

Both average flux density over output pixels and carry the noise, with the correlation rho between
neighbouring input pixels. An output pixel that a bad input pixel contributes to is missing.
"""

import numba
import numpy as np

NEGLIGIBLE = 1e-3
"""A share of an output pixel that may be bad, or not covered; and a shift that may be left out."""


@numba.njit(cache=True, error_model="numpy")
def shift_log(
    flux: np.ndarray,
    ivar: np.ndarray,
    offsets: np.ndarray,
    rows: np.ndarray,
    first: np.ndarray,
    weight: np.ndarray,
    rho: float,
    out_flux: np.ndarray,
    out_ivar: np.ndarray,
) -> None:
    """Resample spectra on log grids of one step to the common grid: a shift and one lerp.

    var_out = u²/ivar0 + w²/ivar1 + 2 u w rho / √(ivar0 ivar1), with w the weight and u = 1 - w.

    Parameters
    ----------
    flux, ivar : float32, shape (n_pix_total,)
        Spectra end to end; ivar 0 marks a bad pixel, whose flux may be NaN.
    offsets : int64, shape (n_spec + 1,)
    rows : int64, shape (n_rows,)
        The spectra to resample.
    first : int64, shape (n_spec,)
        Input pixel that lies at or before output pixel 0; may be negative.
    weight : float64, shape (n_spec,)
        Share of the next input pixel, 0 to 1. Within `NEGLIGIBLE` of either end it is rounded.
    rho : float
        Noise correlation of neighbouring input pixels.
    out_flux, out_ivar : float32, shape (n_spec, n_grid)
        Zeros, filled where no bad pixel contributes.
    """
    n_grid = out_flux.shape[1]
    for s in rows:
        start, w = offsets[s] + first[s], weight[s]
        if w > 1.0 - NEGLIGIBLE:
            start, w = start + 1, 0.0
        step = 1
        if w < NEGLIGIBLE:
            step, w = 0, 0.0
        a, b = np.float32(1.0 - w), np.float32(w)
        aa, bb, ab = np.float32(a * a), np.float32(b * b), np.float32(2.0 * rho * a * b)
        lo = min(max(0, offsets[s] - start), n_grid)
        hi = max(lo, min(n_grid, offsets[s + 1] - start - step))
        # Views, and no branch in the loop: so it runs on eight pixels at once.
        f0, f1 = flux[start + lo : start + hi], flux[start + lo + step : start + hi + step]
        v0, v1 = ivar[start + lo : start + hi], ivar[start + lo + step : start + hi + step]
        to_flux, to_ivar = out_flux[s, lo:hi], out_ivar[s, lo:hi]
        for i in range(hi - lo):
            good = (v0[i] > 0) & (v1[i] > 0)
            ratio = v0[i] / v1[i]
            variance = aa + bb * ratio + ab * np.sqrt(ratio)
            to_flux[i] = a * f0[i] + b * f1[i] if good else np.float32(0)
            to_ivar[i] = v0[i] / variance if good else np.float32(0)


@numba.njit(cache=True, error_model="numpy")
def rebin_overlap(
    wave: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray,
    offsets: np.ndarray,
    rows: np.ndarray,
    redshift: np.ndarray,
    grid_edges: np.ndarray,
    rho: float,
    out_flux: np.ndarray,
    out_ivar: np.ndarray,
) -> None:
    """Average spectra on any grids over the pixels of the common grid by their overlaps.

    Parameters
    ----------
    wave : float64, shape (n_pix_total,)
        Observed wavelengths of the pixel centres, increasing in each spectrum [Angstrom]. Pixels
        meet half way between their centres.
    flux, ivar : float32, shape (n_pix_total,)
        Spectra end to end; ivar 0 marks a bad pixel, whose flux may be NaN.
    offsets : int64, shape (n_spec + 1,)
    rows : int64, shape (n_rows,)
        The spectra to resample.
    redshift : float64, shape (n_spec,)
    grid_edges : float64, shape (n_grid + 1,)
        Edges of the common grid, rest frame [Angstrom].
    rho : float
        Noise correlation of neighbouring input pixels.
    out_flux, out_ivar : float32, shape (n_spec, n_grid)
        Zeros, filled where no bad pixel contributes and all is covered.
    """
    for s in rows:
        part = slice(offsets[s], offsets[s + 1])
        centres = wave[part] / (1.0 + redshift[s])
        if centres.size > 1:
            edges = _edges(centres)
            _overlap(edges, flux[part], ivar[part], grid_edges, rho, out_flux[s], out_ivar[s])


@numba.njit(cache=True)
def _edges(centres: np.ndarray) -> np.ndarray:
    edges = np.empty(centres.size + 1)
    edges[1:-1] = 0.5 * (centres[1:] + centres[:-1])
    edges[0] = 1.5 * centres[0] - 0.5 * centres[1]
    edges[-1] = 1.5 * centres[-1] - 0.5 * centres[-2]
    return edges


@numba.njit(cache=True, error_model="numpy")
def _overlap(
    edges: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray,
    grid_edges: np.ndarray,
    rho: float,
    out_flux: np.ndarray,
    out_ivar: np.ndarray,
) -> None:
    j = 0
    for i in range(out_flux.size):
        lo, hi = grid_edges[i], grid_edges[i + 1]
        while j < flux.size and edges[j + 1] <= lo:
            j += 1
        covered, value, variance, previous = 0.0, 0.0, 0.0, 0.0
        k = j
        while k < flux.size and edges[k] < hi:
            share = (min(hi, edges[k + 1]) - max(lo, edges[k])) / (hi - lo)
            if ivar[k] > 0:
                noise = share / np.sqrt(np.float64(ivar[k]))
                covered += share
                value += share * flux[k]
                variance += noise * noise + 2.0 * rho * noise * previous
                previous = noise
            k += 1
        if covered > 1.0 - NEGLIGIBLE:
            out_flux[i] = value / covered
            out_ivar[i] = covered * covered / variance
