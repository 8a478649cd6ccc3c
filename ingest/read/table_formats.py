"""Tables of spectra as FITS, VOTable, Parquet or CSV, brought to one shape."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from astropy.io import votable
from astropy.table import Table

from ingest.errors import RejectedSpectrum
from ingest.read.fits_scan import UnreadableError, is_table, scan_hdus


@dataclass(frozen=True, slots=True)
class Columns:
    """A table whose cells are numbers, texts or arrays.

    Attributes
    ----------
    values : dict
        Columns by lower-case name; a row of a column of arrays is one array. Masked numbers are
        NaN.
    units : dict of str
        By the same names, where the table says.
    meta : dict
        What the table says of itself, by lower-case name.
    """

    values: dict[str, Sequence[Any] | np.ndarray]
    units: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


def read_columns(data: bytes) -> Columns:
    """Read the first table of a file, of whichever format its bytes tell.

    Raises
    ------
    RejectedSpectrum
        When it is of none of the formats, or damaged.
    """
    name, parse = _format(data)
    try:
        with warnings.catch_warnings(action="ignore"):
            return parse(data)
    except UnreadableError as error:
        raise RejectedSpectrum(str(error)) from error
    # Parsers meet damaged files with errors of a dozen kinds, TypeError and KeyError among them.
    except Exception as error:
        raise RejectedSpectrum(f"is not a whole {name} table; write it anew") from error


def _format(data: bytes) -> tuple[str, Any]:
    if data.startswith(b"SIMPLE"):
        return "FITS", _read_fits
    if data.startswith(b"PAR1"):
        return "Parquet", _read_parquet
    if b"<VOTABLE" in data[:4096]:
        return "VOTable", _read_votable
    return "FITS, VOTable, Parquet or CSV", _read_csv


def _read_fits(data: bytes) -> Columns:
    hdus = list(scan_hdus(data))  # astropy takes a file that is cut short for a whole one
    if not any(map(is_table, hdus)):
        raise UnreadableError("has no table")
    return _from_astropy(Table.read(io.BytesIO(data), format="fits"), {})


def _read_votable(data: bytes) -> Columns:
    table = votable.parse(io.BytesIO(data)).get_first_table()
    params = {(param.name or param.ID): param.value for param in table.params}
    return _from_astropy(table.to_table(use_names_over_ids=True), params)


def _from_astropy(table: Table, meta: dict[str, Any]) -> Columns:
    return Columns(
        {name.lower(): _unmask(table[name]) for name in table.colnames},
        {name.lower(): str(table[name].unit) for name in table.colnames if table[name].unit},
        {str(name).lower(): value for name, value in (table.meta | meta).items()},
    )


def _unmask(column: Any) -> np.ndarray:
    """Return a column as numpy has it; what is masked among floats becomes NaN."""
    values = np.ma.asarray(column)
    if values.dtype.kind == "f":
        return values.filled(np.nan)
    return values.filled("") if values.dtype.kind in "US" else np.asarray(values)


def _read_parquet(data: bytes) -> Columns:
    return _from_arrow(pyarrow.parquet.read_table(pa.BufferReader(data)))


def _read_csv(data: bytes) -> Columns:
    return _from_arrow(pyarrow.csv.read_csv(pa.BufferReader(data)))


def _from_arrow(table: pa.Table) -> Columns:
    fields = {f.name.lower(): f for f in table.schema}
    units = {name: (f.metadata or {}).get(b"unit", b"").decode() for name, f in fields.items()}
    meta = {k.decode().lower(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    return Columns(
        {name: _from_chunked(table[f.name]) for name, f in fields.items()},
        {name: unit for name, unit in units.items() if unit},
        meta,
    )


def _from_chunked(column: pa.ChunkedArray) -> Sequence[Any] | np.ndarray:
    array = column.combine_chunks()
    if pa.types.is_integer(array.type) and array.null_count:
        return array.to_pylist()  # numpy has floats for it, too coarse for identifiers
    if not pa.types.is_nested(array.type):
        return array.to_numpy(zero_copy_only=False)
    if not len(array):
        return []
    sizes = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return np.split(array.flatten().to_numpy(zero_copy_only=False), np.cumsum(sizes)[:-1])
