"""Arrow columns made ready for encoders: slices of a size, text as VOTable wants it."""

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.release.field import Field

CHUNK_BYTES = 1 << 20
"""Of Arrow data that are encoded at once: what a core's cache holds."""


def slices(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Cut batches into slices of about CHUNK_BYTES, at least a row each."""
    for batch in batches:
        rows = max(1, CHUNK_BYTES * batch.num_rows // max(1, batch.nbytes))
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def fixed_length(field: Field) -> int | None:
    """Return how many elements each cell has (VOTable 1.4, section 2.2).

    None when cells differ in length. A text's elements are its characters.
    """
    if not field.arraysize:
        return 1
    if field.arraysize.endswith("*"):
        return None
    return math.prod(int(n) for n in field.arraysize.split("x"))


def as_text(field: Field, column: pa.Array) -> pa.Array:
    """Return texts and timestamps as strings; null stays null.

    A `char` column holds ASCII alone (VOTable 1.4, section 2.1): other characters become `?`.
    Columns that hold them are published as `unicodeChar`.
    """
    if field.xtype == "timestamp":
        return iso_times(column, not whole_seconds(column))
    column = column.cast(pa.string())
    return ascii_only(column) if field.datatype == "char" else column


def ascii_only(column: pa.Array) -> pa.Array:
    """Write `?` for each character that is not ASCII."""
    if is_ascii(column):
        return column
    return pc.replace_substring_regex(column, "[^\x00-\x7f]", "?")


def whole_seconds(column: pa.Array) -> bool:
    """Whether no timestamp has a fraction of a second."""
    micro = column.cast(pa.int64())
    return pc.all(pc.equal(micro, pc.multiply(pc.divide(micro, 10**6), 10**6))).as_py() is not False


def iso_times(column: pa.Array, fraction: bool) -> pa.Array:
    """Write timestamps as DALI wants them, with microseconds or whole seconds."""
    times = column if fraction else column.cast(pa.timestamp("s"), safe=False)
    return pc.replace_substring(times.cast(pa.string()), " ", "T", max_replacements=1)


def is_ascii(column: pa.Array) -> bool:
    """Whether all texts of a column are ASCII."""
    return text_bytes(column)[1].max(initial=0) < 0x80


def text_bytes(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets int32, shape (n + 1,), and the bytes of a string or binary column.

    Nulls have length 0.
    """
    if column.null_count:
        column = pc.fill_null(column, b"" if pa.types.is_binary(column.type) else "")
    _, offsets, values = column.buffers()
    if not len(column) or values is None:
        return np.zeros(len(column) + 1, np.int32), np.empty(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return bounds - bounds[0], np.frombuffer(values, np.uint8)[bounds[0] : bounds[-1]]


def binary_array(offsets: np.ndarray, data: np.ndarray) -> pa.Array:
    """Return a binary column over bytes that are there; offsets have shape (n + 1,)."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets, np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def list_values(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return lengths int64, shape (n,), and the elements of a list column end to end."""
    lengths = pc.fill_null(column.value_lengths(), 0).to_numpy(zero_copy_only=False)
    return lengths.astype(np.int64), column.flatten()


def starts(lengths: np.ndarray) -> np.ndarray:
    """Return where each of pieces begins, and where the last one ends: int64, shape (n + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def number_values(column: pa.Array, null: float = 0) -> np.ndarray:
    """Return numbers and booleans; a null is NaN, or the given value for integers."""
    if column.null_count and not pa.types.is_floating(column.type):
        column = pc.fill_null(column, pa.scalar(null).cast(column.type))
    return column.to_numpy(zero_copy_only=False)
