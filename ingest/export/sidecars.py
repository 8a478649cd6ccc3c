"""The files of a HATS catalogue beside its data: what it is, what lies where, how dense it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits

from ingest.export.partition import Partitions

PROPERTY_FILES = ("hats.properties", "properties")
"""The second is the name that HiPS gives it, and that older readers look for."""

MAP_FILES = ("skymap.fits", "point_map.fits")
"""The second is the older name, which readers still take the coverage from."""

MAP_ORDER = 8
"""Cells of 14 arcmin."""


def write_properties(folder: Path, values: Mapping[str, object]) -> None:
    """Write key and value a line, as the HATS note wants them."""
    text = "#HATS catalog\n" + "".join(f"{name}={value}\n" for name, value in values.items())
    for name in PROPERTY_FILES:
        (folder / name).write_text(text, encoding="utf-8")


def now() -> str:
    """Return the time as the properties have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MUTC")


def write_partition_info(folder: Path, partitions: Partitions) -> None:
    """Write which cells are partitions."""
    cells = zip(partitions.orders.tolist(), partitions.pixels.tolist(), strict=True)
    rows = "".join(f"{order},{pixel}\n" for order, pixel in cells)
    (folder / "partition_info.csv").write_text("Norder,Npix\n" + rows)


def write_maps(folder: Path, counts: np.ndarray) -> None:
    """Write how many rows each cell of order `MAP_ORDER` holds.

    Parameters
    ----------
    folder : Path
    counts : int32, shape (12 * 4**MAP_ORDER,)
    """
    column = fits.Column("VALUE", "J", array=counts)
    table = fits.BinTableHDU.from_columns([column])
    table.header.update(
        {
            "PIXTYPE": "HEALPIX",
            "ORDERING": "NESTED",
            "COORDSYS": "C",
            "NSIDE": 2**MAP_ORDER,
            "INDXSCHM": "IMPLICIT",
            "FIRSTPIX": 0,
            "LASTPIX": counts.size - 1,
        }
    )
    for name in MAP_FILES:
        table.writeto(folder / name)


def write_parquet_metadata(
    dataset: Path,
    schema: pa.Schema,
    footers: list[pq.FileMetaData],
    votable: bytes,
) -> None:
    """Write the schema with its VOTable, and the footers of all partitions in one file.

    Parameters
    ----------
    dataset : Path
        Folder of the partitions.
    schema : pyarrow.Schema
    footers : list of FileMetaData
        Their paths, relative to the folder, are set.
    votable : bytes
        Describes the columns (IVOA note VOParquet 1.0).
    """
    known = {"IVOA.VOTable-Parquet.version": "1.0", "IVOA.VOTable-Parquet.content": votable}
    pq.write_metadata(schema.with_metadata(known), dataset / "_common_metadata")
    pq.write_metadata(schema, dataset / "_metadata", metadata_collector=footers)
