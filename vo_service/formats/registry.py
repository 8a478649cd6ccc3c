"""The formats of answers: names, media types, encoders. Capabilities are computed from here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from vo_service.errors import UsageError
from vo_service.formats import binary2, tabledata
from vo_service.formats.result import Result
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
        lambda result: encode_votable(result, "BINARY2", binary2.encode_stream),
    ),
    Format(
        "votable/td",
        f"{_VOTABLE};serialization=TABLEDATA",
        ("tabledata", "votable/tabledata", "votable_td"),
        f"{_IVOID}td",
        "vot",
        lambda result: encode_votable(result, "TABLEDATA", tabledata.encode_stream),
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
)
"""In the order in which they are declared; the first is the default."""


def find_format(wanted: str | None) -> Format:
    """Return the format that a client names.

    Parameters
    ----------
    wanted : str, optional
        Short name or media type; case, spaces and quotes do not matter. None is the default.

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
    offered = ", ".join(form.name for form in FORMATS)
    raise UsageError(f"RESPONSEFORMAT '{wanted[:60]}' is not offered; choose one of {offered}.")


def _plain(media_type: str) -> str:
    return media_type.lower().replace(" ", "")
