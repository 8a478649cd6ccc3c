"""What an engine is asked and what it gives: a statement in, batches of rows out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from vo_service.release.field import Field


@dataclass(frozen=True, slots=True)
class Upload:
    """A table that comes with a query: `tap_upload.name` there, and gone after it.

    Attributes
    ----------
    name : str
        A plain lower-case identifier.
    fields : tuple of Field
    rows : pyarrow.Table
        A column a field, in their order, of their Arrow types; named c1, c2, ... in the engine,
        for a file may hold both `a` and `A`. A floating NaN becomes NULL.
    """

    name: str
    fields: tuple[Field, ...]
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of one engine, its parameters, and the columns that come back.

    Attributes
    ----------
    sql : str
        Parameters stand as $1, $2, ...
    parameters : list
    fields : tuple of Field
    uploads : tuple of Upload
        Tables that this statement alone sees.
    """

    sql: str
    parameters: list[Any]
    fields: tuple[Field, ...]
    uploads: tuple[Upload, ...] = ()


class RowStream(Protocol):
    """Rows of one running query."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield batches; their schema is that of the statement's fields."""
        ...

    def fetch_few(self) -> list[tuple[Any, ...]]:
        """Return all rows at once, as Python's own values: for a handful, sooner than batches."""
        ...

    def close(self) -> None:
        """Stop the query, if it still runs, and free what it holds; from any thread, any time."""
        ...


class Engine(Protocol):
    """Runs statements on the tables of one release."""

    name: str
    """As `adql.compile` knows it."""

    schemas: tuple[tuple[str, str], ...]
    """Published schemas that have another name in the engine, with that name."""

    def open(self, statement: Statement, seconds: float) -> RowStream:
        """Return the rows of a query: it begins with the first one, and is stopped after some time.

        Going through the rows raises UsageError, TransientError or FatalError, never with the
        engine's own words.
        """
        ...

    def close(self) -> None:
        """Free the engine when its last query has ended."""
        ...
