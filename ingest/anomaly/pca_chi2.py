"""Reconstruction error in windows: what the survey's own components cannot explain.

In each of many half-overlapping windows a spectrum is fitted by a few components with its real
inverse variance. How the windows are combined decides what is found: the mean finds faults that
run through a spectrum, the worst window finds local ones, five-pixel sums find lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.maps.components import PcaModel, fit_components, project, reconstruct
from ingest.prepare.normalise import coverage, divide_by_median
from ingest.subspaces import Window

NARROW_PIXELS = 5
MIN_COVERAGE = 0.5
FRACTIONAL_ERROR = 0.02
"""Error floor of `pca_frac`, as a share of the flux: it takes the sway of bright spectra."""


@dataclass(frozen=True, slots=True)
class WindowModel:
    """What is fitted in a window.

    Attributes
    ----------
    first, last : int
        The window's pixels of the grid are first:last.
    middle_first, middle_last : int
        Its middle half, in which its narrow residuals are judged.
    pca : PcaModel
    scatter : float32, shape (n_middle,)
        Of the narrow residuals over the reference, at least 1. It holds what the pipeline's noise
        does not: sky residuals, and the diversity of galaxies that the components leave.
    scale : float
        Median chi2 per degree of freedom of the reference.
    centre, spread : float
        Median of ln chi2_dof over the scale, and 1.4826 times its median absolute deviation.
    frac_centre, frac_spread : float
        The same of the chi2 with the fractional error.
    """

    first: int
    last: int
    middle_first: int
    middle_last: int
    pca: PcaModel
    scatter: np.ndarray
    scale: float
    centre: float
    spread: float
    frac_centre: float
    frac_spread: float


@dataclass(frozen=True, slots=True)
class WindowResults:
    """What each window says of each spectrum; NaN, and pixel -1, where it is not covered.

    Attributes
    ----------
    chi2_dof : float32, shape (n_spec, n_windows)
        Reduced chi2 over its median in the window.
    score : float32, shape (n_spec, n_windows)
        Robust deviation of ln chi2_dof; greater is stranger.
    frac_score : float32, shape (n_spec, n_windows)
        The same of the chi2 with an error floor of 2 % of the flux.
    peak_sigma : float32, shape (n_spec, n_windows)
        The strongest five-pixel residual in the window's middle half, in units of its scatter over
        the survey; positive is an excess.
    peak_pixel : int32, shape (n_spec, n_windows)
        Where it is, as a pixel of the grid.
    """

    chi2_dof: np.ndarray
    score: np.ndarray
    frac_score: np.ndarray
    peak_sigma: np.ndarray
    peak_pixel: np.ndarray


@dataclass(frozen=True, slots=True)
class _Fitted:
    chi2: np.ndarray
    frac: np.ndarray
    narrow: np.ndarray


def fit_window(
    windows: Sequence[Window], number: int, flux: np.ndarray, ivar: np.ndarray, components: int
) -> WindowModel:
    """Fit a window to a reference sample.

    Parameters
    ----------
    windows : sequence of Window
        All of them: a window's middle half ends where its neighbour's begins.
    number : int
        The one to fit.
    flux, ivar : float32, shape (n_spec, n_grid)
    components : int
    """
    pixels, middle = windows[number].pixels, _middle(windows, number)
    flux, ivar = divide_by_median(flux[:, pixels], ivar[:, pixels])
    pca = fit_components(flux, ivar, components)
    fitted = _fit(pca, middle, flux, ivar)
    median = _nanmedian(fitted.chi2)
    scale = np.where(median > 0, median, 1.0)
    centre, spread = _spread(_log(fitted.chi2 / scale))
    scatter = np.maximum(1.4826 * _nanmedian(np.abs(fitted.narrow)), 1.0).astype(np.float32)
    frac = _spread(_log(fitted.frac))
    return WindowModel(
        pixels.start, pixels.stop, middle.start, middle.stop, pca, scatter, float(scale),
        centre, spread, *frac,
    )  # fmt: skip


def judge_windows(
    models: Sequence[WindowModel], flux: np.ndarray, ivar: np.ndarray
) -> WindowResults:
    """Say how badly spectra, float32, shape (n_spec, n_grid), are reconstructed in each window."""
    judged = [_judge(model, flux, ivar) for model in models]
    columns = [np.stack(values, axis=1) for values in zip(*judged, strict=True)]
    return WindowResults(*columns)


def combine_windows(results: WindowResults) -> dict[str, np.ndarray]:
    """Combine the windows to the headline detectors.

    Returns
    -------
    dict of float64, shape (n_spec,)
        `pca_worst`, `pca_mean`, `pca_narrow`, `pca_frac`; NaN where no window is covered.
    """
    return {
        "pca_worst": _over_windows(np.fmax.reduce, results.score),
        "pca_mean": _over_windows(_nanmean, results.score),
        "pca_narrow": _over_windows(np.fmax.reduce, np.abs(results.peak_sigma)),
        "pca_frac": _over_windows(_nanmean, results.frac_score),
    }


def sum_narrow(residual: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Sum residuals over five pixels, in units of the sum's own noise.

    Parameters
    ----------
    residual, ivar : float32, shape (n_spec, n_pix)
        ivar 0 marks a missing pixel.

    Returns
    -------
    float32, shape (n_spec, n_pix)
        NaN where fewer than four of the five pixels are present.
    """
    present = ivar > 0
    variance = np.divide(1, ivar, out=np.zeros_like(ivar), where=present)
    total = _running(np.where(present, residual, 0))
    noise = np.sqrt(_running(variance))
    enough = _running(present.astype(np.float32)) >= NARROW_PIXELS - 1
    out = np.full(residual.shape, np.nan, np.float32)
    return np.divide(total, noise, out=out, where=enough & (noise > 0))


