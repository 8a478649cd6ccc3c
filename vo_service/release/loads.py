"""The books of a database: which releases are loaded, and which one is served."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from vo_service.errors import FatalError, TransientError, UsageError
from vo_service.release.postgres_functions import DEFINITIONS
from vo_service.release.release import Release

SCHEMA = "oddsky_loads"

LOCK = 0x0DD5
"""Of the one load that may run in a database."""

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
    """Return what a database serves, or None where nothing has been loaded yet.

    Raises
    ------
    FatalError
        When the role may not read it.
    """
    try:
        row = connection.execute(
            "SELECT load, release, created, schemas FROM oddsky_loads.loads WHERE state = 'served'"
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    except psycopg.errors.InsufficientPrivilege as error:
        raise FatalError(
            "The role may not read what was loaded; name it with --reader in oddsky load."
        ) from error
    return Loaded(row[0], row[1], row[2], tuple(row[3])) if row else None


def check_server(books: psycopg.Connection, reader: str | None) -> None:
    """Refuse a database that cannot hold a release, and a reader that it does not know.

    Raises
    ------
    UsageError
    """
    checks = (
        (
            "current_setting('server_encoding') = 'UTF8'",
            "is not encoded in UTF-8; make one that is",
        ),
        ("EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')", "is built without ICU"),
    )
    for condition, fault in checks:
        if books.execute(f"SELECT {condition}").fetchone() == (False,):
            raise UsageError(f"The database {fault}, and so cannot hold a release.")
    found = books.execute("SELECT FROM pg_roles WHERE rolname = %s", (reader,)).fetchone()
    if reader and found is None:
        raise UsageError(
            f"The database has no role '{reader}'; create it, or name another with --reader."
        )


def prepare(books: psycopg.Connection) -> None:
    """Lock the books for this connection, and make them and our functions where they are missing.

    Raises
    ------
    TransientError
        When another load runs.
    """
    # A loader that was killed must not hold the lock for as long as its last statement takes.
    books.execute("SET client_connection_check_interval = '1s'")
    ((alone,),) = books.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchall()
    if not alone:
        raise TransientError("Another load runs into this database; wait for its end.")
    for statement in (*_BOOKS, *DEFINITIONS):
        books.execute(statement)


def clean(books: psycopg.Connection) -> None:
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


def enter(books: psycopg.Connection, release: Release) -> Loaded:
    """Begin a load: from here on `clean` finds it, should it be killed."""
    schemas = tuple(dict.fromkeys(t.schema for t in release.tables))
    row = books.execute(
        """INSERT INTO oddsky_loads.loads (release, created, state, schemas)
        VALUES (%s, %s, 'loading', %s) RETURNING load""",
        (release.number, release.created, list(schemas)),
    ).fetchone()
    assert row is not None, "RETURNING gives a row"
    return Loaded(row[0], release.number, release.created, schemas)


def serve(books: psycopg.Connection, load: Loaded) -> None:
    """Put a load in the place of the one that is served: both rows change, or none."""
    with books.transaction():
        books.execute("UPDATE oddsky_loads.loads SET state = 'old' WHERE state = 'served'")
        books.execute(
            "UPDATE oddsky_loads.loads SET state = 'served', loaded = now() WHERE load = %s",
            (load.load,),
        )
