"""A release: an immutable list of parts that are served together, published by one rename."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from vo_service.errors import FatalError, NotFoundError, TransientError, UsageError
from vo_service.release import statistics, tap_schema
from vo_service.release.digest import digest_file
from vo_service.release.part import INFO_FILE, Part, write_json, write_tap_schema
from vo_service.release.table import Table

LAYOUT = frozenset({"current", "releases", "parts", "logs", "work", "state", "lock"})
TAP_SCHEMA_FILE = "tap_schema.duckdb"
KEPT_RELEASES = 5
REMOVED = ".removed-"
"""Before the name of what is being deleted."""


@dataclass(frozen=True, slots=True)
class Release:
    """What one release serves.

    Attributes
    ----------
    folder : Path
        `DIR/releases/<n>`.
    number : int
    created : str
        ISO 8601, UTC.
    parts : tuple of Part
    tables : tuple of Table
        Merged over the parts, rows added up; those of TAP_SCHEMA come last.
    """

    folder: Path
    number: int
    created: str
    parts: tuple[Part, ...]
    tables: tuple[Table, ...]

    @classmethod
    def open(cls, root: Path, number: int | None = None) -> "Release":
        """Open the current release of a directory, or the one with a number.

        Raises
        ------
        NotFoundError
            When the directory holds no such release.
        """
        folder = root / "releases" / str(number) if number else (root / "current").resolve()
        if not (folder / "release.json").exists():
            raise NotFoundError(f"{root} holds no release; run oddsky ingest --into {root} first.")
        info = json.loads((folder / "release.json").read_text())
        parts = tuple(Part.open(root / "parts" / p["part_id"]) for p in info["parts"])
        tables = (*merge_tables(parts), *_read_tap_schema(folder / TAP_SCHEMA_FILE))
        return cls(folder, info["number"], info["created"], parts, tables)

    @property
    def tap_schema_file(self) -> Path:
        """The database that holds the merged TAP_SCHEMA."""
        return self.folder / TAP_SCHEMA_FILE

    def holders(self, table: Table) -> tuple[int, ...]:
        """Return the indices of the parts that hold rows of a table."""
        return tuple(
            i
            for i, part in enumerate(self.parts)
            if any(t.full_name == table.full_name for t in part.tables)
        )


def merge_tables(parts: tuple[Part, ...]) -> tuple[Table, ...]:
    """Merge the tables of parts; the same table in several parts has their rows together.

    Raises
    ------
    FatalError
        When two parts describe one table with different columns.
    """
    merged: dict[str, Table] = {}
    for table in (t for part in parts for t in part.tables):
        seen = merged.get(table.full_name)
        if seen and seen.fields != table.fields:
            raise FatalError(f"Two parts describe {table.full_name} differently; ingest again.")
        merged[table.full_name] = _join(seen, table) if seen else table
    return tuple(merged.values())


def _join(first: Table, second: Table) -> Table:
    measured = statistics.merge(first.statistics, first.rows, second.statistics, second.rows)
    return second.with_rows(first.rows + second.rows, measured)


def _read_tap_schema(file: Path) -> tuple[Table, ...]:
    """Read how TAP_SCHEMA describes itself: an older release has fewer columns."""
    with duckdb.connect(str(file), read_only=True) as db:
        tables = tap_schema.read_tables(db, file.stem)
    return tuple(t for t in tables if t.schema == "tap_schema")


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the one lock of a directory; it is freed even when the process is killed.

    Raises
    ------
    TransientError
        When another run holds it.
    """
    with (root / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError(
                f"Another run is writing into {root}; wait for its end."
            ) from error
        yield


def prepare_root(root: Path) -> None:
    """Make the folders of a directory.

    Raises
    ------
    UsageError
        When it holds something else, or cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        strange = sorted({p.name for p in root.iterdir()} - LAYOUT)
        if strange:
            raise UsageError(
                f"{root} holds something else ({strange[0]}); name a new or an oddsky directory."
            )
        for name in ("releases", "parts", "logs", "work"):
            (root / name).mkdir(exist_ok=True)
        with (root / "lock").open("a"):
            pass
    except OSError as error:
        raise UsageError(
            f"Cannot write into {root}: {error.strerror}; name another directory."
        ) from error


def adopt_part(root: Path, folder: Path, part_id: str) -> Path:
    """Move a finished part to its place by one rename; an equal one that is there stays."""
    target = root / "parts" / part_id
    if not (target / INFO_FILE).exists():
        shutil.rmtree(target, ignore_errors=True)
        for path in (folder, *folder.rglob("*")):
            _sync(path)
        folder.rename(target)
        _sync(target.parent)
    return target


def publish(root: Path, part_ids: list[str]) -> Release:
    """Make a new release of these parts and put it in the place of the current one.

    The caller holds the lock. A reader sees the old release or the new one, never a mixture.
    """
    parts = tuple(Part.open(root / "parts" / part_id) for part_id in part_ids)
    number = (
        max((int(p.name) for p in (root / "releases").iterdir() if p.name.isdigit()), default=0) + 1
    )
    draft = root / "releases" / f".draft-{number}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    tables = (*merge_tables(parts), *tap_schema.TABLES)
    with duckdb.connect(str(draft / TAP_SCHEMA_FILE)) as db:
        write_tap_schema(db, tables)
    described = [{"part_id": p.part_id, "digest": digest_file(p.folder / INFO_FILE)} for p in parts]
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_json(draft / "release.json", {"number": number, "created": created, "parts": described})
    for path in (draft, *draft.iterdir()):
        _sync(path)
    draft.rename(root / "releases" / str(number))
    _sync(root / "releases")
    _point(root, number)
    _prune(root)
    return Release.open(root)


def _point(root: Path, number: int) -> None:
    link = root / "releases" / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{number}")
    link.rename(root / "current")
    _sync(root)


def _prune(root: Path) -> None:
    """Remove all but the last few releases, and the parts that none of these holds."""
    for left in root.glob(f"*/{REMOVED}*"):
        shutil.rmtree(left)
    numbers = sorted(int(p.name) for p in (root / "releases").iterdir() if p.name.isdigit())
    for number in numbers[:-KEPT_RELEASES]:
        _remove(root / "releases" / str(number))
    held = {
        p["part_id"]
        for n in numbers[-KEPT_RELEASES:]
        for p in json.loads((root / "releases" / str(n) / "release.json").read_text())["parts"]
    }
    for part in list((root / "parts").iterdir()):
        if part.name not in held:
            _remove(part)


def _remove(folder: Path) -> None:
    """Delete a folder that a kill must not leave half deleted under its name."""
    doomed = folder.with_name(REMOVED + folder.name)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _sync(path: Path) -> None:
    """Have a file or folder on the disk before a rename makes it public."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
