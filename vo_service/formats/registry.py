"""The formats of answers: names, media types, encoders. Capabilities are computed from here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from vo_service.errors import UsageError
from vo_service.formats.arrow import encode_arrow, encode_parquet
from vo_service.formats.binary import BINARY, BINARY2
from vo_service.formats.fits import encode_fits
from vo_service.formats.json_table import encode_json
from vo_service.formats.result import Result
from vo_service.formats.tabledata import TABLEDATA
from vo_service.formats.text import encode_text
from vo_service.formats.votable import encode_votable


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes
    ----------
    name : str
    media_type : str
        Content type of the answer, and the form declared.
    aliases : tuple of str
        Other values of RESPONSEFORMAT, lower case, without spaces.
    ivoid : str
        TAPRegExt output format identifier, empty where there is none.
    extension : str
        Of a file.
    encode : callable
        A Result to chunks of bytes.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...]
    ivoid: str
    extension: str
    encode: Callable[[Result], Iterator[bytes]]


_VOTABLE = "application/x-votable+xml"
_IVOID = "ivo://ivoa.net/std/TAPRegExt#output-votable-"

FORMATS = (
    Format(
        "votable/b2",
        f"{_VOTABLE};serialization=BINARY2",
        ("votable", _VOTABLE, "text/xml", "application/xml", "votable/binary2", "binary2"),
        f"{_IVOID}binary2",
        "vot",
        partial(encode_votable, form=BINARY2),
    ),
    Format(
        "votable/td",
        f"{_VOTABLE};serialization=TABLEDATA",
        ("tabledata", "votable/tabledata", "votable_td"),
        f"{_IVOID}td",
        "vot",
        partial(encode_votable, form=TABLEDATA),
    ),
    Format(
        "votable/b",
        f"{_VOTABLE};serialization=BINARY",
        ("votable/binary", "binary"),
        f"{_IVOID}binary",
        "vot",
        partial(encode_votable, form=BINARY),
    ),
    Format(
        "csv",
        "text/csv;header=present",
        ("text/csv", "csv"),
        "",
        "csv",
        partial(encode_text, delimiter=","),
    ),
    Format(
        "tsv",
        "text/tab-separated-values",
        ("tsv", "text/tsv"),
        "",
        "tsv",
        partial(encode_text, delimiter="\t"),
    ),
    Format("fits", "application/fits", ("image/fits",), "", "fits", encode_fits),
    Format("json", "application/json", ("text/json",), "", "json", encode_json),
    Format(
        "parquet",
        "application/vnd.apache.parquet",
        ("application/parquet", "application/x-parquet", "voparquet"),
        "",
        "parquet",
        encode_parquet,
    ),
    Format(
        "arrow",
        "application/vnd.apache.arrow.stream",
        ("application/arrow", "arrow/ipc"),
        "",
        "arrows",
        encode_arrow,
    ),
)
"""In the order in which they are declared; the first is the default."""


def find_format(wanted: str | None, others: tuple[str, ...] = ()) -> Format:
    """Return the format that a client names.

    Parameters
    ----------
    wanted : str, optional
        Short name or media type; case, spaces and quotes do not matter. None is the default.
    others : tuple of str
        Names that are offered beside these, where a user is told what to choose from.

    Raises
    ------
    UsageError
        When there is none.
    """
    if not wanted:
        return FORMATS[0]
    text = "".join(wanted.lower().split()).replace('"', "").replace("'", "")
    for form in FORMATS:
        if text in (form.name, _plain(form.media_type), *form.aliases):
            return form
    offered = ", ".join((*(form.name for form in FORMATS), *others))
    raise UsageError(f"RESPONSEFORMAT '{wanted[:60]}' is not offered; choose one of {offered}.")


def _plain(media_type: str) -> str:
    return media_type.lower().replace(" ", "")
