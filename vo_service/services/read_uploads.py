"""The tables of UPLOAD: read from the request, or fetched by their URL (TAP 1.1, section 2.7.6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vo_service.errors import TooLargeError, UsageError
from vo_service.query.engine import Upload
from vo_service.release.reserved import RESERVED_WORDS
from vo_service.release.table import Table
from vo_service.services.fetch_upload import fetch_upload
from vo_service.settings import Settings
from vo_service.tables.read import ReadLimits, read_table

SCHEMA = "tap_upload"
MOST_COLUMNS = 1000

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class UploadSource:
    """Where an uploaded table comes from.

    Attributes
    ----------
    name : str
        By which the query knows it, after `TAP_UPLOAD.`; in lower case.
    uri : str
        `param:` and a name for a part of the request, or a URL.
    """

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class UploadedTable:
    """An uploaded table, described and with its rows."""

    table: Table
    upload: Upload


def parse_uploads(values: list[str]) -> tuple[UploadSource, ...]:
    """Understand the values of UPLOAD: pairs `name,uri`, several of them behind semicolons.

    Raises
    ------
    UsageError
        When a pair is incomplete, or a name is not fit for a table or is given twice.
    """
    sources: list[UploadSource] = []
    for pair in (p.strip() for value in values for p in value.split(";") if p.strip()):
        name, comma, uri = (part.strip() for part in pair.partition(","))
        if not comma or not uri:
            raise UsageError(f"UPLOAD is '{pair[:80]}'; it must be a name, a comma and a URI.")
        if not _NAME.match(name) or name.upper() in RESERVED_WORDS:
            raise UsageError(f"UPLOAD names a table '{name[:40]}'; use a plain ADQL identifier.")
        if name.lower() in [s.name for s in sources]:
            raise UsageError(f"UPLOAD names two tables '{name[:40]}'; rename one.")
        sources.append(UploadSource(name.lower(), uri))
    return tuple(sources)


def gather_uploads(
    sources: tuple[UploadSource, ...], parts: Mapping[str, Callable[[], bytes]], settings: Settings
) -> dict[str, bytes]:
    """Return the bytes of uploaded tables by their name.

    Parameters
    ----------
    sources : tuple of UploadSource
    parts : mapping
        What gives the bytes of each part of the request.
    settings : Settings

    Raises
    ------
    UsageError
        When a part is not there, an address may not be fetched, or a table is too large.
    """
    return {s.name: _bytes_of(s, parts, settings) for s in sources}


def _bytes_of(
    source: UploadSource, parts: Mapping[str, Callable[[], bytes]], settings: Settings
) -> bytes:
    if not source.uri.lower().startswith("param:"):
        return fetch_upload(source.uri, settings.upload_hosts, settings.upload_bytes)
    part = source.uri[6:]
    if part not in parts:
        raise UsageError(
            f"UPLOAD names a part '{part[:40]}' that the request lacks; send it as a file."
        )
    data = parts[part]()
    if len(data) > settings.upload_bytes:
        raise TooLargeError(
            f"Table {source.name} is larger than the {settings.upload_bytes} bytes allowed."
        )
    return data


def read_upload(name: str, data: bytes, settings: Settings) -> UploadedTable:
    """Read an uploaded table.

    Raises
    ------
    UsageError
        When it cannot be read, or is too large.
    """
    limits = ReadLimits(settings.upload_rows, settings.upload_bytes, MOST_COLUMNS)
    try:
        read = read_table(data, limits)
    except UsageError as error:
        raise UsageError(f"The uploaded table {name} cannot be read: {error}") from error
    physical = tuple(read.rows.column_names)
    table = Table(
        SCHEMA, name, read.description, read.fields, rows=len(read.rows), physical=physical
    )
    return UploadedTable(table, Upload(name, read.fields, read.rows))
