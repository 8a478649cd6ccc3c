"""A VOTable document to columns: its first table."""

from dataclasses import replace

import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.release.types import arrow_type
from vo_service.tables.arrow_rows import take_rows
from vo_service.tables.document import Document, parse_document
from vo_service.tables.fits import read_fits
from vo_service.tables.table_file import (
    ReadLimits,
    TableFile,
    check_fields,
    make_table_file,
)


def read_votable(data: bytes, limits: ReadLimits) -> TableFile:
    """Read the first table of a VOTable.

    Raises
    ------
    UsageError
        When the document is not well formed, holds no table, or a cell is not of its type.
    """
    document = parse_document(data, limits)
    fields = document.fields
    check_fields(fields, limits)
    if document.serialisation == "FITS":
        return _read_inline_fits(document, limits)
    return make_table_file(
        fields, document.decode(), limits, document.table_name, document.table_description
    )


def read_fields(data: bytes, limits: ReadLimits) -> TableFile:
    """Read the columns of a VOTable without its rows.

    Raises
    ------
    UsageError
        When the document is not well formed.
    """
    document = Document(limits)
    document.parse(data)
    empty = [pa.array([], arrow_type(f)) for f in document.fields]
    return make_table_file(
        document.fields, empty, limits, document.table_name, document.table_description
    )


def _read_inline_fits(document: Document, limits: ReadLimits) -> TableFile:
    """Return the rows of the FITS file under the columns of the document."""
    inside = read_fits(document.stream_bytes(), limits, document.extension)
    described = dict(zip((f.name for f in inside.fields), document.fields, strict=False))
    if len(inside.fields) != len(document.fields):
        raise UsageError(
            f"The VOTable describes {len(document.fields)} columns, but the FITS file within has "
            f"{len(inside.fields)}."
        )
    rows = inside.rows.rename_columns([f.name for f in inside.fields])
    read = take_rows(rows, limits, described, document.table_name, document.table_description)
    named = tuple(
        replace(f, name=d.name) for f, d in zip(read.fields, document.fields, strict=True)
    )
    check_fields(named, limits)
    return replace(read, fields=named)
