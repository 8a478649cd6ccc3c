"""The components that an ingest fitted to its spectra, read back with numpy alone.

A spectrum is divided by its straight line, placed by weighted least squares, and made anew from its
place: what `ingest.maps.region_model` does for the region of the whole spectrum, one at a time.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vo_service.errors import FatalError

WHOLE_FILE = "region-whole.npz"

_RIDGE = 1e-6
"""Added to the diagonal of the normal equations, whose weights have mean 1."""

_LEAST_LEVEL = 0.1
"""A line that falls below this share of its level is not divided by."""


@dataclass(frozen=True, slots=True)
class SpectrumModel:
    """Mean and components of spectra on the common grid.

    Attributes
    ----------
    first, last : int
        The model's pixels of the grid are first:last.
    min_coverage : float
        Share of them that a spectrum must have, 0 to 1.
    mean : float32, shape (n_pix,)
        Of spectra divided by their lines.
    basis : float32, shape (k, n_pix)
        Orthonormal rows.
    """

    first: int
    last: int
    min_coverage: float
    mean: np.ndarray
    basis: np.ndarray

    def reconstruct(self, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
        """Make a spectrum anew from its components, gaps too.

        Parameters
        ----------
        flux, ivar : float32, shape (n_grid,)
            On the common grid; ivar 0 marks a missing pixel.

        Returns
        -------
        float32, shape (n_grid,)
            In the unit of the flux. NaN outside the model's pixels, and everywhere when the
            spectrum covers too little of them or its mean is not positive.
        """
        made = np.full(flux.size, np.nan, np.float32)
        inside = slice(self.first, self.last)
        present = (ivar[inside] > 0) & np.isfinite(flux[inside])
        line = fit_line(flux[inside], present)
        if present.mean() >= self.min_coverage and line.any():
            kept = present & (line > 0)
            divided = np.divide(flux[inside], line, out=np.zeros_like(line), where=kept)
            weight = np.where(kept, ivar[inside] * line**2, 0)
            made[inside] = line * (self.mean + self._place(divided, weight) @ self.basis)
        return made

    def _place(self, flux: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Solve (U W U^T) a = U W (x - m), float32, shape (k,)."""
        weight = weight / weight.mean()
        # A product with its own transpose takes BLAS half the time of one with another matrix.
        rooted = self.basis * np.sqrt(weight)
        normal = (rooted @ rooted.T).astype(np.float64)
        normal[np.diag_indices_from(normal)] += _RIDGE
        right = self.basis @ (weight * (flux - self.mean))
        return np.linalg.solve(normal, right.astype(np.float64)).astype(np.float32)


def fit_line(flux: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Fit a straight line to the pixels that are present.

    Parameters
    ----------
    flux : float32, shape (n_pix,)
    present : bool, shape (n_pix,)

    Returns
    -------
    float32, shape (n_pix,)
        The mean where the line comes near zero; 0 where the mean is not positive.
    """
    x = np.linspace(-1, 1, flux.size)
    if not present.any():
        return np.zeros(flux.size, np.float32)
    there, values = x[present], flux[present].astype(np.float64)
    centre, mean = there.mean(), values.mean()
    square = ((there - centre) ** 2).sum()
    slope = ((there - centre) * values).sum() / square if square > 0 else 0.0
    level = mean - slope * centre
    if abs(slope) > (1 - _LEAST_LEVEL) * level:
        slope, level = 0.0, mean
    return np.maximum(level + slope * x, 0).astype(np.float32)


def read_model(folder: Path) -> SpectrumModel | None:
    """Read the model of whole spectra; None where the folder has none.

    Parameters
    ----------
    folder : Path
        `parts/<id>/models`.

    Raises
    ------
    FatalError
        When it cannot be read.
    """
    path = folder / WHOLE_FILE
    if not path.exists():
        return None
    try:
        with np.load(path) as arrays:
            numbers: dict[str, Any] = {n: arrays[n].item() for n in ("first", "last")}
            return SpectrumModel(
                min_coverage=float(arrays["min_coverage"]),
                mean=arrays["pca/mean"],
                basis=np.ascontiguousarray(arrays["pca/basis"]),
                **numbers,
            )
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FatalError(f"The model in {path} cannot be read: {error}") from error