def _fit(pca: PcaModel, middle: slice, flux: np.ndarray, ivar: np.ndarray) -> _Fitted:
    """Fit spectra over their median, float32, shape (n_spec, n_window)."""
    covered = coverage(ivar) >= MIN_COVERAGE
    placed = project(pca, flux, ivar)
    model = reconstruct(pca, placed.coefficients)
    residual = flux - model
    floor = np.square(FRACTIONAL_ERROR * model)
    softer = ivar / (1 + ivar * floor)
    dof = np.maximum((ivar > 0).sum(axis=1) - len(pca.basis), 1)
    frac = np.einsum("ij,ij,ij->i", residual, residual, softer) / dof
    narrow = sum_narrow(residual, ivar)[:, middle]
    return _Fitted(
        np.where(covered, placed.chi2_dof, np.nan).astype(np.float32),
        np.where(covered, frac, np.nan).astype(np.float32),
        np.where(covered[:, None], narrow, np.float32(np.nan)),
    )


def _judge(model: WindowModel, flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, ...]:
    flux, ivar = divide_by_median(
        flux[:, model.first : model.last], ivar[:, model.first : model.last]
    )
    fitted = _fit(model.pca, slice(model.middle_first, model.middle_last), flux, ivar)
    chi2 = fitted.chi2 / np.float32(model.scale)
    score = _deviation(_log(chi2), model.centre, model.spread)
    frac = _deviation(_log(fitted.frac), model.frac_centre, model.frac_spread)
    sigma, place = _peaks(fitted.narrow / model.scatter)
    pixel = np.where(place < 0, -1, place + model.first + model.middle_first)
    return chi2, score, frac, sigma, pixel.astype(np.int32)


def _peaks(relative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the strongest residual of each spectrum and its place; NaN and -1 for none."""
    size = np.nan_to_num(np.abs(relative), nan=-1.0)
    place = size.argmax(axis=1)
    rows = np.arange(len(relative))
    known = size[rows, place] >= 0
    sigma = np.where(known, relative[rows, place], np.nan).astype(np.float32)
    return sigma, np.where(known, place, -1)


def _log(chi2: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(chi2)


def _deviation(values: np.ndarray, centre: float, spread: float) -> np.ndarray:
    """Return values less their centre, over their spread; 0 where there is no spread."""
    if not spread > 0:
        return np.where(np.isnan(values), np.nan, 0).astype(np.float32)
    return ((values - centre) / spread).astype(np.float32)


def _spread(values: np.ndarray) -> tuple[float, float]:
    centre = _nanmedian(values)
    return float(centre), float(1.4826 * _nanmedian(np.abs(values - centre)))


def _middle(windows: Sequence[Window], i: int) -> slice:
    """Return the half of a window that is nearest to its centre; the outer ones reach the edge."""
    start, stop = windows[i].pixels.start, windows[i].pixels.stop
    quarter = (stop - start) // 4
    lo = 0 if i == 0 else quarter
    hi = stop - start if i == len(windows) - 1 else windows[i + 1].pixels.start + quarter - start
    return slice(lo, hi)


def _running(values: np.ndarray) -> np.ndarray:
    """Sum over five pixels around each; fewer at the edges."""
    half = NARROW_PIXELS // 2
    padded = np.pad(values, ((0, 0), (half, half)))
    n_pix = values.shape[1]
    return np.sum([padded[:, i : i + n_pix] for i in range(NARROW_PIXELS)], axis=0)


def _over_windows(combine: Callable, values: np.ndarray) -> np.ndarray:
    return combine(np.asarray(values, np.float64).T)


def _nanmean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _nanmedian(values: np.ndarray) -> np.ndarray:
    """Return medians of columns, NaN where a column has no value, without a warning."""
    empty = ~np.isfinite(values).any(axis=0)
    return np.where(empty, np.nan, np.nanmedian(np.where(empty, 0, values), axis=0))
