"""The components that an ingest fitted to its spectra in windows, read back with numpy alone.

In each of many half-overlapping windows a spectrum is divided by its median, placed by weighted
least squares and made anew from its place, as `ingest.anomaly.pca_chi2` does. Few components a
window cannot learn what is odd in one spectrum: what they leave is what the detectors saw.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vo_service.errors import FatalError

WINDOW_FILES = "window-*.npz"

MIN_COVERAGE = 0.5
"""Share of a window's pixels that a spectrum must have."""

_RIDGE = 1e-6
"""Added to the diagonal of the normal equations, whose weights have mean 1."""


@dataclass(frozen=True, slots=True)
class Window:
    """Mean and components in the pixels first:last of the grid.

    Attributes
    ----------
    first, last : int
    mean : float32, shape (last - first,)
        Of spectra divided by their medians.
    basis : float32, shape (k, last - first)
        Orthonormal rows.
    """

    first: int
    last: int
    mean: np.ndarray
    basis: np.ndarray


@dataclass(frozen=True, slots=True)
class SpectrumModel:
    """All windows side by side; a shorter one, or one of fewer components, is filled with zeros.

    Attributes
    ----------
    pixels : int64, shape (n_windows, n_pix)
        Of the grid.
    share : float32, shape (n_windows, n_pix)
        How much a window counts at a pixel, most in its middle; 0 where it is filled up.
    mean : float32, shape (n_windows, n_pix)
    basis : float32, shape (n_windows, k, n_pix)
    """

    pixels: np.ndarray
    share: np.ndarray
    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def join(cls, windows: Sequence[Window]) -> "SpectrumModel":
        """Lay windows side by side."""
        pixels = max(w.mean.size for w in windows)
        model = cls(
            np.zeros((len(windows), pixels), np.int64),
            np.zeros((len(windows), pixels), np.float32),
            np.zeros((len(windows), pixels), np.float32),
            np.zeros((len(windows), max(len(w.basis) for w in windows), pixels), np.float32),
        )
        for i, window in enumerate(windows):
            size = window.mean.size
            rising = np.arange(1, size + 1)
            model.pixels[i, :size] = np.arange(window.first, window.last)
            model.share[i, :size] = np.minimum(rising, rising[::-1])
            model.mean[i, :size] = window.mean
            model.basis[i, : len(window.basis), :size] = window.basis
        return model

    def reconstruct(self, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
        """Make a spectrum anew from its components, gaps too.

        Parameters
        ----------
        flux, ivar : float32, shape (n_grid,)
            On the common grid; ivar 0 marks a missing pixel.

        Returns
        -------
        float32, shape (n_grid,)
            In the unit of the flux; NaN where no window has enough pixels and a positive median.
        """
        inside = self.share > 0
        flux_in, ivar_in = flux[self.pixels], ivar[self.pixels]
        present = inside & (ivar_in > 0) & np.isfinite(flux_in)
        median = _medians(flux_in, present)
        usable = (median > 0) & (present.sum(axis=1) >= MIN_COVERAGE * inside.sum(axis=1))
        scale = np.where(usable, median, 1).astype(np.float32)[:, None]
        kept = present & usable[:, None]
        divided = np.where(kept, flux_in / scale, 0)
        weight = np.where(kept, ivar_in * scale**2, 0)
        made = scale * self._remake(divided, weight)
        share = (self.share * usable[:, None]).ravel()
        total = np.bincount(self.pixels.ravel(), share, flux.size)
        mixed = np.bincount(self.pixels.ravel(), share * made.ravel(), flux.size)
        nothing = np.full(flux.size, np.nan)
        return np.divide(mixed, total, out=nothing, where=total > 0).astype(np.float32)

    def _remake(self, flux: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Solve (U W U^T) a = U W (x - m) in each window, and return m + a U."""
        total = weight.sum(axis=1, keepdims=True)
        size = (self.share > 0).sum(axis=1, keepdims=True)
        weight = weight * np.where(total > 0, size / np.where(total > 0, total, 1), 0)
        weighted = self.basis * weight[:, None].astype(np.float32)
        normal = (weighted @ self.basis.transpose(0, 2, 1)).astype(np.float64)
        normal += _RIDGE * np.eye(normal.shape[1])
        right = weighted @ (flux - self.mean)[..., None]
        place = np.linalg.solve(normal, right.astype(np.float64)).astype(np.float32)
        return self.mean + (place * self.basis).sum(axis=1)


def read_model(folder: Path) -> SpectrumModel | None:
    """Read the models of all windows; None where the folder has none.

    Parameters
    ----------
    folder : Path
        `parts/<id>/models`.

    Raises
    ------
    FatalError
        When one cannot be read.
    """
    paths = sorted(folder.glob(WINDOW_FILES))
    return SpectrumModel.join([_read_window(path) for path in paths]) if paths else None


def _read_window(path: Path) -> Window:
    try:
        with np.load(path) as arrays:
            first, last = int(arrays["first"]), int(arrays["last"])
            return Window(first, last, arrays["pca/mean"], arrays["pca/basis"])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FatalError(f"The model in {path} cannot be read: {error}") from error


def _medians(flux: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the median of the pixels that are present in each window, 0 where none is."""
    count = present.sum(axis=1)
    ordered = np.sort(np.where(present, flux, np.inf), axis=1)
    rows, last = np.arange(len(flux)), flux.shape[1] - 1
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, last)
    with np.errstate(invalid="ignore"):
        median = 0.5 * (ordered[rows, low] + ordered[rows, high])
    return np.where(count > 0, median, 0.0)
