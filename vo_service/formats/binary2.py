"""BINARY2 (VOTable 1.4, section 6.2): rows of big-endian values behind bits that mark nulls.

Whole columns are scattered into the bytes of all rows; nothing loops over rows or cells.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.formats.columns import as_text, list_values, number_values, single, text_bytes
from vo_service.release.field import Field
from vo_service.release.types import TYPES

LINE_BYTES = 48
"""Bytes of input on a line of base64, which a line of 64 characters holds."""

CHUNK_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class _Cells:
    """One column's bytes, row after row; a width for all rows, or a length for each."""

    data: np.ndarray
    lengths: np.ndarray | None
    width: int


def encode_rows(fields: tuple[Field, ...], batch: pa.RecordBatch) -> bytes:
    """Encode the rows of a batch.

    Parameters
    ----------
    fields : tuple of Field
    batch : pyarrow.RecordBatch

    Returns
    -------
    bytes
    """
    columns = [single(column) for column in batch.columns]
    cells = [_null_flags(columns, batch.num_rows)]
    cells += [_encode_column(f, c) for f, c in zip(fields, columns, strict=True)]
    return _interleave(_join_fixed(cells, batch.num_rows), batch.num_rows)


def encode_stream(fields: tuple[Field, ...], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Encode batches as base64, in lines."""
    rest = b""
    for batch in batches:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            data = rest + encode_rows(fields, batch.slice(start, CHUNK_ROWS))
            whole = len(data) - len(data) % LINE_BYTES
            rest = data[whole:]
            yield _base64_lines(data[:whole])
    yield base64.b64encode(rest)


def _base64_lines(data: bytes) -> bytes:
    text = np.frombuffer(base64.b64encode(data), np.uint8).reshape(-1, LINE_BYTES * 4 // 3)
    return np.pad(text, ((0, 0), (0, 1)), constant_values=ord("\n")).tobytes()


def _null_flags(columns: list[pa.Array], rows: int) -> _Cells:
    """Pack one bit a column, the first one highest, into whole bytes."""
    flags = np.zeros((rows, len(columns)), bool)
    for i, column in enumerate(columns):
        if column.null_count:
            flags[:, i] = column.is_null().to_numpy(zero_copy_only=False)
    packed = np.packbits(flags, axis=1)
    return _Cells(packed, None, packed.shape[1])


def _encode_column(field: Field, column: pa.Array) -> _Cells:
    if field.datatype in ("char", "unicodeChar"):
        return _encode_text(field, as_text(field, column))
    if field.is_array:
        return _encode_array(field, column)
    if field.datatype == "boolean":
        letters = np.where(number_values(column), b"T", b"F").view(np.uint8)
        letters[column.is_null().to_numpy(zero_copy_only=False)] = ord("?")
        return _Cells(letters.reshape(-1, 1), None, 1)
    return _fixed(number_values(column).astype(TYPES[field.datatype].binary))


def _fixed(values: np.ndarray) -> _Cells:
    width = values.dtype.itemsize
    return _Cells(np.ascontiguousarray(values).view(np.uint8).reshape(-1, width), None, width)


def _encode_text(field: Field, texts: pa.Array) -> _Cells:
    offsets, data = text_bytes(texts)
    if field.datatype == "char":
        return _counted(np.diff(offsets), data, 1)
    # UTF-16 has one unit a character, and two for those of four bytes in UTF-8.
    begins = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)])
    pairs = np.concatenate([[0], np.cumsum(data >= 0xF0)])
    units = np.diff(begins[offsets]) + np.diff(pairs[offsets])
    return _counted(units, np.frombuffer(data.tobytes().decode().encode("utf-16-be"), np.uint8), 2)


def _encode_array(field: Field, column: pa.Array) -> _Cells:
    lengths, elements = list_values(column)
    binary = np.dtype(TYPES[field.datatype].binary)
    data = elements.astype(binary).view(np.uint8)
    size = field.size if field.arraysize and not field.arraysize.endswith("*") else None
    if size is None:
        return _counted(lengths, data, binary.itemsize)
    whole = np.zeros((len(column), size * binary.itemsize), np.uint8)
    whole[lengths == size] = data.reshape(-1, size * binary.itemsize)
    return _Cells(whole, None, whole.shape[1])


def _counted(lengths: np.ndarray, data: np.ndarray, element: int) -> _Cells:
    """Put a count of four bytes before the elements of each row."""
    sizes = lengths * element
    out = np.empty(data.size + 4 * lengths.size, np.uint8)
    starts = np.concatenate([[0], np.cumsum(sizes + 4)])[:-1]
    counts = lengths.astype(">i4").view(np.uint8).reshape(-1, 4)
    out[starts[:, None] + np.arange(4)] = counts
    out[_spread(starts + 4, sizes)] = data
    return _Cells(out, sizes + 4, 0)


def _spread(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the byte numbers starts[i] ... starts[i] + sizes[i] - 1 of all i, end to end."""
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(ends[-1] if ends.size else 0)


def _join_fixed(cells: list[_Cells], rows: int) -> list[_Cells]:
    """Join neighbours of fixed width, so that they are scattered at once."""
    joined: list[_Cells] = []
    for cell in cells:
        if joined and cell.lengths is None and joined[-1].lengths is None:
            data = np.concatenate([joined[-1].data, cell.data], axis=1)
            joined[-1] = _Cells(data, None, data.shape[1])
        else:
            joined.append(cell)
    return joined


def _interleave(cells: list[_Cells], rows: int) -> bytes:
    if len(cells) == 1:
        return cells[0].data.tobytes()
    sizes = [np.full(rows, c.width) if c.lengths is None else c.lengths for c in cells]
    row_sizes = np.sum(sizes, axis=0)
    starts = np.cumsum(row_sizes) - row_sizes
    out = np.empty(int(row_sizes.sum()), np.uint8)
    for cell, size in zip(cells, sizes, strict=True):
        if cell.lengths is None:
            out[starts[:, None] + np.arange(cell.width)] = cell.data
        else:
            out[_spread(starts, size)] = cell.data
        starts = starts + size
    return out.tobytes()
