"""What ingest hands to the service: shards of spectra, tables, a part, a release."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ingest.batches import GriddedBatch, SpectrumBatch
from ingest.errors import IngestError
from ingest.identity import make_obj_ids
from ingest.subspaces import GRID
from ingest.workspace import Workspace
from vo_service.errors import NotFoundError, OddskyError
from vo_service.release import sky, spectra
from vo_service.release.attach import attach_release
from vo_service.release.field import Field as Field
from vo_service.release.part import TABLES_FILE, PartWriter
from vo_service.release.part import Part as Part
from vo_service.release.release import Release as Release
from vo_service.release.release import adopt_part, locked, prepare_root, publish
from vo_service.release.table import Table
from vo_service.release.types import arrow_schema

HEALPIX = "_healpix_29"
"""Under this name HATS keeps the HEALPix index."""

READING_MEMORY = "512MB"
"""What reading a table in pieces may take; the rest goes to disk."""


def save_shard(
    workspace: Workspace, number: int, survey: str, batch: SpectrumBatch, gridded: GriddedBatch
) -> None:
    """Write one shard of observed and rest-frame spectra; it appears when it is whole."""
    arrays = {
        "obj_id": make_obj_ids(survey, batch.facts["survey_id"]),
        "offsets": batch.offsets,
        "loglam0": batch.loglam0,
        "loglam_step": batch.loglam_step,
        "flux": batch.flux,
        "ivar": batch.ivar,
        "mask": batch.mask,
        "sky": batch.sky,
        "rest_flux": gridded.flux,
        "rest_ivar": gridded.ivar,
    }
    if batch.wave is not None:
        arrays["wave"] = batch.wave
    spectra.write_shard(workspace.spectra / f"{number:05d}", arrays)


def write_part(
    workspace: Workspace,
    kind: str,
    run_id: str,
    tables: Iterable[tuple[Table, pa.Table]],
    info: dict[str, Any],
) -> None:
    """Write the tables of a run, each as it comes, and finish its part.

    Parameters
    ----------
    workspace : Workspace
    kind : {'ingest', 'add'}
    run_id : str
    tables : iterable of (Table, pyarrow.Table)
    info : dict
        What is said of the run.

    Raises
    ------
    IngestError
        When they cannot be written.
    """
    spectra.write_index(workspace.spectra, GRID.loglam)
    try:
        with PartWriter(workspace.part) as writer:
            for table, rows in tables:
                writer.write_table(table, rows)
            writer.finish(kind, run_id, info)
    except duckdb.IOException as error:
        raise IngestError(
            f"The tables cannot be written, is the disk full? {error}".splitlines()[0]
        ) from error


def publish_part(root: Path, workspace: Workspace, run_id: str) -> Release:
    """Put a finished part in place of the ingest before it; what was published beside stays."""
    adopt_part(root, workspace.part, run_id)
    return publish(root, [run_id, *_published_beside(root)])


def republish(root: Path, run_id: str) -> Release:
    """Serve the part of an earlier equal run, unless it is served already."""
    release = current_release(root)
    if release and any(part.part_id == run_id for part in release.parts):
        return release
    return publish(root, [run_id, *_published_beside(root)])


def add_part(root: Path, workspace: Workspace, run_id: str) -> Release:
    """Publish a finished part beside all that is served now."""
    adopt_part(root, workspace.part, run_id)
    return publish(root, [*(part.part_id for part in Release.open(root).parts), run_id])


@contextmanager
def open_tables(part: Part) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables of a part for reading."""
    with duckdb.connect(str(part.folder / TABLES_FILE), read_only=True) as db:
        yield db


def read_table(release: Release, full_name: str) -> pa.Table:
    """Read a table of a release, as a pipeline's own report needs it.

    Raises
    ------
    IngestError
        When no part holds it.
    """
    for part in release.parts:
        if any(t.full_name == full_name for t in part.tables):
            with open_tables(part) as db:
                return db.sql(f"FROM {full_name}").to_arrow_table()
    raise IngestError(f"The release has no table {full_name}; ingest a mock survey first.")


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table with positions, as it is read piece of the sky by piece.

    Attributes
    ----------
    release : int
        Number of the release that it belongs to.
    table : Table
    """

    release: int
    table: Table
    _db: duckdb.DuckDBPyConnection

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows: the HEALPix index, then the published columns."""
        return arrow_schema(self.table.stored).insert(0, pa.field(HEALPIX, pa.int64()))

    def count_cells(self, order: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the NESTED cells that hold rows, increasing, and how many each holds, int64."""
        found = self._db.execute(
            f'SELECT "{sky.INDEX}" >> $1 AS cell, COUNT(*) AS n FROM {self._place} '
            f'WHERE "{sky.INDEX}" IS NOT NULL GROUP BY cell ORDER BY cell',
            [2 * (sky.ORDER - order)],
        ).fetchnumpy()
        return found["cell"].astype(np.int64), found["n"].astype(np.int64)

    def read(self, start: int, stop: int, batch_rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a half-open range of the HEALPix index at order 29, in its order."""
        names = ", ".join(f'"{f.name}"' for f in self.table.stored)
        order = ", ".join(f'"{name}"' for name in (sky.INDEX, *self.table.sort_by))
        rows = self._db.sql(
            f'SELECT "{sky.INDEX}" AS "{HEALPIX}", {names} FROM {self._place} '
            f'WHERE "{sky.INDEX}" >= $1 AND "{sky.INDEX}" < $2 ORDER BY {order}',
            params=[start, stop],
        )
        for batch in rows.to_arrow_reader(batch_rows):
            yield batch.cast(self.schema)

    @property
    def _place(self) -> str:
        return f'"{self.table.schema}"."{self.table.name}"'


@contextmanager
def open_placed(root: Path, full_name: str) -> Iterator[PlacedTable]:
    """Open a table with positions of the release that is served.

    Raises
    ------
    IngestError
        When there is no release, no such table, or it has no positions.
    """
    try:
        release = Release.open(root)
    except OddskyError as error:
        raise IngestError(str(error)) from error
    placed = {t.full_name: t for t in release.tables if t.has_sky}
    if full_name not in placed:
        known = any(t.full_name == full_name for t in release.tables)
        reason = "has no positions" if known else "is not in the release"
        raise IngestError(
            f"The table {full_name} {reason}; tables with positions are: {', '.join(placed)}."
        )
    with TemporaryDirectory(prefix="oddsky-") as spill, duckdb.connect() as db:
        db.execute(f"SET memory_limit = '{READING_MEMORY}'")
        db.execute("SET temp_directory = $1", [spill])
        attach_release(db, release)
        yield PlacedTable(release.number, placed[full_name], db)


def find_part(root: Path, run_id: str) -> Part | None:
    """Return the part of an earlier equal run, or None."""
    try:
        return Part.open(root / "parts" / run_id)
    except NotFoundError:
        return None


@contextmanager
def prepared_root(root: Path) -> Iterator[None]:
    """Make the folders of a directory and hold its lock.

    Raises
    ------
    IngestError
        When it holds something else, cannot be written, or another run holds the lock.
    """
    try:
        prepare_root(root)
        with locked(root):
            yield
    except OddskyError as error:
        raise IngestError(str(error)) from error


def current_release(root: Path) -> Release | None:
    """Return what is served now, or None."""
    try:
        return Release.open(root)
    except NotFoundError:
        return None


def _published_beside(root: Path) -> list[str]:
    release = current_release(root)
    return [p.part_id for p in release.parts if p.kind == "publish"] if release else []
