"""DuckDB: one locked instance in memory per release, its parts attached read-only.

Rows come by the relation API, which streams; `execute` materialises everything, which for a few
rows takes half the time. A query has a cursor of its own, for a second one on a connection with an
open result fails.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from vo_service.errors import (
    FatalError,
    QueryStoppedError,
    QueryTimeoutError,
    TransientError,
    UsageError,
)
from vo_service.query.allowance import Allowance
from vo_service.query.engine import Statement, Upload
from vo_service.query.uploads import engine_rows, physical_names
from vo_service.release.attach import attach_release
from vo_service.release.release import Release
from vo_service.release.types import arrow_schema, ddl_type

log = logging.getLogger("oddsky.query")

BATCH_ROWS = 8_192


@dataclass(frozen=True, slots=True)
class DuckSettings:
    """What an instance may use.

    Attributes
    ----------
    memory_limit : str
        As DuckDB writes it, such as 2GB.
    threads : int
    spill : Path
        Folder for what does not fit into memory.
    """

    memory_limit: str
    threads: int
    spill: Path


class DuckEngine:
    """Run statements on a release.

    Parameters
    ----------
    release : Release
    settings : DuckSettings
    """

    name = "duckdb"
    schemas: tuple[tuple[str, str], ...]

    def __init__(self, release: Release, settings: DuckSettings):
        self._connection = duckdb.connect(":memory:")
        try:
            self.schemas = attach_release(self._connection, release)
            self._lock(settings)
        except duckdb.Error as error:
            raise FatalError(f"Release {release.number} cannot be opened: {error}") from error

    def open(self, statement: Statement, seconds: float) -> "DuckRows":
        """Start a query; see `Engine.open`."""
        return DuckRows(self._connection.cursor(), statement, seconds)

    def close(self) -> None:
        """Close the instance."""
        self._connection.close()

    def _lock(self, settings: DuckSettings) -> None:
        settings.spill.mkdir(parents=True, exist_ok=True)
        spill = str(settings.spill).replace("'", "''")
        self._execute(f"SET memory_limit = '{settings.memory_limit}'")
        self._execute(f"SET threads = {settings.threads}")
        self._execute(f"SET temp_directory = '{spill}'")
        self._execute("SET preserve_insertion_order = true")
        self._execute("SET enable_external_access = false")
        self._execute("SET lock_configuration = true")

    def _execute(self, sql: str) -> None:
        self._connection.execute(sql)


class DuckRows:
    """The rows of one query, which begins with the first of them.

    Parameters
    ----------
    cursor : DuckDBPyConnection
        This query's own.
    statement : Statement
    seconds : float
        Of the engine's time, after which it is stopped.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, statement: Statement, seconds: float):
        self._cursor = cursor
        self._statement = statement
        self._schema = arrow_schema(statement.fields)
        self._seconds = seconds
        self._allowance = Allowance(seconds, self.close)
        self._is_running = self._is_closed = False
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if not self._begin():
            return
        batches = self._run()
        try:
            while True:
                with self._allowance.spending():
                    batch = next(batches, None)
                if batch is None:
                    return
                yield _conform(batch, self._schema)
        except (duckdb.Error, OSError) as error:
            raise self._explain(error) from error
        finally:
            self._end()

    def fetch_few(self) -> list[tuple[Any, ...]]:
        """Return all rows at once; see `RowStream.fetch_few`."""
        if not self._begin():
            return []
        try:
            with self._allowance.spending():
                done = self._cursor.execute(self._statement.sql, self._statement.parameters)
                return done.fetchall()
        except (duckdb.Error, OSError) as error:
            raise self._explain(error) from error
        finally:
            self._end()

    def _run(self) -> Iterator[pa.RecordBatch]:
        for upload in self._statement.uploads:
            _take_upload(self._cursor, upload)
        relation = self._cursor.sql(self._statement.sql, params=self._statement.parameters)
        yield from relation.to_arrow_reader(BATCH_ROWS)

    def close(self) -> None:
        """Stop the query, if it still runs, and free its cursor; from any thread, at any time.

        While it runs it is only interrupted: the thread that takes its rows then frees it.
        """
        with self._lock:
            if self._is_running:
                self._cursor.interrupt()
            elif not self._is_closed:
                self._cursor.close()
            self._is_closed = True

    def _begin(self) -> bool:
        with self._lock:
            self._is_running = not self._is_closed
            return self._is_running

    def _end(self) -> None:
        with self._lock:
            self._is_running, self._is_closed = False, True
            self._cursor.close()

    def _explain(self, error: Exception) -> Exception:
        """Say in our words what went wrong; the engine's go to the log."""
        log.info("query ended: %s", error)
        text = str(error)
        if self._allowance.is_spent:
            return QueryTimeoutError(self._seconds)
        if self._is_closed:
            return QueryStoppedError()
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
            return UsageError("The query needs more memory than it may use; narrow it.")
        if isinstance(error, duckdb.OutOfRangeException) or "Out of Range" in text:
            return UsageError("A number in the query leaves the range of its type; cast it wider.")
        if isinstance(error, duckdb.ConversionException) or "Conversion Error" in text:
            return UsageError("A value cannot be converted to the type that the query asks for.")
        if isinstance(error, duckdb.IOException):
            return TransientError("The data cannot be read at the moment; try again.")
        return FatalError(f"The engine refused the query: {text}")


def _take_upload(cursor: duckdb.DuckDBPyConnection, upload: Upload) -> None:
    """Keep an upload in a temporary table, which no other cursor sees."""
    types = zip(physical_names(len(upload.fields)), map(ddl_type, upload.fields), strict=True)
    columns = ", ".join(f"{name} {ddl}" for name, ddl in types)
    cursor.execute(f'CREATE TEMP TABLE "{upload.name}" ({columns})')
    cursor.register("incoming", engine_rows(upload))
    cursor.execute(f'INSERT INTO temp."{upload.name}" FROM incoming')
    cursor.unregister("incoming")


def _conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch the promised names; a type that differs is a fault of ours, not a cast."""
    columns: list[Any] = []
    for column, promised in zip(batch.columns, schema, strict=True):
        same = column.type == promised.type or pa.types.is_list(promised.type)
        if not same:
            raise FatalError(f"Column {promised.name} came as {column.type}, not {promised.type}")
        columns.append(column.cast(promised.type) if column.type != promised.type else column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)
