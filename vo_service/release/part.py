"""A part: the immutable output of one run, its tables described by their own TAP_SCHEMA."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from vo_service.errors import FatalError, NotFoundError, UsageError
from vo_service.release import sky, statistics, tap_schema
from vo_service.release.digest import digest_columns
from vo_service.release.table import Table, check_table
from vo_service.release.types import arrow_schema, ddl_type

TABLES_FILE, INFO_FILE = "tables.duckdb", "part.json"

WRITING_MEMORY = "1GB"
"""What the engine may take to sort a table; the rest goes to disk beside it."""


class PartWriter:
    """Write a part into a folder that nobody reads yet.

    Parameters
    ----------
    folder : Path
        Created when missing; what an interrupted run left of its tables is replaced.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (TABLES_FILE, TABLES_FILE + ".wal", INFO_FILE):
            (folder / name).unlink(missing_ok=True)
        self.folder = folder
        self._db = duckdb.connect(str(folder / TABLES_FILE))
        self._db.execute(f"SET memory_limit = '{WRITING_MEMORY}'")
        self._tables: list[Table] = []
        self._digests: dict[str, str] = {}

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()

    def write_table(self, table: Table, data: pa.Table) -> None:
        """Write one table; floating NaN becomes NULL, rows are put in their fixed order.

        Raises
        ------
        UsageError
            When the description is not fit to be published or does not match the data.
        """
        check_table(table)
        data = _conform(table, data)
        if table.has_sky:
            data = sky.add_sky_columns(data, *_position_names(table))
        self._db.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.schema}"')
        self._db.register("incoming", data)
        self._db.execute(_create_statement(table))
        self._db.unregister("incoming")
        measured = statistics.measure(self._db, _place(table), {f.name: f for f in table.stored})
        self._tables.append(table.with_rows(data.num_rows, measured))
        self._digests[table.full_name] = digest_columns(self._stored_columns(table))

    def finish(self, kind: str, part_id: str, info: dict[str, Any]) -> None:
        """Write TAP_SCHEMA and part.json; after this the part is never changed.

        Parameters
        ----------
        kind : str
            ingest, add or publish.
        part_id : str
            Name of its folder below `parts/`.
        info : dict
            What made it: versions, seeds, settings, input digests, timings, quality.
        """
        write_tap_schema(self._db, tuple(self._tables))
        self._db.execute("CHECKPOINT")
        self._db.close()
        rows = {t.full_name: t.rows for t in self._tables}
        head = {"kind": kind, "part_id": part_id, "rows": rows, "digests": self._digests}
        write_json(self.folder / INFO_FILE, head | info)

    def _stored_columns(self, table: Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
        """Yield names and columns one by one: a table of all neighbours is half a gigabyte."""
        for field in table.stored:
            rows = self._db.sql(f'SELECT "{field.name}" FROM {_place(table)}').to_arrow_table()
            yield field.name, rows[field.name]


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part on disk."""

    folder: Path
    part_id: str
    kind: str
    tables: tuple[Table, ...]
    info: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> "Part":
        """Read a part's description.

        Raises
        ------
        NotFoundError
            When there is no finished part in the folder.
        FatalError
            When its files cannot be read.
        """
        info_file = folder / INFO_FILE
        if not info_file.exists():
            raise NotFoundError(f"There is no finished part in {folder}.")
        try:
            info = json.loads(info_file.read_text())
            with duckdb.connect(str(folder / TABLES_FILE), read_only=True) as db:
                tables = tap_schema.read_tables(db, Path(TABLES_FILE).stem)
        except (ValueError, duckdb.Error) as error:
            raise FatalError(f"The part in {folder} cannot be read: {error}") from error
        return cls(folder, info["part_id"], info["kind"], tables, info)


def write_tap_schema(db: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Write the rows that describe these tables into the schema tap_schema of a database."""
    # Qualified in full: in tap_schema.duckdb the database has the name of the schema.
    database = db.sql("SELECT current_database()").fetchall()[0][0]
    db.execute(f'CREATE SCHEMA "{database}".tap_schema')
    for name, rows in tap_schema.make_rows(tuple(tables)).items():
        db.register("incoming", rows)
        db.execute(f'CREATE TABLE "{database}".tap_schema.{name} AS FROM incoming')
        db.unregister("incoming")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON file that is whole or not there."""
    draft = path.with_suffix(".draft")
    with draft.open("w") as stream:
        json.dump(value, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(path)


def _conform(table: Table, data: pa.Table) -> pa.Table:
    missing = [f.name for f in table.stored if f.name not in data.column_names]
    if missing:
        raise UsageError(f"Table {table.full_name} lacks the columns {', '.join(missing)}.")
    try:
        return data.select([f.name for f in table.stored]).cast(arrow_schema(table.stored))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(
            f"Table {table.full_name} does not match its description: {error}"
        ) from error


def _position_names(table: Table) -> tuple[str, str]:
    ra, dec = table.by_role("ra"), table.by_role("dec")
    assert ra is not None and dec is not None, "asked for only where has_sky"
    return ra.name, dec.name


def _create_statement(table: Table) -> str:
    columns = [_stored_column(f.name, ddl_type(f)) for f in table.stored]
    order = list(table.sort_by)
    if table.has_sky:
        columns += [f'"{name}"' for name in (sky.INDEX, sky.X, sky.Y, sky.Z)]
        order = [sky.INDEX, *order]
    order_by = " ORDER BY " + ", ".join(f'"{name}" NULLS LAST' for name in order) if order else ""
    selected = f"SELECT {', '.join(columns)} FROM incoming{order_by}"
    return f"CREATE TABLE {_place(table)} AS {selected}"


def _place(table: Table) -> str:
    return f'"{table.schema}"."{table.name}"'


def _stored_column(name: str, ddl: str) -> str:
    if ddl in ("FLOAT", "DOUBLE"):
        return f'CASE WHEN isnan("{name}") THEN NULL ELSE "{name}" END::{ddl} AS "{name}"'
    return f'"{name}"::{ddl} AS "{name}"'
