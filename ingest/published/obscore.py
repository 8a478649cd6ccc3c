"""`ivoa.obscore` (ObsCore 1.1): one row per spectrum, as all archives describe what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.extents import Extents
from ingest.published.columns import OBJECTS_KEY, obj_id
from vo_service.release.field import Field
from vo_service.release.table import Table

METRES_PER_ANGSTROM = 1e-10
ARCSEC_PER_DEGREE = 3600.0
RADIUS_DIGITS = 8
BOSS_FIRST_MJD = 55170
"""SDSS spectra from here on are of the BOSS spectrographs, earlier ones of the first two."""

BYTES_PER_PIXEL, HEADER_BYTES = 24, 8640
"""Of a spectrum as FITS: a double and four values of four bytes, and two headers."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of all spectra of an instrument.

    Attributes
    ----------
    facility, name : str, optional
    fibre : float
        Diameter on the sky [arcsec]; NaN where not known.
    power : float
        Typical resolving power; NaN where not known.
    """

    facility: str | None = None
    name: str | None = None
    fibre: float = np.nan
    power: float = np.nan


SDSS, BOSS, DESI, SIMULATED, UNKNOWN = INSTRUMENTS = (
    Instrument("Sloan Foundation 2.5m Telescope", "SDSS spectrograph", 3.0, 2000.0),
    Instrument("Sloan Foundation 2.5m Telescope", "BOSS spectrograph", 2.0, 2000.0),
    Instrument("Mayall 4m Telescope", "DESI", 1.5, 3500.0),
    Instrument("simulation", "simulation", 3.0, 2000.0),
    Instrument(),
)
COLLECTIONS = {"sdss": "SDSS", "desi": "DESI", "mock": "Mock", "table": "Own tables"}
"""`obs_collection` by survey; others go by their own names."""

CONSTANTS: dict[str, Any] = {
    "dataproduct_type": "spectrum",
    "calib_level": 2,
    "access_format": "application/x-votable+xml;content=datalink",
    "s_xel1": 1,
    "s_xel2": 1,
    "t_exptime": None,
    "t_resolution": None,
    "t_xel": 1,
    "o_ucd": "phot.flux.density;em.wl",
    "pol_states": None,
    "pol_xel": 0,
}
"""What is the same for all spectra."""


def _text(
    name: str, description: str, utype: str, ucd: str, template: str = "", role: str = ""
) -> Field:
    field = Field(name, "char", description, "", ucd, "*", role=role, template=template)
    return _standard(field, utype)


def _integer(name: str, description: str, utype: str, ucd: str, unit: str = "") -> Field:
    return _standard(Field(name, "long", description, unit, ucd), utype)


def _number(name: str, description: str, unit: str, utype: str, ucd: str, role: str = "") -> Field:
    return _standard(Field(name, "double", description, unit, ucd, role=role), utype)


def _standard(field: Field, utype: str) -> Field:
    return replace(field, utype=f"obscore:{utype}", std=True, principal=True)


_SPACE, _TIME, _SPECTRAL = "Char.SpatialAxis", "Char.TimeAxis", "Char.SpectralAxis"
_PLACE = f"{_SPACE}.Coverage.Location.Coord.Position2D.Value2"
_LIMITS = "Coverage.Bounds.Limits"

_REGION = Field(
    "s_region",
    "char",
    "What the fibre covers, in STC-S",
    ucd="pos.outline;obs.field",
    arraysize="*",
    xtype="adql:REGION",
    role="circle",
)

FIELDS = (
    _text("dataproduct_type", "Always spectrum", "ObsDataset.dataProductType", "meta.code.class"),
    _standard(
        Field("calib_level", "int", "2: calibrated", ucd="meta.code;obs.calib"),
        "ObsDataset.calibLevel",
    ),
    _text("obs_collection", "Survey that took the spectrum", "DataID.collection", "meta.id"),
    _text("obs_id", "Identifier as the survey writes it", "DataID.observationID", "meta.id"),
    _text(
        "obs_publisher_did",
        "Identifier of the spectrum in the Virtual Observatory",
        "Curation.publisherDID",
        "meta.ref.ivoid",
        "ivo://{authority}/spectra?{obj_id}",
        "did",
    ),
    _text(
        "access_url",
        "All that can be had of the spectrum (DataLink)",
        "Access.reference",
        "meta.ref.url",
        "{base}/links?ID={obj_id}",
    ),
    _text("access_format", "Format of access_url", "Access.format", "meta.code.mime"),
    _integer(
        "access_estsize",
        "Size of the spectrum as FITS",
        "Access.size",
        "phys.size;meta.file",
        "kbyte",
    ),
    _text("target_name", "IAU name, from the truncated position", "Target.name", "meta.id;src"),
    _number("s_ra", "Right ascension, ICRS", "deg", f"{_PLACE}.C1", "pos.eq.ra", "ra"),
    _number("s_dec", "Declination, ICRS", "deg", f"{_PLACE}.C2", "pos.eq.dec", "dec"),
    _number(
        "s_fov",
        "Diameter of the fibre, null where not known",
        "deg",
        f"{_SPACE}.Coverage.Bounds.Extent.diameter",
        "phys.angSize;instr.fov",
    ),
    _standard(_REGION, f"{_SPACE}.Coverage.Support.Area"),
    _number(
        "s_resolution",
        "Diameter of the fibre: nothing smaller is resolved",
        "arcsec",
        f"{_SPACE}.Resolution.Refval.value",
        "pos.angResolution",
    ),
    _integer("s_xel1", "Always 1", f"{_SPACE}.numBins1", "meta.number"),
    _integer("s_xel2", "Always 1", f"{_SPACE}.numBins2", "meta.number"),
    _number(
        "t_min",
        "Begin of the day of the observation, MJD",
        "d",
        f"{_TIME}.{_LIMITS}.StartTime",
        "time.start;obs.exposure",
    ),
    _number(
        "t_max",
        "End of the day of the observation, MJD",
        "d",
        f"{_TIME}.{_LIMITS}.StopTime",
        "time.end;obs.exposure",
    ),
    _number(
        "t_exptime",
        "Exposure time; not known",
        "s",
        f"{_TIME}.Coverage.Support.Extent",
        "time.duration;obs.exposure",
    ),
    _number(
        "t_resolution",
        "Temporal resolution; not known",
        "s",
        f"{_TIME}.Resolution.Refval.value",
        "time.resolution",
    ),
    _integer("t_xel", "Always 1", f"{_TIME}.numBins", "meta.number"),
    _number(
        "em_min",
        "First wavelength, observed frame, vacuum",
        "m",
        f"{_SPECTRAL}.{_LIMITS}.LoLimit",
        "em.wl;stat.min",
    ),
    _number(
        "em_max",
        "Last wavelength, observed frame, vacuum",
        "m",
        f"{_SPECTRAL}.{_LIMITS}.HiLimit",
        "em.wl;stat.max",
    ),
    _number(
        "em_res_power",
        "Typical resolving power, null where not known",
        "",
        f"{_SPECTRAL}.Resolution.ResolPower.refVal",
        "spect.resolution",
    ),
    _integer("em_xel", "Number of pixels", f"{_SPECTRAL}.numBins", "meta.number"),
    _text(
        "o_ucd",
        "What is observed: flux density per wavelength",
        "Char.ObservableAxis.ucd",
        "meta.ucd",
    ),
    _text(
        "pol_states",
        "Null: no polarization is measured",
        "Char.PolarizationAxis.stateList",
        "meta.code;phys.polarization",
    ),
    _integer("pol_xel", "Always 0", "Char.PolarizationAxis.numBins", "meta.number"),
    _text("facility_name", "Telescope", "Provenance.ObsConfig.Facility.name", "meta.id;instr.tel"),
    _text(
        "instrument_name", "Spectrograph", "Provenance.ObsConfig.Instrument.name", "meta.id;instr"
    ),
    replace(
        _text("target_class", "Class by the survey's pipeline", "Target.class", "src.class"),
        principal=False,
    ),
    replace(obj_id(), indexed=True),
)
"""In the order of the standard's tables 4 and 5; the last two are optional and our own."""

