"""A release in a DuckDB connection: its parts attached read-only, a view for each table."""

from pathlib import Path

import duckdb

from vo_service.release import sky
from vo_service.release.part import TABLES_FILE
from vo_service.release.release import Release
from vo_service.release.table import Table


def attach_release(connection: duckdb.DuckDBPyConnection, release: Release) -> None:
    """Make the tables of a release known as `schema.table`, the rows of all parts together.

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
