"""Publish a table of a file beside what a directory serves."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from vo_service.errors import NotFoundError, OddskyError, UsageError
from vo_service.release.digest import digest_file
from vo_service.release.field import NAME_PATTERN
from vo_service.release.part import PartWriter
from vo_service.release.release import Release, adopt_part, locked, prepare_root, publish
from vo_service.release.reserved import RESERVED_WORDS
from vo_service.release.table import Table, check_table
from vo_service.tables.describe import Description, complete, describe, require_complete
from vo_service.tables.metadata import Metadata, write_template
from vo_service.tables.read import ReadLimits, TableFile, read_table

LIMITS = ReadLimits(max_rows=2**31, max_bytes=2**36, max_columns=10_000)
KIND = "publish"
RESERVED_SCHEMAS = {
    "oddsky": "holds what an ingest makes",
    "ivoa": "holds what an ingest makes",
    "tap_schema": "describes the tables",
    "tap_upload": "holds uploads",
    "information_schema": "belongs to the database",
    "main": "belongs to the database",
    "temp": "belongs to the database",
    "system": "belongs to the database",
}


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What to publish.

    Attributes
    ----------
    source : Path
        FITS, VOTable, Parquet, Arrow, CSV, TSV or ECSV.
    root : Path
        Directory of the release; new, or one of oddsky's.
    full_name : str
        `schema.table`.
    metadata : Metadata
        What the user says of it.
    draft : bool
        Whether what is missing is filled in.
    """

    source: Path
    root: Path
    full_name: str
    metadata: Metadata
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Attributes
    ----------
    release : Release
    table : Table
    notes : tuple of str
        What was changed or found, a sentence each.
    is_new : bool
        False when the very same table was there already.
    """

    release: Release
    table: Table
    notes: tuple[str, ...]
    is_new: bool


def publish_table(request: PublishRequest) -> Published:
    """Publish a table in a new release; one of the same name is replaced.

    Raises
    ------
    UsageError
        When the file cannot be read, the name is taken or not fit, or metadata are missing.
    TransientError
        When another run writes into the directory.
    """
    schema, name = split_name(request.full_name)
    file = read_source(request.source)
    described = describe(file, request.metadata)
    if request.draft:
        complete(described, request.source.name)
    require_complete(described, request.source.name)
    table = Table(schema, name, described.text, described.fields(), rows=file.rows.num_rows)
    check_table(table)
    rows = file.rows.rename_columns([f.name for f in table.fields])
    prepare_root(request.root)
    with locked(request.root):
        release, is_new = _publish(request, table, rows)
    return Published(release, table, tuple(described.notes), is_new)


def write_metadata_template(source: Path, target: Path, metadata: Metadata) -> Description:
    """Write a metadata file with what a table's file says, to be filled in.

    Raises
    ------
    UsageError
        When the table cannot be read, or the metadata file is there already.
    """
    described = describe(read_source(source), metadata)
    write_template(target, described.text, described.known())
    return described


def read_source(source: Path) -> TableFile:
    """Read the file of a table.

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    try:
        return read_table(source, LIMITS, trusted=True)
    except OSError as error:
        raise UsageError(f"Cannot read {source}: {error.strerror}.") from error


def split_name(full_name: str) -> tuple[str, str]:
    """Split `schema.table`.

    Raises
    ------
    UsageError
        When it is none, no plain identifiers, or the schema is not for users.
    """
    schema, dot, name = full_name.partition(".")
    if not dot or not schema or not name or "." in name:
        raise UsageError(f"'{full_name}' is no table name; write schema.table.")
    if schema.lower() in RESERVED_SCHEMAS:
        raise UsageError(
            f"Schema {schema} {RESERVED_SCHEMAS[schema.lower()]}; name another for your table."
        )
    for word in (schema, name):
        if word.upper() in RESERVED_WORDS:
            raise UsageError(f"'{word}' is a reserved word of ADQL; choose another name.")
        if not NAME_PATTERN.match(word):
            raise UsageError(f"'{word}' must match [a-z][a-z0-9_]*; choose another name.")
    return schema, name


def _publish(request: PublishRequest, table: Table, rows: pa.Table) -> tuple[Release, bool]:
    digest = digest_file(request.source)
    part_id = _part_id(digest, table)
    current = _current(request.root)
    if current and any(p.part_id == part_id for p in current.parts):
        return current, False
    kept = [] if current is None else _kept_parts(current, table)
    work = request.root / "work"
    # The lock is held: what is there was left by a run that was killed.
    for left in work.glob(f"{KIND}-*"):
        shutil.rmtree(left)
    folder = work / f"{KIND}-{part_id}"
    about = {"source": request.source.name, "input_digest": digest, "versions": _versions()}
    _write_part(folder, part_id, about, table, rows)
    adopt_part(request.root, folder, part_id)
    return publish(request.root, [*kept, part_id]), True


def _write_part(
    folder: Path, part_id: str, about: dict[str, Any], table: Table, rows: pa.Table
) -> None:
    try:
        with PartWriter(folder) as writer:
            writer.write_table(table, rows)
            writer.finish(KIND, part_id, about)
    except duckdb.IOException as error:
        raise OddskyError("The table cannot be written; is the disk full?") from error


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("oddsky", "duckdb", "pyarrow")}


def _part_id(digest: str, table: Table) -> str:
    """Name a part by what determines its content."""
    what = json.dumps([digest, asdict(replace(table, rows=0)), version("oddsky")])
    return hashlib.sha256(what.encode()).hexdigest()[:16]


def _current(root: Path) -> Release | None:
    try:
        return Release.open(root)
    except NotFoundError:
        return None


def _kept_parts(current: Release, table: Table) -> list[str]:
    """Return the parts that stay: all but an older version of the table."""
    holders = [p for p in current.parts if any(t.full_name == table.full_name for t in p.tables)]
    if any(p.kind != KIND for p in holders):
        raise UsageError(f"{table.full_name} is a table of the survey; name another.")
    return [p.part_id for p in current.parts if p not in holders]
