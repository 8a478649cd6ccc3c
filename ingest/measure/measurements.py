"""All that is measured of a shard of spectra: lines and indices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.maps.components import PcaModel
from ingest.measure.continuum import make_continuum
from ingest.measure.indices import Indices, measure_indices
from ingest.measure.linelist import Line
from ingest.measure.lines import LineFits, fit_lines


@dataclass(frozen=True, slots=True)
class Measurements:
    """Lines and indices of the same spectra."""

    fits: LineFits
    indices: Indices

    @classmethod
    def concatenate(cls, parts: Sequence["Measurements"]) -> "Measurements":
        """Put the measurements of shards after one another."""
        return cls(
            LineFits.concatenate([part.fits for part in parts]),
            Indices.concatenate([part.indices for part in parts]),
        )


def measure(
    model: PcaModel, lines: tuple[Line, ...], flux: np.ndarray, ivar: np.ndarray, z: np.ndarray
) -> Measurements:
    """Measure spectra; each by itself, so that shards of any size give equal bits.

    Parameters
    ----------
    model : PcaModel
        The survey's continua, of `fit_continua`.
    lines : tuple of Line
        Emission lines, by wavelength.
    flux, ivar : float32, shape (n_spec, n_grid)
        On the common grid; flux density per observed-frame Angstrom, ivar 0 at missing pixels.
    z : float64, shape (n_spec,)
    """
    fits = fit_lines(lines, flux, ivar, make_continuum(model, flux, ivar), z)
    return Measurements(fits, measure_indices(flux, ivar, z, fits))
