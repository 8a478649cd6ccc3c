"""Reconstruction error in windows: what the survey's own components cannot explain.

In each of many half-overlapping windows a spectrum is fitted by a few components with its real
inverse variance. How the windows are combined decides what is found: the mean finds faults that
run through a spectrum, the worst window finds local ones, five-pixel sums find lines.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.maps.components import fit_components, project, reconstruct
from ingest.prepare.normalise import coverage, divide_by_median
from ingest.subspaces import Window

NARROW_PIXELS = 5
MIN_COVERAGE = 0.5
SCATTER_SAMPLE = 5000
"""Spectra from which the scatter of the residuals is measured at every pixel."""

ReadPixels = Callable[[slice], Iterable[tuple[np.ndarray, np.ndarray]]]


@dataclass(frozen=True, slots=True)
class WindowResults:
    """What each window says of each spectrum; NaN, and pixel -1, where it is not covered.

    Attributes
    ----------
    chi2_dof : float32, shape (n_spec, n_windows)
        Reduced chi2 over its median in the window.
    score : float32, shape (n_spec, n_windows)
        Robust deviation of ln chi2_dof; greater is stranger.
    peak_sigma : float32, shape (n_spec, n_windows)
        The strongest five-pixel residual in the window's middle half, in units of its scatter over
        the survey; positive is an excess.
    peak_pixel : int32, shape (n_spec, n_windows)
        Where it is, as a pixel of the grid.
    """

    chi2_dof: np.ndarray
    score: np.ndarray
    peak_sigma: np.ndarray
    peak_pixel: np.ndarray


def judge_windows(
    read: ReadPixels,
    windows: Sequence[Window],
    components: int,
    advance: Callable[[int], None] = lambda done: None,
) -> WindowResults:
    """Fit every window and keep how badly each spectrum is reconstructed.

    Parameters
    ----------
    read : callable
        Given a slice of the grid, yields flux and ivar, float32, shape (n_chunk, n_slice).
    windows : sequence of Window
    components : int
        Of each window.
    advance : callable
        Told after each window.
    """
    results = []
    for i in range(len(windows)):
        results.append(_judge_window(read, windows[i].pixels, _middle(windows, i), components))
        advance(1)
    chi2, sigma, pixel = (np.stack(columns, axis=1) for columns in zip(*results, strict=True))
    chi2 = chi2 / _nanmedian(chi2)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = robust_deviation(np.log(chi2))
    return WindowResults(chi2, score, sigma, pixel)


def combine_windows(results: WindowResults) -> dict[str, np.ndarray]:
    """Combine the windows to the headline detectors.

    Returns
    -------
    dict of float64, shape (n_spec,)
        `pca_worst`, `pca_mean`, `pca_narrow`; NaN where no window is covered.
    """
    return {
        "pca_worst": _over_windows(np.fmax.reduce, results.score),
        "pca_mean": _over_windows(_nanmean, results.score),
        "pca_narrow": _over_windows(np.fmax.reduce, np.abs(results.peak_sigma)),
    }


def robust_deviation(values: np.ndarray) -> np.ndarray:
    """Return columns less their median, over 1.4826 times their median absolute deviation."""
    centred = values - _nanmedian(values)
    spread = 1.4826 * _nanmedian(np.abs(centred))
    return np.divide(centred, spread, out=np.zeros_like(centred), where=(spread > 0))


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


def _judge_window(
    read: ReadPixels, pixels: slice, middle: slice, components: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    def chunks() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        for flux, ivar in read(pixels):
            yield divide_by_median(flux, ivar)

    model = fit_components(chunks, components)
    chi2, narrow = [], []
    for flux, ivar in chunks():
        placed = project(model, flux, ivar)
        residual = flux - reconstruct(model, placed.coefficients)
        covered = coverage(ivar) >= MIN_COVERAGE
        chi2.append(np.where(covered, placed.chi2_dof, np.nan))
        sums = sum_narrow(residual, ivar)[:, middle]
        narrow.append(np.where(covered[:, None], sums, np.nan))
    return (np.concatenate(chi2), *_peaks(np.concatenate(narrow), pixels.start + middle.start))


def _peaks(narrow: np.ndarray, first_pixel: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the strongest residual of each spectrum, its scatter at every pixel made one.

    The scatter of the survey at a pixel holds what the pipeline's noise does not: sky residuals,
    and the diversity of galaxies that the components leave.
    """
    sample = narrow[:: max(1, len(narrow) // SCATTER_SAMPLE)]
    scatter = 1.4826 * _nanmedian(np.abs(sample))
    relative = narrow / np.maximum(scatter, 1.0)
    size = np.nan_to_num(np.abs(relative), nan=-1.0)
    place = size.argmax(axis=1)
    rows = np.arange(len(narrow))
    known = size[rows, place] >= 0
    sigma = np.where(known, relative[rows, place], np.nan).astype(np.float32)
    return sigma, np.where(known, place + first_pixel, -1).astype(np.int32)


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
