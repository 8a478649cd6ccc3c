"""Arrow columns made ready for encoders: one array, text as VOTable wants it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.release.field import Field


def single(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one contiguous array that begins at its buffers' beginning."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    whole = pa.concat_arrays(chunks)
    return whole if whole.offset == 0 else pa.concat_arrays([whole, whole.slice(0, 0)])


def as_text(field: Field, column: pa.Array) -> pa.Array:
    """Return texts and timestamps as strings; null stays null.

    A `char` column holds ASCII alone (VOTable 1.4, section 2.1): other characters become `?`.
    Columns that hold them are published as `unicodeChar`.
    """
    if field.xtype == "timestamp":
        return iso_times(column)
    column = column.cast(pa.string())
    if field.datatype == "char" and not is_ascii(column):
        return pc.replace_substring_regex(column, "[^\x00-\x7f]", "?")
    return column


def iso_times(column: pa.Array) -> pa.Array:
    """Write timestamps as DALI wants them, without a fraction where all are whole seconds."""
    micro = column.cast(pa.timestamp("us"))
    whole = pc.all(pc.equal(pc.microsecond(micro), 0)).as_py() is not False
    whole = whole and pc.all(pc.equal(pc.millisecond(micro), 0)).as_py() is not False
    times = micro.cast(pa.timestamp("s"), safe=False) if whole else micro
    return pc.strftime(times, format="%Y-%m-%dT%H:%M:%S")


def is_ascii(column: pa.Array) -> bool:
    """Whether all texts of a column are ASCII."""
    return not (text_bytes(column)[1] >= 0x80).any()


def text_bytes(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets int64, shape (n + 1,), and the UTF-8 bytes of a string column.

    Nulls have length 0.
    """
    column = single(pc.fill_null(column.cast(pa.large_string()), ""))
    _, offsets, values = column.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(column) + 1) if offsets else np.zeros(1, np.int64)
    data = np.frombuffer(values, np.uint8) if values is not None else np.empty(0, np.uint8)
    return bounds - bounds[0], data[bounds[0] : bounds[-1]]


def list_values(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return lengths int64, shape (n,), and the elements of a list column end to end."""
    lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return lengths.astype(np.int64), column.flatten().to_numpy(zero_copy_only=False)


def number_values(column: pa.Array) -> np.ndarray:
    """Return numbers with null as NaN, or as 0 for integers and False for booleans."""
    if column.null_count and not pa.types.is_floating(column.type):
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    return column.to_numpy(zero_copy_only=False)
