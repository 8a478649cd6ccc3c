"""One spectrum, observed or at rest, as a table."""

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from astropy import units
from astropy.io import fits

from vo_service.errors import UsageError
from vo_service.formats.registry import find_format
from vo_service.formats.result import Info, Result
from vo_service.release.field import Field
from vo_service.services.holdings import Holding

FLUX_UNIT = "10**-17 erg.s**-1.cm**-2.Angstrom**-1"
IVAR_UNIT = "10**34 erg**-2.s**2.cm**4.Angstrom**2"
FITS_TYPE = "application/fits"
FRAMES = ("observed", "rest")

_AXIS = "spec:Spectrum.Data.SpectralAxis.Value"
_FLUX = "spec:Spectrum.Data.FluxAxis.Value"

_IVAR = Field(
    "ivar",
    "float",
    "Inverse variance of the flux; 0 marks a bad pixel",
    IVAR_UNIT,
    "stat.weight;phot.flux.density",
)
_DENSITY = "phot.flux.density;em.wl"

FIELDS = {
    "observed": (
        Field(
            "wave", "double", "Wavelength, observed frame, vacuum", "Angstrom", "em.wl", utype=_AXIS
        ),
        Field(
            "flux", "float", "Flux density as the survey gives it", FLUX_UNIT, _DENSITY, utype=_FLUX
        ),
        _IVAR,
        Field("mask", "int", "The survey's bad-pixel bits", ucd="meta.code.qual"),
        Field("sky", "float", "Sky that was subtracted", FLUX_UNIT, "phot.flux.density;obs.field"),
    ),
    "rest": (
        Field("wave", "double", "Wavelength, rest frame, vacuum", "Angstrom", "em.wl", utype=_AXIS),
        Field(
            "flux", "float", "Flux density, observed-frame scale", FLUX_UNIT, _DENSITY, utype=_FLUX
        ),
        _IVAR,
    ),
}
"""The columns of a spectrum, by frame."""


@dataclass(frozen=True, slots=True)
class SpectrumFile:
    """An encoded spectrum."""

    media_type: str
    file_name: str
    data: bytes


def get_spectrum(
    holding: Holding, obj_id: int, frame: str, response_format: str | None
) -> SpectrumFile:
    """Encode a spectrum.

    Parameters
    ----------
    holding : Holding
    obj_id : int
    frame : str
        observed, or rest: on the common grid, gaps with ivar 0.
    response_format : str, optional
        votable (default), fits, csv, tsv.

    Raises
    ------
    NotFoundError
        When there is no such spectrum.
    UsageError
        When frame or format is unknown.
    """
    if frame not in FRAMES:
        raise UsageError(f"FRAME '{frame[:40]}' is not known; use observed or rest.")
    table = _table(holding, obj_id, frame)
    name = f"spectrum-{obj_id}-{frame}"
    if (response_format or "").lower() in ("fits", FITS_TYPE, "image/fits"):
        return SpectrumFile(FITS_TYPE, f"{name}.fits", _fits(table, frame, obj_id))
    form = find_format(response_format or "votable/td")
    infos = (Info("obj_id", str(obj_id)), Info("frame", frame))
    result = Result(
        FIELDS[frame], iter(table.to_batches()), infos=infos, table_name=name, utype="spec:Spectrum"
    )
    return SpectrumFile(form.media_type, f"{name}.{form.extension}", b"".join(form.encode(result)))


def _table(holding: Holding, obj_id: int, frame: str) -> pa.Table:
    spectrum = holding.observed(obj_id) if frame == "observed" else holding.rest(obj_id)
    return pa.table({f.name: np.asarray(getattr(spectrum, f.name)) for f in FIELDS[frame]})


def _fits(table: pa.Table, frame: str, obj_id: int) -> bytes:
    columns = [
        fits.Column(
            name=f.name,
            format={"double": "D", "float": "E", "int": "J"}[f.datatype],
            array=table[f.name].to_numpy(),
            unit=units.Unit(f.unit, format="vounit").to_string("fits") if f.unit else None,
        )
        for f in FIELDS[frame]
    ]
    hdu = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    hdu.header["OBJ_ID"] = (str(obj_id), "Identifier in the oddsky tables")
    hdu.header["FRAME"] = (frame, "Frame of the wavelengths, vacuum")
    sink = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(sink)
    return sink.getvalue()
