"""Catalogues of the surveys: asked by SQL or ADQL, or as tables in files."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import numpy as np

from ingest.errors import RejectedSpectrum, SourceError
from ingest.fetch.client import Client
from ingest.fetch.wanted import MissingError, PassingError
from ingest.read.table_formats import Columns, read_columns

BATCH = 12
"""Positions or targets in one query; SkyServer takes it in the URL, of at most 2048 bytes."""

NOTHING_FOUND = re.compile(rb"\s*No \w+ have been found")
"""What SkyServer says instead of a table without rows."""

Query = Callable[[str], Columns]
Item = TypeVar("Item")


def skyserver(client: Client, url: str) -> Query:
    """Return what runs SQL at a SkyServer."""

    def run(sql: str) -> Columns:
        data = _ask(client, f"{url}?{urlencode({'cmd': sql, 'format': 'csv'}, quote_via=quote)}")
        # The first line names the table: "#Table1".
        rows = data.split(b"\n", 1)[-1] if data.startswith(b"#") else data
        if NOTHING_FOUND.match(rows):
            return Columns({name: [] for name in ("ra", "dec", "plate", "mjd", "fiberid")})
        return _parse(rows.rstrip() + b"\n")

    return run


def tap(client: Client, url: str) -> Query:
    """Return what runs ADQL at a TAP service."""

    def run(adql: str) -> Columns:
        form = {"REQUEST": "doQuery", "LANG": "ADQL", "FORMAT": "votable", "QUERY": adql}
        data = _ask(client, f"{url.rstrip('/')}/sync", form)
        if b'value="ERROR"' in data:
            raise SourceError("The catalogue service refused the query; check its table and words.")
        if b'value="OVERFLOW"' in data:
            raise SourceError(
                "The catalogue service cut the result off; ask for less in one query."
            )
        return _parse(data)

    return run


def read_file(path: Path) -> Columns:
    """Read a table of any format.

    Raises
    ------
    SourceError
        When there is none.
    """
    try:
        return read_columns(path.read_bytes())
    except RejectedSpectrum as error:
        raise SourceError(f"The table {path} {error}.") from error
    except OSError as error:
        raise SourceError(f"Cannot read the table {path}: {error.strerror}.") from error


def integers(columns: Columns, name: str) -> list[int]:
    """Return a column of whole numbers.

    Raises
    ------
    SourceError
        When it is not there, or its digits were cut by a spreadsheet.
    """
    values = np.asarray(column(columns, name))
    if values.dtype.kind == "f" and not (np.abs(values) < 2**53).all():
        raise SourceError(
            f"The numbers in column '{name}' are written as decimals and have lost digits; "
            "use a table that has them whole."
        )
    try:
        return [int(value) for value in values.tolist()]
    except (TypeError, ValueError) as error:
        raise SourceError(f"The column '{name}' does not hold whole numbers.") from error


def texts(columns: Columns, name: str) -> list[str]:
    """Return a column as texts without blanks around them."""
    return [_text(value).strip() for value in column(columns, name)]


def batches(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Split a list into pieces for one query each."""
    return [items[i : i + BATCH] for i in range(0, len(items), BATCH)]


def _ask(client: Client, url: str, form: dict[str, str] | None = None) -> bytes:
    try:
        return client.text(url, form)
    except MissingError as error:
        raise SourceError(
            "The catalogue service refused the query; check it, and --catalogue."
        ) from error
    except PassingError as error:
        raise SourceError(f"The catalogue service did not answer: {error}; try later.") from error


def _parse(data: bytes) -> Columns:
    try:
        return read_columns(data)
    except RejectedSpectrum as error:
        raise SourceError(
            "The catalogue service sent no table; check the query, and --catalogue."
        ) from error


def column(columns: Columns, name: str) -> Any:
    """Return a column by its lower-case name.

    Raises
    ------
    SourceError
        When it is not there.
    """
    try:
        return columns.values[name]
    except KeyError:
        raise SourceError(
            f"The table has no column '{name}'; it has {', '.join(columns.values)}."
        ) from None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
