"""The columns of a spectrum in each frame, and their values."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.models import SpectrumModel
from vo_service.release.types import TYPES
from vo_service.services.holdings import Holding

FLUX_UNIT = "10**-17 erg.s**-1.cm**-2.Angstrom**-1"
IVAR_UNIT = "10**34 erg**-2.s**2.cm**4.Angstrom**2"
FRAMES = ("observed", "rest")

_DATA = "spec:Spectrum.Data."
_DENSITY = "phot.flux.density;em.wl"


def _wave(frame: str) -> Field:
    about = f"Wavelength, {frame}, vacuum"
    return Field("wave", "double", about, "Angstrom", "em.wl", utype=f"{_DATA}SpectralAxis.Value")


def _density(name: str, about: str, ucd: str = _DENSITY, utype: str = "") -> Field:
    return Field(name, "float", about, FLUX_UNIT, ucd, utype=utype and _DATA + utype)


_IVAR = Field(
    "ivar",
    "float",
    "Inverse variance of the flux; 0 marks a bad pixel",
    IVAR_UNIT,
    "stat.weight;phot.flux.density",
)
_FLUX = "FluxAxis.Value"

FIELDS = {
    "observed": (
        _wave("observed frame"),
        _density("flux", "Flux density as the survey gives it", utype=_FLUX),
        _IVAR,
        Field(
            "mask",
            "int",
            "The survey's bad-pixel bits",
            ucd="meta.code.qual",
            utype=f"{_DATA}FluxAxis.Quality",
        ),
        _density(
            "sky",
            "Sky that was subtracted",
            "phot.flux.density;obs.field",
            "BackgroundModel.Value",
        ),
    ),
    "rest": (
        _wave("rest frame"),
        _density(
            "flux", "Flux density on the observed frame's scale; null where missing", utype=_FLUX
        ),
        _IVAR,
        _density(
            "model", "Reconstruction from the survey's own components", f"{_DENSITY};meta.modelled"
        ),
        Field(
            "residual",
            "float",
            "Flux less model over the standard error; null where missing",
            ucd="stat.fit.residual",
        ),
    ),
}
"""The columns of a spectrum, by frame."""

ERROR = _density(
    "error",
    "Standard error of the flux; null where ivar is 0",
    f"stat.error;{_DENSITY}",
    "FluxAxis.Accuracy.StatError",
)
"""Follows the flux where readers take the next column of the flux's unit for its error."""

OBJ_ID = Field("obj_id", "long", "Identifier of the spectrum", ucd="meta.id;meta.main", role="id")
"""Before the others where several spectra share a table."""

Columns = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One spectrum.

    Attributes
    ----------
    obj_id : int
    frame : str
    columns : dict of ndarray, shape (n_pix,)
        By the names of FIELDS; a NaN is not known.
    """

    obj_id: int
    frame: str
    columns: Columns

    def error(self) -> np.ndarray:
        """Return the standard error of the flux, float32; NaN where ivar is 0."""
        return standard_error(self.columns["ivar"])


def check_frame(frame: str | None) -> str:
    """Return a frame that is known; observed when none is named.

    Raises
    ------
    UsageError
        When it is another.
    """
    plain = (frame or FRAMES[0]).strip().lower()
    if plain not in FRAMES:
        raise UsageError(f"FRAME '{frame[:40]}' is not known; use observed or rest.")  # type: ignore[index]
    return plain


def read_spectrum(holding: Holding, obj_id: int, frame: str) -> Spectrum:
    """Read a spectrum; at rest, with what the survey's components make of it.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    if frame == "observed":
        seen = holding.observed(obj_id)
        return Spectrum(obj_id, frame, {f.name: getattr(seen, f.name) for f in FIELDS[frame]})
    rest = holding.rest(obj_id)
    columns = rest_columns(rest.wave, rest.flux, rest.ivar, holding.model(obj_id))
    return Spectrum(obj_id, frame, columns)


def rest_columns(
    wave: np.ndarray, flux: np.ndarray, ivar: np.ndarray, model: SpectrumModel | None
) -> Columns:
    """Lay out a spectrum on the common grid.

    Parameters
    ----------
    wave : float64, shape (n_grid,)
    flux, ivar : float32, shape (n_grid,)
    model : SpectrumModel, optional
        None leaves model and residual unknown.
    """
    flux = np.where(ivar > 0, flux, np.float32(np.nan))
    made = (
        np.full(flux.size, np.nan, np.float32) if model is None else model.reconstruct(flux, ivar)
    )
    residual = (flux - made) * np.sqrt(ivar)
    return {"wave": wave, "flux": flux, "ivar": ivar, "model": made, "residual": residual}


def standard_error(ivar: np.ndarray) -> np.ndarray:
    """Return the standard error that belongs to an inverse variance, float32; NaN for 0."""
    known = ivar > 0
    error = np.full(ivar.shape, np.nan, np.float32)
    np.divide(1, np.sqrt(ivar, where=known, out=error), where=known, out=error)
    return error


def with_error(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Put the error behind the flux."""
    place = [f.name for f in fields].index("flux") + 1
    return (*fields[:place], ERROR, *fields[place:])


def to_batch(fields: tuple[Field, ...], columns: Columns) -> pa.RecordBatch:
    """Make a batch of rows; a NaN becomes null."""
    if ERROR in fields:
        columns = columns | {ERROR.name: standard_error(columns["ivar"])}
    arrays = [pa.array(columns[f.name], TYPES[f.datatype].arrow, from_pandas=True) for f in fields]
    return pa.RecordBatch.from_arrays(arrays, [f.name for f in fields])
