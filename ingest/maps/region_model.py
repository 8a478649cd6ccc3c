"""What is fitted in a region, and where it puts spectra: components, residual, coverage."""

from dataclasses import dataclass

import numpy as np

from ingest.maps.component_count import choose_count
from ingest.maps.components import PcaModel, fit_components, project
from ingest.maps.metric import divide_by_line, metric_space
from ingest.prepare.normalise import coverage


@dataclass(frozen=True, slots=True)
class RegionModel:
    """The components of a region.

    Attributes
    ----------
    first, last : int
        The region's pixels of the grid are first:last.
    min_coverage : float
        Share of them that a spectrum must have, 0 to 1.
    pca : PcaModel
    """

    first: int
    last: int
    min_coverage: float
    pca: PcaModel


@dataclass(frozen=True, slots=True)
class RegionPlaces:
    """Spectra in the space of a region's components; NaN where the region is not covered.

    Attributes
    ----------
    components : float32, shape (n_spec, k + 1)
        Where Euclidean distance means likeness: half the tilt, and the coefficients of the spectrum
        over its straight line.
    resid : float32, shape (n_spec,)
        Chi2 per degree of freedom off the plane of the components.
    coverage : float32, shape (n_spec,)
        Share of the region's pixels that are present, 0 to 1.
    """

    components: np.ndarray
    resid: np.ndarray
    coverage: np.ndarray


def fit_region(
    pixels: slice,
    flux: np.ndarray,
    ivar: np.ndarray,
    sources: np.ndarray,
    count: int,
    limit: int,
    min_coverage: float,
    seed: int,
) -> RegionModel:
    """Fit the components of a region to a reference sample.

    Parameters
    ----------
    pixels : slice
        Of the grid.
    flux, ivar : float32, shape (n_spec, n_grid)
    sources : int64, shape (n_spec,)
        Equal for spectra of one source.
    count : int
        Components wanted; 0 chooses from noise that is held out.
    limit : int
        The most that are chosen.
    min_coverage : float
    seed : int
        Of what is held out.
    """
    flux, ivar = flux[:, pixels], ivar[:, pixels]
    enough = coverage(ivar) >= min_coverage
    flat, weight, _ = divide_by_line(flux[enough], ivar[enough])
    count = count or choose_count(flat, weight, sources[enough], seed, limit)[0]
    pca = fit_components(flat, weight, count)
    return RegionModel(pixels.start, pixels.stop, min_coverage, pca)


def place_in_region(model: RegionModel, flux: np.ndarray, ivar: np.ndarray) -> RegionPlaces:
    """Place spectra, float32, shape (n_spec, n_grid)."""
    flux, ivar = flux[:, model.first : model.last], ivar[:, model.first : model.last]
    covered = coverage(ivar)
    flat, weight, tilt = divide_by_line(flux, ivar)
    placed = project(model.pca, flat, weight)
    points = metric_space(placed.coefficients, tilt)
    thin = covered < model.min_coverage
    return RegionPlaces(
        np.where(thin[:, None], np.float32(np.nan), points),
        np.where(thin, np.float32(np.nan), placed.chi2_dof),
        covered,
    )
