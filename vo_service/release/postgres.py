"""A release's tables in PostgreSQL: loaded beside the one that is served, then put in its place.

Each load has schemas of its own (`r7_oddsky`); the row of `oddsky_loads.loads` whose state is
`served` says which are read. A reader looks there once a request and names the schemas of that load
in its queries, so it sees one release, and a long query on the old one blocks nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from psycopg import sql

from vo_service.errors import FatalError, TransientError, UsageError
from vo_service.release import loads, sky
from vo_service.release.attach import attach_release, kept_names
from vo_service.release.loads import Loaded
from vo_service.release.postgres_functions import SCHEMA as FUNCTIONS
from vo_service.release.postgres_types import ddl_type, wire_type
from vo_service.release.release import Release
from vo_service.release.table import Table

BATCH_ROWS = 50_000
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""

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
        When the database or a role is not fit for it, or a name is too long for PostgreSQL.
    TransientError
        When the database does not answer, or another load runs.
    """
    _check_names(release)
    with _told_clearly(), psycopg.connect(url, autocommit=True) as books:
        loads.check_server(books, reader)
        loads.prepare(books)
        loads.clean(books)
        load = loads.enter(books, release)
        _fill(books, release, load, url, progress)
        if reader:
            _allow(books, load, reader)
        loads.serve(books, load)
        return load


@contextmanager
def _told_clearly() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise UsageError(
            "The role may not create schemas in this database; GRANT it CREATE, or name another."
        ) from error
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
    # The index finds cones, the third coordinate the partners of a cross-match.
    return stored + ([sky.INDEX, sky.Z] if table.has_sky else [])


def _allow(books: psycopg.Connection, load: Loaded, reader: str) -> None:
    role = sql.Identifier(reader)
    schemas = [*(name for _, name in load.names), loads.SCHEMA, FUNCTIONS]
    for schema in map(sql.Identifier, schemas):
        books.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        books.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role))
