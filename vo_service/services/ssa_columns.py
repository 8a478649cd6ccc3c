"""What SSA says of a spectrum (SSA 1.1, section 4.2): columns, and what holds for all of them."""

from dataclasses import dataclass, replace

from vo_service.adql import nodes
from vo_service.formats.result import Param
from vo_service.release.field import Field
from vo_service.services.spectrum_columns import FLUX_UNIT
from vo_service.services.spectrum_formats import SpectrumFormat
from vo_service.settings import Settings

OBSCORE, OBJECTS = "obscore", "objects"
"""Names of the two tables in the query."""

SIMULATION = "simulation"
"""The facility of mock surveys."""

_SPACE, _TIME = "Char.SpatialAxis.Coverage", "Char.TimeAxis.Coverage"
_SPECTRAL = "Char.SpectralAxis.Coverage"


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer: how it is described, and where it comes from."""

    field: Field
    expression: nodes.Expression

    @property
    def item(self) -> nodes.Item:
        """Its entry in the SELECT list."""
        return nodes.Item(self.expression, nodes.Name(self.field.name))

    def described(self, field: Field) -> Field:
        """Describe the column of the query as SSA wants it; its type stays."""
        ours = self.field
        return replace(
            field,
            description=ours.description,
            unit=ours.unit,
            ucd=ours.ucd,
            utype=ours.utype and f"ssa:{ours.utype}",
        )


def column(name: str, table: str = OBSCORE) -> nodes.Column:
    """Name a column of one of the two tables."""
    return nodes.Column((nodes.Name(table), nodes.Name(name, delimited=True)))


def list_outputs(form: SpectrumFormat, base_url: str, roles: dict[str, Field]) -> list[Output]:
    """Return the columns of an answer.

    Parameters
    ----------
    form : SpectrumFormat
        In which the spectra are offered.
    base_url : str
        Of the service.
    roles : dict
        Columns of the table of objects, by their roles.
    """
    return [
        *_access(form, base_url),
        *_identity(),
        *_target(roles),
        *_coverage(),
        Output(
            Field("obj_id", "long", "Identifier of the spectrum in all tables", ucd="meta.id"),
            column("obj_id"),
        ),
    ]


def list_constants(settings: Settings) -> tuple[Param, ...]:
    """Return what holds for all spectra."""
    told = (
        ("data_model", "Dataset.DataModel", "Data model of the spectra", "Spectrum-1.1"),
        ("dataset_type", "Dataset.Type", "Kind of the data", "Spectrum"),
        ("creation_type", "DataID.CreationType", "How the data come to be", "archival"),
        ("creator", "DataID.Creator", "Who made the data", settings.creator),
        ("publisher", "Curation.Publisher", "Who publishes them", settings.publisher),
        ("space_frame", "CoordSys.SpaceFrame.Name", "Frame of the positions", "ICRS"),
        ("time_frame", "CoordSys.TimeFrame.Name", "Scale of the times", "UTC"),
        ("spectral_ucd", "Char.SpectralAxis.Ucd", "UCD of the spectral axis", "em.wl"),
        ("spectral_unit", "Char.SpectralAxis.Unit", "Its unit", "Angstrom"),
        ("flux_ucd", "Char.FluxAxis.Ucd", "UCD of the flux", "phot.flux.density;em.wl"),
        ("flux_unit", "Char.FluxAxis.Unit", "Its unit", FLUX_UNIT),
        ("flux_calibration", "Char.FluxAxis.Calibration", "Calibration of the flux", "ABSOLUTE"),
        ("spectral_si", "Dataset.SpectralSI", "Unit of the spectral axis in SI", "1E-10 L"),
        ("flux_si", "Dataset.FluxSI", "Unit of the flux in SI", "1E-10 ML-1T-3"),
    )
    return tuple(
        Param(Field(name, "char", about, utype=f"ssa:{utype}", arraysize="*"), value)
        for name, utype, about, value in told
    )


def list_ranks(ranks: list[Field]) -> list[Output]:
    """Return the ranks that a search asked for, as columns."""
    return [
        Output(Field(f.name, f.datatype, f.description, ucd=f.ucd), column(f.name, OBJECTS))
        for f in ranks
    ]


def _access(form: SpectrumFormat, base_url: str) -> list[Output]:
    identifier = nodes.Cast(column("obj_id"), "VARCHAR", None)
    address = _joined(
        nodes.Literal(f"{base_url}/spectra/"),
        identifier,
        nodes.Literal(f"?RESPONSEFORMAT={form.name}"),
    )
    pixels = nodes.Arithmetic("*", nodes.Literal(form.pixel_bytes), column("em_xel"))
    size = nodes.Arithmetic("+", pixels, nodes.Literal(form.other_bytes))
    return [
        _text(
            "access_url", "The spectrum", "Access.Reference", "meta.ref.url;meta.dataset", address
        ),
        _text(
            "access_format",
            "Its media type",
            "Access.Format",
            "meta.code.mime",
            nodes.Literal(form.media_type),
        ),
        _output(
            "access_size", "Its size, about", "byte", "Access.Size", "phys.size;meta.file", size
        ),
        _output(
            "n_points", "Number of pixels", "", "Dataset.Length", "meta.number", column("em_xel")
        ),
    ]


def _identity() -> list[Output]:
    title = _joined(nodes.Literal("Spectrum of "), column("target_name"))
    simulated = nodes.Comparison("=", column("facility_name"), nodes.Literal(SIMULATION))
    source = nodes.Case(None, ((simulated, nodes.Literal("artificial")),), nodes.Literal("survey"))
    return [
        _text("title", "Title", "DataID.Title", "meta.title;meta.dataset", title),
        _text("collection", "Survey", "DataID.Collection", "meta.id", column("obs_collection")),
        _text(
            "publisher_did",
            "Identifier in the Virtual Observatory",
            "Curation.PublisherDID",
            "meta.ref.ivoid",
            column("obs_publisher_did"),
        ),
        _text(
            "creator_id",
            "Identifier as the survey writes it",
            "DataID.DatasetID",
            "meta.id",
            column("obs_id"),
        ),
        _text(
            "instrument",
            "Spectrograph",
            "DataID.Instrument",
            "meta.id;instr",
            column("instrument_name"),
        ),
        _text("data_source", "Origin of the data", "DataID.DataSource", "meta.code", source),
    ]


def _target(roles: dict[str, Field]) -> list[Output]:
    place = nodes.Call("POINT", (column("s_ra"), column("s_dec")))
    measured = (
        ("redshift", "Redshift", "Target.Redshift", "src.redshift", roles.get("redshift")),
        ("snr", "Median signal-to-noise ratio", "Derived.SNR", "stat.snr", roles.get("sn")),
    )
    return [
        _text("target_name", "Object", "Target.Name", "meta.id;src", column("target_name")),
        _text("target_class", "Its class", "Target.Class", "src.class", column("target_class")),
        _output("target_pos", "Its position, ICRS", "deg", "Target.Pos", "pos.eq;src", place),
        *(
            _output(name, about, "", utype, ucd, column(field.name, OBJECTS))
            for name, about, utype, ucd, field in measured
            if field is not None
        ),
    ]


def _coverage() -> list[Output]:
    """Return where and when the spectrum was taken, and how far it reaches."""
    return [*_in_space(), *_in_spectrum(), *_in_time()]


def _in_space() -> list[Output]:
    ra, dec = column("s_ra"), column("s_dec")
    centre, width = f"{_SPACE}.Location.Value", f"{_SPACE}.Bounds.Extent"
    place = nodes.Call("POINT", (ra, dec))
    return [
        _output("ra", "Right ascension, ICRS", "deg", "", "pos.eq.ra;meta.main", ra),
        _output("dec", "Declination, ICRS", "deg", "", "pos.eq.dec;meta.main", dec),
        _output("location", "Centre of the fibre, ICRS", "deg", centre, "pos.eq", place),
        _output("aperture", "Its width", "deg", width, "phys.angSize;instr.fov", column("s_fov")),
    ]


def _in_spectrum() -> list[Output]:
    first, last = column("em_min"), column("em_max")
    middle, width = _middle(first, last), nodes.Arithmetic("-", last, first)
    told: tuple[tuple[str, str, str, str, nodes.Expression], ...] = (
        ("spectral_mid", "Middle of the spectrum", "Location.Value", "instr.bandpass", middle),
        ("spectral_width", "First to last wavelength", "Bounds.Extent", "instr.bandwidth", width),
        ("wave_min", "First wavelength, vacuum", "Bounds.Start", "stat.min", first),
        ("wave_max", "Last wavelength, vacuum", "Bounds.Stop", "stat.max", last),
    )
    return [
        *(
            _output(name, about, "m", f"{_SPECTRAL}.{utype}", f"em.wl;{ucd}", expression)
            for name, about, utype, ucd, expression in told
        ),
        _output(
            "resolving_power",
            "Typical resolving power",
            "",
            "Char.SpectralAxis.ResPower",
            "spect.resolution",
            column("em_res_power"),
        ),
    ]


def _in_time() -> list[Output]:
    centre, extent = f"{_TIME}.Location.Value", f"{_TIME}.Bounds.Extent"
    middle = _middle(column("t_min"), column("t_max"))
    about, length = "Middle of the day of the observation, MJD", "Exposure time, null if not known"
    return [
        _output("time_mid", about, "d", centre, "time.epoch", middle),
        _output("exposure", length, "s", extent, "time.duration", column("t_exptime")),
    ]


def _middle(low: nodes.Expression, high: nodes.Expression) -> nodes.Expression:
    return nodes.Arithmetic("/", nodes.Arithmetic("+", low, high), nodes.Literal(2.0))


def _joined(*parts: nodes.Expression) -> nodes.Expression:
    whole = parts[0]
    for part in parts[1:]:
        whole = nodes.Arithmetic("||", whole, part)
    return whole


def _text(name: str, about: str, utype: str, ucd: str, expression: nodes.Expression) -> Output:
    return _output(name, about, "", utype, ucd, expression)


def _output(
    name: str, about: str, unit: str, utype: str, ucd: str, expression: nodes.Expression
) -> Output:
    # The type is that of the expression.
    return Output(Field(name, "", about, unit, ucd, utype=utype), expression)
