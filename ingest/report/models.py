"""The model of a spectrum as the window detectors see it, and what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.anomaly.pca_chi2 import WindowModel, sum_narrow
from ingest.maps.components import project, reconstruct
from ingest.prepare.normalise import divide_by_median
from ingest.subspaces import GRID


@dataclass(frozen=True, slots=True)
class Modelled:
    """Spectra with their models; float32, shape (n_spec, n_grid), NaN where there is none.

    Attributes
    ----------
    flux, model : in the survey's unit
    sigma : residual over five pixels, in units of its scatter over the survey
    """

    flux: np.ndarray
    model: np.ndarray
    sigma: np.ndarray


def model_spectra(models: Sequence[WindowModel], flux: np.ndarray, ivar: np.ndarray) -> Modelled:
    """Reconstruct spectra from the components of each window, over its middle half.

    Parameters
    ----------
    models : sequence of WindowModel
        All windows: their middle halves tile the grid.
    flux, ivar : float32, shape (n_spec, n_grid)
    """
    model = np.full((len(flux), GRID.pixels), np.nan, np.float32)
    sigma = model.copy()
    for window in models:
        pixels = slice(window.first, window.last)
        middle = slice(window.middle_first, window.middle_last)
        over_median, scaled_ivar = divide_by_median(flux[:, pixels], ivar[:, pixels])
        made = reconstruct(window.pca, project(window.pca, over_median, scaled_ivar).coefficients)
        narrow = sum_narrow(over_median - made, scaled_ivar)[:, middle] / window.scatter
        target = slice(window.first + middle.start, window.first + middle.stop)
        model[:, target] = (made * _medians(flux[:, pixels], ivar[:, pixels]))[:, middle]
        sigma[:, target] = narrow
    return Modelled(np.where(ivar > 0, flux, np.float32(np.nan)), model, sigma)


def _medians(flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Return what `divide_by_median` divides by, shape (n_spec, 1); NaN where it does not."""
    present = (ivar > 0) & np.isfinite(flux)
    known = present.any(axis=1)
    medians = np.full(len(flux), np.nan, np.float32)
    medians[known] = np.nanmedian(np.where(present[known], flux[known], np.nan), axis=1)
    return np.where(medians > 0, medians, np.nan)[:, None]
