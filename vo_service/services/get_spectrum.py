"""One spectrum, observed or at rest, in any format."""

import re
from dataclasses import dataclass
from functools import partial

from vo_service.errors import UsageError
from vo_service.formats.drawing import PICTURES
from vo_service.formats.preview import Size, encode_preview
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Param, Result
from vo_service.formats.spectrum_fits import encode_spectrum_fits
from vo_service.release.field import Field
from vo_service.services.find_facts import (
    ODDNESS,
    find_facts,
    find_survey,
)
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
from vo_service.services.wavelengths import find_lines, find_regions
from vo_service.settings import Settings

FITS = Format("fits", "application/fits", ("image/fits",), "", "fits", encode_spectrum_fits)

BARE = ("csv", "tsv", "arrows")
"""Endings of the formats that hold rows alone."""

SIZE = re.compile(r"\s*(\d{1,5})\s*[xX,]\s*(\d{1,5})\s*")
LEAST_PIXELS, MOST_PIXELS = 60, 4000

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
SPACE = _text(
    "radesys",
    "Frame of the position, as FITS names it",
    "meta.code",
    "spec:Spectrum.CoordSys.SpaceFrame.Name",
)
COUNT = Field(
    "n_spectra",
    "int",
    "Spectra of the release, among which ranks count",
    ucd="meta.number",
    role="spectra",
)


@dataclass(frozen=True, slots=True)
class SpectrumFile:
    """An encoded spectrum."""

    media_type: str
    file_name: str
    data: bytes


def find_spectrum_format(wanted: str | None, holding: Holding, size: str | None = None) -> Format:
    """Return the format of a spectrum; a VOTable that people can read when none is named.

    Parameters
    ----------
    wanted : str, optional
        As for a table, or png and svg.
    holding : Holding
        Whose lines a picture shows.
    size : str, optional
        Of a picture, such as 1200x600 [pixel].

    Raises
    ------
    UsageError
        When there is no such format, or the size is none.
    """
    pixels, plain = read_size(size), (wanted or "votable/td").strip().lower()
    kind = plain.removeprefix("image/").removesuffix("+xml")
    if kind in PICTURES:
        lines = tuple((line.label, line.wave, line.kind) for line in find_lines(holding))
        draw = partial(encode_preview, kind=kind, size=pixels, lines=lines)
        return Format(kind, PICTURES[kind], (), "", kind, draw)
    form = find_format(wanted or "votable/td", tuple(PICTURES))
    return FITS if form.name == FITS.name else form


def read_size(text: str | None) -> Size:
    """Read the size of a picture, such as 1200x600.

    Raises
    ------
    UsageError
        When it is none, or too small or large to be drawn.
    """
    if text is None:
        return Size()
    matched = SIZE.fullmatch(text)
    numbers = [int(n) for n in matched.groups()] if matched else [0]
    if not all(LEAST_PIXELS <= n <= MOST_PIXELS for n in numbers):
        raise UsageError(
            f"SIZE is '{text[:20]}'; it must be width x height in pixels, such as 1200x600, each "
            f"from {LEAST_PIXELS} to {MOST_PIXELS}."
        )
    return Size(*numbers)


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
    facts = find_facts(holding, [obj_id]).get(obj_id, ()) if tells_facts(form) else ()
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


def tells_facts(form: Format) -> bool:
    """Whether a format has room for what is said of a whole table."""
    return form.extension not in BARE


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
        Param(SPACE, "ICRS" if any(p.field.role == "ra" for p in facts) else None),
        Param(COUNT, count),
        *holding.once(_limits),
    )


def _limits(holding: Holding) -> tuple[Param, ...]:
    """Say where the regions lie."""
    return tuple(
        Param(_limit(region.name, end), value)
        for region in find_regions(holding)
        for end, value in (("lo", region.lo), ("hi", region.hi))
    )


def _limit(region: str, end: str) -> Field:
    word, ucd = {"lo": ("Lower", "stat.min"), "hi": ("Upper", "stat.max")}[end]
    return Field(
        f"{region}_{end}",
        "float",
        f"{word} limit of the region {region}, rest frame, vacuum",
        "Angstrom",
        f"em.wl;{ucd}",
        role=f"region:{region}:{end}",
    )
