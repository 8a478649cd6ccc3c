"""A release's tables in PostgreSQL: loaded beside the one that is served, then put in its place.

Each load has schemas of its own (`r7_oddsky`); the row of `oddsky_loads.loads` whose state is
`served` says which are read. A reader looks there once a request and names the schemas of that load
in its queries, so it sees one release, and a long query on the old one blocks nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from psycopg import sql

from vo_service.errors import FatalError, TransientError, UsageError
from vo_service.release import sky
from vo_service.release.attach import attach_release, kept_names
from vo_service.release.postgres_functions import DEFINITIONS
from vo_service.release.postgres_functions import SCHEMA as FUNCTIONS
from vo_service.release.postgres_types import ddl_type, wire_type
from vo_service.release.release import Release
from vo_service.release.table import Table

BATCH_ROWS = 50_000
LOCK = 0x0DD5
"""Of the one load that may run in a database."""

LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""

_BOOKS = (
    "CREATE SCHEMA IF NOT EXISTS oddsky_loads",
    """CREATE TABLE IF NOT EXISTS oddsky_loads.loads (
        load bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        release integer NOT NULL,
        created text NOT NULL,
        state text NOT NULL CHECK (state IN ('loading', 'served', 'old')),
        schemas text[] NOT NULL,
        loaded timestamptz)""",
    """CREATE UNIQUE INDEX IF NOT EXISTS loads_served ON oddsky_loads.loads (state)
        WHERE state = 'served'""",
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The release that a database serves.

    Attributes
    ----------
    load : int
        Counts the loads.
    release : int
        Its number.
    created : str
        When it was published: another directory may hold one of the same number.
    schemas : tuple of str
        As published.
    """

    load: int
    release: int
    created: str
    schemas: tuple[str, ...]

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The published schemas with their names in the database."""
        return tuple((schema, f"r{self.load}_{schema}") for schema in self.schemas)


def read_served(connection: psycopg.Connection) -> Loaded | None:
    """Return what a database serves, or None where nothing has been loaded yet."""
    try:
        row = connection.execute(
            "SELECT load, release, created, schemas FROM oddsky_loads.loads WHERE state = 'served'"
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    return Loaded(row[0], row[1], row[2], tuple(row[3])) if row else None


Progress = Callable[[Table, int], None]
"""Told after each batch: the table, and how many rows of it there are now."""


def load_release(release: Release, url: str, reader: str | None, progress: Progress) -> Loaded:
    """Load a release and serve it from its last row on; a failure leaves the old one served.

    Parameters
    ----------
    release : Release
    url : str
        As libpq takes it; the role must be allowed to create schemas.
    reader : str, optional
        Role that may read the tables.
    progress : callable

    Raises
    ------
    UsageError
        When the role may not do it, or a name is too long for PostgreSQL.
    TransientError
        When the database does not answer, or another load runs.
    """
    _check_names(release)
    with _told_clearly(), psycopg.connect(url, autocommit=True) as books:
        _prepare(books)
        _clean(books)
        load = _enter(books, release)
        _fill(books, release, load, url, progress)
        if reader:
            _allow(books, load, reader)
        _serve(books, load)
        return load


@contextmanager
def _told_clearly() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise UsageError(
            "The role may not create schemas in this database; GRANT it CREATE, or name another."
        ) from error
    except psycopg.errors.UndefinedObject as error:
        raise UsageError(f"The database has no such role: {error.diag.message_primary}.") from error
    except psycopg.errors.DiskFull as error:
        raise TransientError(
            "The disk of the database is full; make room and load again."
        ) from error
    except psycopg.OperationalError as error:
        raise TransientError(
            "The database does not answer or refuses the login; look at the URL, and try again."
        ) from error
    except (psycopg.Error, dbapi.Error, duckdb.Error) as error:
        raise FatalError(f"The release could not be loaded: {error}") from error


def _check_names(release: Release) -> None:
    for table in release.tables:
        for name in (f"r999999_{table.schema}", table.name, *kept_names(table)):
            if len(name.encode()) > LONGEST_NAME:
                raise UsageError(
                    f"{table.full_name}: '{name}' is longer than the {LONGEST_NAME} bytes of a "
                    "name in PostgreSQL; publish it under a shorter one."
                )


def _prepare(books: psycopg.Connection) -> None:
    # A loader that was killed must not hold the lock for as long as its last statement takes.
    books.execute("SET client_connection_check_interval = '1s'")
    ((alone,),) = books.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchall()
    if not alone:
        raise TransientError("Another load runs into this database; wait for its end.")
    for statement in (*_BOOKS, *DEFINITIONS):
        books.execute(statement)


def _clean(books: psycopg.Connection) -> None:
    """Drop what a killed load left, and old releases but the last, which may still be read."""
    rows = books.execute(
        """SELECT load, schemas FROM oddsky_loads.loads
        WHERE state = 'loading' OR state = 'old' AND load < (
            SELECT max(load) FROM oddsky_loads.loads WHERE state = 'old')"""
    ).fetchall()
    for load, schemas in rows:
        try:
            with books.transaction():
                books.execute("SET LOCAL lock_timeout = '5s'")
                _drop(books, load, schemas)
        except psycopg.errors.LockNotAvailable:
            continue  # a long query reads it still: the next load drops it


def _drop(books: psycopg.Connection, load: int, schemas: list[str]) -> None:
    for schema in schemas:
        name = sql.Identifier(f"r{load}_{schema}")
        books.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
    books.execute("DELETE FROM oddsky_loads.loads WHERE load = %s", (load,))


def _enter(books: psycopg.Connection, release: Release) -> Loaded:
    schemas = tuple(dict.fromkeys(t.schema for t in release.tables))
    row = books.execute(
        """INSERT INTO oddsky_loads.loads (release, created, state, schemas)
        VALUES (%s, %s, 'loading', %s) RETURNING load""",
        (release.number, release.created, list(schemas)),
    ).fetchone()
    assert row is not None, "RETURNING gives a row"
    return Loaded(row[0], release.number, release.created, schemas)


def _fill(
    books: psycopg.Connection, release: Release, load: Loaded, url: str, progress: Progress
) -> None:
    names = dict(load.names)
    for name in names.values():
        books.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    with duckdb.connect(":memory:") as source, dbapi.connect(url, autocommit=True) as target:
        attach_release(source, release)
        for table in release.tables:
            place = sql.Identifier(names[table.schema], table.name)
            books.execute(_create(table, place))
            rows = _rows(source, table, len(release.holders(table)) > 1, progress)
            with target.cursor() as cursor:
                cursor.adbc_ingest(
                    table.name, rows, mode="append", db_schema_name=names[table.schema]
                )
            for column in _indexed(table):
                index = sql.SQL("CREATE INDEX ON {} ({})").format(place, sql.Identifier(column))
                books.execute(index)
            # Frozen and with its visibility map, so that no reader has to write hint bits.
            books.execute(sql.SQL("VACUUM (FREEZE, ANALYZE) {}").format(place))


def _create(table: Table, place: sql.Identifier) -> sql.Composed:
    types: list[Any] = [sql.SQL(ddl_type(f)) for f in table.stored]
    if table.has_sky:
        types += [sql.SQL("bigint"), *[sql.SQL("double precision")] * 3]
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), kind)
        for name, kind in zip(kept_names(table), types, strict=True)
    ]
    return sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(", ").join(columns))


def _rows(
    source: duckdb.DuckDBPyConnection, table: Table, is_merged: bool, progress: Progress
) -> pa.RecordBatchReader:
    """Read a table in the order in which it lies on disk; one part's rows are sorted already."""
    order = f' ORDER BY "{sky.INDEX}" NULLS LAST' if is_merged and table.has_sky else ""
    relation = source.sql(f'SELECT * FROM "{table.schema}"."{table.name}"{order}')
    types = [wire_type(f) for f in table.stored]
    types += [pa.int64(), *[pa.float64()] * 3] if table.has_sky else []
    schema = pa.schema(list(zip(kept_names(table), types, strict=True)))

    def batches() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch in relation.to_arrow_reader(BATCH_ROWS):
            yield batch.cast(schema)
            done += batch.num_rows
            progress(table, done)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _indexed(table: Table) -> list[str]:
    """Return the columns by which rows are looked up."""
    joined = {here for key in table.keys for here, _ in key.columns}
    stored = [f.name for f in table.stored if f.role == "id" or f.indexed or f.name in joined]
    return stored + ([sky.INDEX] if table.has_sky else [])


def _allow(books: psycopg.Connection, load: Loaded, reader: str) -> None:
    role = sql.Identifier(reader)
    schemas = [*(name for _, name in load.names), "oddsky_loads", FUNCTIONS]
    for schema in map(sql.Identifier, schemas):
        books.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        books.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role))


def _serve(books: psycopg.Connection, load: Loaded) -> None:
    """Put a load in the place of the one that is served: both rows change, or none."""
    with books.transaction():
        books.execute("UPDATE oddsky_loads.loads SET state = 'old' WHERE state = 'served'")
        books.execute(
            "UPDATE oddsky_loads.loads SET state = 'served', loaded = now() WHERE load = %s",
            (load.load,),
        )