OBSCORE = Table(
    "ivoa",
    "obscore",
    "The spectra in the data model of all archives (ObsCore 1.1)",
    FIELDS,
    (OBJECTS_KEY,),
    sort_by=("obj_id",),
)


def obscore_rows(
    survey: str, ids: np.ndarray, names: pa.Array, facts: Mapping[str, Any], extents: Extents
) -> pa.Table:
    """Describe the spectra of a run.

    Parameters
    ----------
    survey : str
        Reader that found them.
    ids : int64, shape (n,)
    names : pyarrow.Array of string, shape (n,)
        IAU names.
    facts : mapping
        Columns of `FACT_SCHEMA`, shape (n,) each.
    extents : Extents
        Of the same spectra, in the same order.
    """
    count = ids.size
    mjd = facts["mjd"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    constants = CONSTANTS | {"obs_collection": COLLECTIONS.get(survey, survey)}
    columns: dict[str, Any] = {
        name: pa.nulls(count) if value is None else pa.repeat(pa.scalar(value), count)
        for name, value in constants.items()
    }
    columns |= {
        "obj_id": ids,
        "obs_id": facts["survey_id"],
        "target_name": names,
        "target_class": facts["spec_class"],
        "access_estsize": (extents.pixels * BYTES_PER_PIXEL + HEADER_BYTES) // 1000 + 1,
        "t_min": mjd,
        "t_max": mjd + 1.0,
        "em_min": extents.first * METRES_PER_ANGSTROM,
        "em_max": extents.last * METRES_PER_ANGSTROM,
        "em_xel": extents.pixels,
    }
    instruments = find_instruments(survey, mjd)
    return pa.table(columns | _instrument_columns(instruments) | _places(facts, instruments))


def find_instruments(survey: str, mjd: np.ndarray) -> np.ndarray:
    """Tell which instrument took each spectrum.

    Parameters
    ----------
    survey : str
    mjd : float64, shape (n,)
        NaN where not known.

    Returns
    -------
    int64, shape (n,)
        Places in `INSTRUMENTS`.
    """
    if survey == "sdss":
        by_age = np.where(mjd < BOSS_FIRST_MJD, INSTRUMENTS.index(SDSS), INSTRUMENTS.index(BOSS))
        return np.where(np.isnan(mjd), INSTRUMENTS.index(UNKNOWN), by_age)
    instrument = {"desi": DESI, "mock": SIMULATED}.get(survey, UNKNOWN)
    return np.full(mjd.size, INSTRUMENTS.index(instrument))


def _instrument_columns(instruments: np.ndarray) -> dict[str, Any]:
    places = pa.array(instruments)
    return {
        "facility_name": pa.array([i.facility for i in INSTRUMENTS], pa.string()).take(places),
        "instrument_name": pa.array([i.name for i in INSTRUMENTS], pa.string()).take(places),
        "em_res_power": np.array([i.power for i in INSTRUMENTS])[instruments],
        "s_resolution": np.array([i.fibre for i in INSTRUMENTS])[instruments],
    }


def _places(facts: Mapping[str, Any], instruments: np.ndarray) -> dict[str, Any]:
    width = np.array([i.fibre for i in INSTRUMENTS])[instruments] / ARCSEC_PER_DEGREE
    radius = np.round(width / 2, RADIUS_DIGITS)
    numbers = [
        pc.cast(column, pa.string())
        for column in (facts["ra"], facts["dec"], pa.array(radius, from_pandas=True))
    ]
    region = pc.binary_join_element_wise("CIRCLE ICRS", *numbers, " ")
    return {"s_ra": facts["ra"], "s_dec": facts["dec"], "s_fov": width, "s_region": region}
