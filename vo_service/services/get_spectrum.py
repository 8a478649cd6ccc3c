"""One spectrum, observed or at rest, in any format."""

from dataclasses import dataclass

from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Param, Result
from vo_service.formats.spectrum_fits import encode_spectrum_fits
from vo_service.release.field import Field
from vo_service.services.find_facts import ODDNESS, find_facts, find_regions, find_survey
from vo_service.services.holdings import Holding
from vo_service.services.identity import publisher_did
from vo_service.services.spectrum_columns import (
    FIELDS,
    OBJ_ID,
    Spectrum,
    read_spectrum,
    to_batch,
    with_error,
)
from vo_service.settings import Settings

FITS = Format("fits", "application/fits", ("image/fits",), "", "fits", encode_spectrum_fits)

SPECTRAL_FRAMES = {"sdss": "HELIOCEN", "desi": "BARYCENT"}
"""To what the observed wavelengths of a survey refer, as SPECSYS (FITS 4.0, table 27)."""


def _text(name: str, about: str, ucd: str, utype: str = "") -> Field:
    return Field(name, "char", about, ucd=ucd, arraysize="*", utype=utype)


FRAME = _text("frame", "Frame of the wavelengths: observed or rest", "meta.code")
IDENTIFIER = _text(
    "publisher_did",
    "Identifier among all published spectra",
    "meta.ref.ivoid;meta.curation",
    "spec:Spectrum.Curation.PublisherDID",
)
SYSTEM = _text(
    "specsys",
    "What the wavelengths refer to, as FITS names it",
    "meta.code",
    "spec:Spectrum.CoordSys.SpectralFrame.RefPos",
)
COUNT = Field(
    "n_spectra", "int", "Spectra of the release, among which ranks count", ucd="meta.number"
)


@dataclass(frozen=True, slots=True)
class SpectrumFile:
    """An encoded spectrum."""

    media_type: str
    file_name: str
    data: bytes


def find_spectrum_format(wanted: str | None) -> Format:
    """Return the format of a spectrum; a VOTable that people can read when none is named.

    Raises
    ------
    UsageError
        When there is none.
    """
    form = find_format(wanted or "votable/td")
    return FITS if form.name == FITS.name else form


def get_spectrum(
    holding: Holding, settings: Settings, obj_id: int, frame: str, form: Format
) -> SpectrumFile:
    """Encode a spectrum.

    Parameters
    ----------
    holding : Holding
    settings : Settings
    obj_id : int
    frame : str
        observed, or rest: on the common grid, with model and residual.
    form : Format

    Raises
    ------
    NotFoundError
        When there is no such spectrum.
    """
    spectrum = read_spectrum(holding, obj_id, frame)
    facts = find_facts(holding, [obj_id]).get(obj_id, ())
    return encode_spectrum(spectrum, describe(spectrum, facts, holding, settings), form)


def encode_spectrum(spectrum: Spectrum, params: tuple[Param, ...], form: Format) -> SpectrumFile:
    """Encode a spectrum that is read already."""
    name = f"spectrum-{spectrum.obj_id}-{spectrum.frame}"
    fields = columns_of(spectrum.frame, form)
    result = Result(
        fields,
        iter([to_batch(fields, spectrum.columns)]),
        params=params,
        table_name=name,
        utype="spec:Spectrum",
    )
    data = b"".join(form.encode(result))
    return SpectrumFile(form.media_type, f"{name}.{form.extension}", data)


def columns_of(frame: str, form: Format) -> tuple[Field, ...]:
    """Return the columns of a format; those that programs read as a spectrum have the error too."""
    has_error = form.extension in ("vot", "fits")
    return with_error(FIELDS[frame]) if has_error else FIELDS[frame]


def describe(
    spectrum: Spectrum, facts: tuple[Param, ...], holding: Holding, settings: Settings
) -> tuple[Param, ...]:
    """Say what a spectrum is, and where its regions lie."""
    survey = holding.once(find_survey)
    system = "SOURCE" if spectrum.frame == "rest" else SPECTRAL_FRAMES.get(survey, "")
    identifier = publisher_did(settings, spectrum.obj_id)
    ranked = any(p.field.role.startswith(ODDNESS) for p in facts)
    count = sum(map(len, holding.stores)) if ranked else None
    return (
        Param(OBJ_ID, spectrum.obj_id),
        Param(FRAME, spectrum.frame),
        Param(IDENTIFIER, identifier, "DS_IDPUB"),
        Param(SYSTEM, system or None, "SPECSYS"),
        *facts,
        Param(COUNT, count),
        *holding.once(_limits),
    )


def _limits(holding: Holding) -> tuple[Param, ...]:
    """Say where the regions lie."""
    about = "limit of the region {}, rest frame, vacuum"
    return tuple(
        Param(
            Field(f"{r.name}_{end}", "float", f"{word} {about.format(r.name)}", "Angstrom", ucd), v
        )
        for r in find_regions(holding)
        for end, word, v, ucd in (
            ("lo", "Lower", r.lo, "em.wl;stat.min"),
            ("hi", "Upper", r.hi, "em.wl;stat.max"),
        )
    )
