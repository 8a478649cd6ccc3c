"""`ivoa.obscore` (ObsCore 1.1): one row per spectrum, as all archives describe what they hold."""

from dataclasses import replace

from ingest.published.columns import OBJECTS_KEY, obj_id
from vo_service.release.field import Field
from vo_service.release.table import Table


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
