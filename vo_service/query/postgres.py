"""PostgreSQL: a query a transaction, its rows by binary COPY straight into Arrow batches.

COPY takes no parameters, so literals stand in the statement as `adql.compile` writes them. It is
worth it: a cursor with bound parameters takes more than twice as long, and a plain statement with
them holds all rows at once.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader
from adbc_driver_postgresql import StatementOptions

from vo_service.errors import (
    FatalError,
    QueryStoppedError,
    QueryTimeoutError,
    TransientError,
    UsageError,
)
from vo_service.query.allowance import Allowance
from vo_service.query.engine import Statement, Upload
from vo_service.query.postgres_pool import Pool, Session
from vo_service.query.uploads import engine_rows, physical_names
from vo_service.release.postgres_types import ddl_type, wire_type
from vo_service.release.types import arrow_schema

log = logging.getLogger("oddsky.query")

BATCH_BYTES = 4 * 2**20

CANCELLED = "57014"
USER_ERRORS = {
    "22003": "A number in the query leaves the range of its type; cast it wider.",
    "22012": "A number in the query leaves the range of its type; cast it wider.",
    "2201": "A function in the query is not defined for one of its numbers.",
    "22": "A value cannot be converted to the type that the query asks for.",
    "21000": "A query in the place of a value gives more than one row.",
    "0A000": "The database cannot join tables in that way; compare columns for equality.",
    "53": "The query needs more memory than it may use; narrow it.",
    "54": "The query is too complex for the database; make it shorter.",
}
"""What the user did, by SQLSTATE (PostgreSQL, appendix A) or the beginning of one."""

TRANSIENT = ("08", "57P", "53300", "40", "42P01", "3F000")
"""The database is away, restarts or has no connection left; or the release has been replaced."""


@dataclass(slots=True)
class PostgresEngine:
    """Run statements on one loaded release.

    Attributes
    ----------
    pool : Pool
    schemas : tuple of (str, str)
        Published schemas and the schemas that hold this release's tables.
    """

    pool: Pool
    schemas: tuple[tuple[str, str], ...]
    name: str = "postgresql"

    def open(self, statement: Statement, seconds: float) -> "PostgresRows":
        """Prepare a query, which starts when its first batch is asked for; see `Engine.open`."""
        return PostgresRows(self.pool, self.pool.take(), statement, seconds)

    def close(self) -> None:
        """Leave the pool to the other releases."""


class PostgresRows:
    """The rows of one query.

    Parameters
    ----------
    pool : Pool
    session : Session
        This query's own; it goes back to the pool when the query came to its end, and is closed
        otherwise, for a late cancel would hit the next query.
    statement : Statement
    seconds : float
        Of the server's time, after which it is stopped.
    """

    def __init__(self, pool: Pool, session: Session, statement: Statement, seconds: float):
        self._pool = pool
        self._session = session
        self._statement = statement
        self._schema = arrow_schema(statement.fields)
        self._seconds = seconds
        self._allowance = Allowance(seconds, self._cancel)
        self._reader: AdbcRecordBatchReader | None = None
        self._busy = threading.Lock()
        self._closing = threading.Event()
        self._given_back = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        complete = False
        try:
            while (batch := self._next()) is not None:
                yield batch
            complete = True
        finally:
            self._give_back(complete)

    def fetch_few(self) -> list[tuple[Any, ...]]:
        """Return all rows at once; see `RowStream.fetch_few`."""
        batches = (batch.columns for batch in self)
        return [row for b in batches for row in zip(*(c.to_pylist() for c in b), strict=True)]

    def close(self) -> None:
        """Stop the query, if it still runs, and free its connection."""
        self._closing.set()
        # Again and again: a cancel that comes before the query has begun is lost.
        while not self._busy.acquire(timeout=0.05):
            self._session.cancel()
        self._busy.release()
        self._give_back(complete=False)

    def _next(self) -> pa.RecordBatch | None:
        with self._busy:
            if self._closing.is_set():
                return None
            try:
                with self._allowance.spending():
                    self._reader = self._reader or self._start()
                    batch = self._reader.read_next_batch()
                return _conform(batch, self._schema)
            except StopIteration:
                return None
            except (adbc.Error, OSError) as error:
                raise self._explain(error) from error

    def _cancel(self) -> None:
        self._session.cancel()

    def _start(self) -> AdbcRecordBatchReader:
        statement = self._statement
        begin = "BEGIN READ WRITE" if statement.uploads else "BEGIN READ ONLY"
        self._session = self._pool.begin(self._session, begin)
        cursor = self._session.cursor
        for upload in statement.uploads:
            _take_upload(cursor, upload)
        if statement.uploads:
            cursor.execute("SET TRANSACTION READ ONLY")
        hint = StatementOptions.BATCH_SIZE_HINT_BYTES.value
        cursor.adbc_statement.set_options(**{hint: str(BATCH_BYTES)})
        cursor.execute(statement.sql)
        # The driver's own reader: errors of plain pyarrow would come without SQLSTATE.
        handle = cursor.fetch_arrow()
        return AdbcRecordBatchReader._import_from_c(handle.address)

    def _give_back(self, complete: bool) -> None:
        with self._busy:
            if not self._given_back:
                self._given_back = True
                # A cancel may be on its way to a session that is being closed.
                complete = complete and not self._closing.is_set()
                try:
                    self._end_reading(complete)
                finally:
                    self._pool.give_back(self._session, complete)

    def _end_reading(self, complete: bool) -> None:
        """Release the rows; the server need not send the rest of those that nobody wants."""
        if not complete:
            self._session.cancel()
        if self._reader is not None:
            with suppress(adbc.Error, OSError):  # what it would tell, its last batch has told
                self._reader.close()

    def _explain(self, error: Exception) -> Exception:
        """Say in our words what went wrong; the engine's go to the log."""
        log.info("query ended: %s", error)
        state = getattr(error, "sqlstate", None) or ""
        if self._closing.is_set():
            return QueryStoppedError()
        if state == CANCELLED:
            return QueryTimeoutError(self._seconds)
        if not state or state.startswith(TRANSIENT):
            return TransientError("The database does not answer at the moment; try again.")
        for beginning, message in USER_ERRORS.items():
            if state.startswith(beginning):
                return UsageError(message)
        return FatalError(f"The engine refused the query: {error}")


def _take_upload(cursor: Any, upload: Upload) -> None:
    """Keep an upload in a temporary table, which is gone with the transaction."""
    types = zip(physical_names(len(upload.fields)), map(ddl_type, upload.fields), strict=True)
    columns = ", ".join(f"{name} {ddl}" for name, ddl in types)
    cursor.execute(f'CREATE TEMP TABLE "{upload.name}" ({columns})')
    rows = engine_rows(upload)
    wire = pa.schema(list(zip(rows.column_names, map(wire_type, upload.fields), strict=True)))
    cursor.adbc_ingest(upload.name, rows.cast(wire), mode="append", db_schema_name="pg_temp")
    cursor.execute(f'ANALYZE pg_temp."{upload.name}"')


def _conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch the promised names; a type that differs is a fault of ours, not a cast."""
    columns: list[Any] = []
    for column, promised in zip(batch.columns, schema, strict=True):
        same = column.type == promised.type or pa.types.is_list(promised.type)
        # PostgreSQL has no unsigned byte: it travels as a short.
        if not same and (column.type, promised.type) != (pa.int16(), pa.uint8()):
            raise FatalError(f"Column {promised.name} came as {column.type}, not {promised.type}")
        columns.append(column.cast(promised.type) if column.type != promised.type else column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)
