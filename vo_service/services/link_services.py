"""Services that links describe: cut-outs, stacks, links themselves (DataLink 1.1, section 4)."""

from dataclasses import replace

from vo_service.formats.descriptor import Descriptor, Input
from vo_service.release.field import Field
from vo_service.services.spectrum_columns import FRAMES

LINKS_STANDARD = "ivo://ivoa.net/std/DataLink#links-1.1"
SODA_SYNC_STANDARD = "ivo://ivoa.net/std/SODA#sync-1.0"
SODA_ASYNC_STANDARD = "ivo://ivoa.net/std/SODA#async-1.0"

LINKS_TYPE = "application/x-votable+xml;content=datalink"
VOTABLE = "application/x-votable+xml"
UWS_TYPE = "text/xml"

METRES = 1e-10
"""Of an Angstrom."""

SPECTRUM_FORMATS = ("votable", "fits", "csv", "parquet", "json", "png", "svg")

_ID_UCD = "meta.ref.url;meta.curation"
"""Of the ID of SODA (section 3.5)."""


def describe_cutouts(
    field: Field,
    field_id: str,
    base_url: str,
    number: int | None = None,
    limits: tuple[float, float] | None = None,
) -> tuple[Descriptor, Descriptor]:
    """Describe the cut-outs of spectra, synchronous and not.

    Parameters
    ----------
    field : Field
        The column that identifies them.
    field_id : str
        ID of its FIELD.
    base_url : str
    number : int, optional
        Tells apart the descriptors of a document that has several.
    limits : tuple of (float, float), optional
        Between which there is something to cut out [Angstrom].
    """
    suffix, called = (f"_{number}", f" {number}") if number else ("", "")
    band = Input(
        "BAND",
        "Least and greatest wavelength to cut out, in vacuum and in the frame of FRAME",
        datatype="double",
        arraysize="2",
        ucd="em.wl;stat.interval",
        unit="m",
        xtype="interval",
        limits=limits and (repr(limits[0] * METRES), repr(limits[1] * METRES)),
    )
    sync = Descriptor(
        f"cutout{suffix}",
        f"Cut-out{called}",
        "Part of the spectrum between two wavelengths",
        f"{base_url}/soda/sync",
        VOTABLE,
        (_identifier(field, field_id, _ID_UCD), band, _frame(), _format()),
        SODA_SYNC_STANDARD,
    )
    return sync, replace(
        sync,
        # pyvo sorts rows, and takes the first service: it should be the one that answers at once.
        id=f"cutout_job{suffix}",
        name=f"Cut-out job{called}",
        description="Parts of spectra between two wavelengths, as a job",
        access_url=f"{base_url}/soda/async",
        content_type=UWS_TYPE,
        standard_id=SODA_ASYNC_STANDARD,
    )


def describe_stack(field: Field, field_id: str, base_url: str) -> Descriptor:
    """Describe the stacks: ID may be given many times."""
    return Descriptor(
        "stack",
        "Stack",
        "Mean and median of spectra; give ID once for each of them",
        f"{base_url}/stack",
        VOTABLE,
        (
            _identifier(field, field_id, "meta.id"),
            Input("GROUPS", "How many stacks to make of them", "", "int", None, value="1"),
        ),
    )


def describe_spectra(field: Field, field_id: str, base_url: str) -> Descriptor:
    """Describe where whole spectra are."""
    return Descriptor(
        "spectrum_service",
        "Spectrum",
        "Spectrum of this object",
        f"{base_url}/spectra",
        VOTABLE,
        (_identifier(field, field_id, "meta.id"), replace(_frame(), value=FRAMES[0])),
    )


def describe_datalinks(field: Field, field_id: str, base_url: str) -> Descriptor:
    """Describe where the links of spectra are."""
    return Descriptor(
        "links_service",
        "Links",
        "Everything there is about this spectrum",
        f"{base_url}/links",
        LINKS_TYPE,
        (_identifier(field, field_id, "meta.id;meta.main"),),
        LINKS_STANDARD,
    )


def describe_self(base_url: str, example: str) -> Descriptor:
    """Describe the table of links to those who read one.

    Parameters
    ----------
    base_url : str
    example : str
        An identifier that can be tried, empty for none.
    """
    identifier = Input(
        "ID",
        "Identifier of a spectrum, an obj_id or a publisher DID; may be given many times",
        ucd="meta.id;meta.main",
    )
    form = Input("RESPONSEFORMAT", "Format of the table of links", ucd="meta.code.mime")
    return Descriptor(
        "this_service",
        "Links of spectra",
        "Everything there is about spectra",
        f"{base_url}/links",
        LINKS_TYPE,
        (identifier, form),
        LINKS_STANDARD,
        f"{base_url}/links?ID={example}" if example else "",
        is_self=True,
    )


def _identifier(field: Field, field_id: str, ucd: str) -> Input:
    return Input(
        "ID",
        "Identifier of the spectrum",
        ref=field_id,
        datatype=field.datatype,
        arraysize=field.arraysize,
        ucd=ucd,
    )


def _frame() -> Input:
    return Input(
        "FRAME",
        "observed as the survey gives it, the default; rest on the common rest-frame grid",
        options=FRAMES,
    )


def _format() -> Input:
    return Input(
        "RESPONSEFORMAT",
        "Format of the answer; votable is the default",
        ucd="meta.code.mime",
        options=SPECTRUM_FORMATS,
    )
