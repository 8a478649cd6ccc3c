"""A table of a release as a HATS catalogue, which LSDB reads (IVOA note HATS 1.0).

Rows are partitioned by their place on the sky, and pass through memory a few at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import IngestError
from ingest.export import sidecars
from ingest.export.describe import describe_schema, make_votable
from ingest.export.draft import drafted
from ingest.export.partition import DEEPEST, INDEX_ORDER, Partitions, choose_partitions
from ingest.provenance import package_version
from ingest.store import HEALPIX, PlacedTable, open_placed

ROWS_A_GROUP = 20_000
"""Rows of a row group, the least that a reader takes."""

FILES_A_FOLDER = 10_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows, partitions, and the rows that have no position."""

    rows: int
    partitions: int
    left_out: int


def export_hats(
    root: Path,
    target: Path,
    full_name: str,
    most_rows: int,
    advance: Callable[[int], None] = lambda rows: None,
) -> Exported:
    """Write a table as a HATS catalogue; it appears when it is whole.

    Parameters
    ----------
    root : Path
        Directory of the release.
    target : Path
        The catalogue's folder, new.
    full_name : str
        A table with positions.
    most_rows : int
        Rows of a partition, at most.
    advance : callable
        Told how many more rows are written.

    Raises
    ------
    IngestError
        When there is nothing to export, or something in the way.
    """
    with open_placed(root, full_name) as placed, drafted(target) as draft:
        cells, counts = placed.count_cells(DEEPEST)
        if not cells.size:
            raise IngestError(f"No row of {full_name} has a position; there is nothing to export.")
        partitions = choose_partitions(cells, counts, most_rows)
        _write_dataset(draft / "dataset", placed, partitions, advance)
        density = np.bincount(
            cells >> 2 * (DEEPEST - sidecars.MAP_ORDER), counts, 12 * 4**sidecars.MAP_ORDER
        )
        sidecars.write_maps(draft, density.astype(np.int32))
        sidecars.write_partition_info(draft, partitions)
        sidecars.write_properties(draft, _properties(draft, placed, partitions, most_rows))
    rows = int(counts.sum())
    return Exported(rows, len(partitions), placed.table.rows - rows)


def _write_dataset(
    dataset: Path, placed: PlacedTable, partitions: Partitions, advance: Callable[[int], None]
) -> None:
    fields = placed.table.stored
    schema = describe_schema(placed.schema, fields)
    footers: list[pq.FileMetaData] = []
    for k in range(len(partitions)):
        order, pixel = int(partitions.orders[k]), int(partitions.pixels[k])
        folder = f"Norder={order}/Dir={pixel // FILES_A_FOLDER * FILES_A_FOLDER}"
        path = dataset / folder / f"Npix={pixel}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        footer: list[pq.FileMetaData] = []
        with pq.ParquetWriter(path, schema, metadata_collector=footer, **_encoding(schema)) as file:
            start, stop = int(partitions.starts[k]), int(partitions.stops[k])
            for batch in placed.read(start, stop, ROWS_A_GROUP):
                file.write_batch(batch.cast(schema))
                advance(batch.num_rows)
        footer[0].set_file_path(str(path.relative_to(dataset)))
        footers += footer
    votable = make_votable(schema, fields, placed.table.description)
    sidecars.write_parquet_metadata(dataset, schema, footers, votable)


def _encoding(schema: pa.Schema) -> dict[str, object]:
    """Return how columns are packed: floats by bytes, texts by a dictionary."""
    floats = [f.name for f in schema if pa.types.is_floating(f.type)]
    packed = dict.fromkeys(floats, "BYTE_STREAM_SPLIT") | {HEALPIX: "DELTA_BINARY_PACKED"}
    texts = [f.name for f in schema if pa.types.is_string(f.type)]
    return {"compression": "zstd", "column_encoding": packed, "use_dictionary": texts}


def _properties(
    folder: Path, placed: PlacedTable, partitions: Partitions, most_rows: int
) -> dict[str, object]:
    table = placed.table
    ra, dec = table.by_role("ra"), table.by_role("dec")
    assert ra is not None and dec is not None, "asked for only where there are positions"
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return {
        "obs_collection": table.full_name.replace(".", "_"),
        "obs_title": table.description,
        "dataproduct_type": "object",
        "hats_nrows": int(partitions.counts.sum()),
        "hats_col_ra": ra.name,
        "hats_col_dec": dec.name,
        "hats_cols_default": " ".join(f.name for f in table.stored if f.principal),
        "hats_col_healpix": HEALPIX,
        "hats_col_healpix_order": INDEX_ORDER,
        "hats_npix_suffix": ".parquet",
        "hats_skymap_order": sidecars.MAP_ORDER,
        "hats_max_rows": most_rows,
        "hats_order": int(partitions.orders.max()),
        "moc_sky_fraction": f"{partitions.sky_fraction:.5f}",
        "hats_estsize": size // 1024 + 1,
        "hats_builder": f"oddsky v{package_version()}",
        "hats_creation_date": sidecars.now(),
        "hats_release_date": "2025-08-22",
        "hats_version": "v1.0",
        "prov_progenitor": f"{table.full_name} of release {placed.release}",
    }
