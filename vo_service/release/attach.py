"""A release in a DuckDB connection: its parts attached read-only, a view for each table.

Where all tables of a schema lie in one part, queries may go to that part: a view costs each short
query a tenth of its time.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from vo_service.release import sky
from vo_service.release.part import TABLES_FILE
from vo_service.release.release import Release
from vo_service.release.table import Table


def attach_release(
    connection: duckdb.DuckDBPyConnection, release: Release
) -> tuple[tuple[str, str], ...]:
    """Make the tables of a release known, the rows of all parts together.

    Returns
    -------
    tuple of (str, str)
        Schemas that lie in one part whole, with their names there.

    Raises
    ------
    duckdb.Error
        When a part cannot be opened.
    """
    for i, part in enumerate(release.parts):
        file = _quoted(part.folder / TABLES_FILE)
        connection.execute(f"ATTACH '{file}' AS part{i} (READ_ONLY)")
    connection.execute(f"ATTACH '{_quoted(release.tap_schema_file)}' AS described (READ_ONLY)")
    for schema in dict.fromkeys(t.schema for t in release.tables):
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    for table in release.tables:
        connection.execute(_view(table, release.holders(table)))
    return tuple(_find_direct(release))


def _find_direct(release: Release) -> Iterator[tuple[str, str]]:
    yield "tap_schema", "described.tap_schema"
    holders: dict[str, set[tuple[int, ...]]] = {}
    for table in release.tables:
        holders.setdefault(table.schema, set()).add(release.holders(table))
    for schema, parts in holders.items():
        if schema != "tap_schema" and len(parts) == 1 and len(next(iter(parts))) == 1:
            yield schema, f"part{next(iter(parts))[0]}.{schema}"


def kept_names(table: Table) -> list[str]:
    """Return the columns that an engine keeps: the stored ones, and the hidden ones of the sky."""
    hidden = [sky.INDEX, sky.X, sky.Y, sky.Z] if table.has_sky else []
    return [f.name for f in table.stored] + hidden


def _view(table: Table, holders: tuple[int, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in kept_names(table))
    sources = [f'part{i}."{table.schema}"."{table.name}"' for i in holders]
    if table.schema == "tap_schema":
        sources = [f'described."{table.schema}"."{table.name}"']
    selects = " UNION ALL ".join(f"SELECT {columns} FROM {source}" for source in sources)
    return f'CREATE VIEW "{table.schema}"."{table.name}" AS {selects}'


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
