"""BINARY and BINARY2 (VOTable 1.4, sections 6.2 and 6.3) to columns.

Rows of fixed width are one numpy array of bytes; where lengths differ, one walk over the counts
finds the rows, and columns are gathered from there, a whole column at a time.
"""

import struct
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import UsageError
from vo_service.release.types import TYPES
from vo_service.tables.cells import check_lengths, convert_texts, nan_to_null
from vo_service.tables.declared import Declared
from vo_service.tables.table_file import ReadLimits, check_rows

_COUNT = struct.Struct(">i")
TRUNCATED = "The binary rows of the VOTable end in the middle of a row; send the whole file."


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes of one column in each row.

    Attributes
    ----------
    bits : int
        Of one element.
    elements : int, optional
        In each row; None where a count of four bytes stands before them.
    """

    bits: int
    elements: int | None

    @property
    def width(self) -> int:
        """Bytes of fixed width: those of the elements, or of the count before them."""
        return 4 if self.elements is None else (self.elements * self.bits + 7) // 8


@dataclass(frozen=True, slots=True)
class _Cells:
    """Where a column is: first byte and number of elements in each row, int64, shape (rows,)."""

    starts: np.ndarray
    counts: np.ndarray


def read_binary(
    data: bytes, columns: tuple[Declared, ...], flagged: bool, limits: ReadLimits
) -> list[pa.Array]:
    """Decode rows.

    Parameters
    ----------
    data : bytes
        What the STREAM holds.
    columns : tuple of Declared
    flagged : bool
        Whether bits that mark nulls stand before each row (BINARY2).
    limits : ReadLimits

    Raises
    ------
    UsageError
        When the bytes end in the middle of a row, or hold what the columns do not allow.
    """
    pieces = [_Piece(8, (len(columns) + 7) // 8 if flagged else 0), *map(_piece, columns)]
    buffer = np.frombuffer(data, np.uint8)
    flag_cells, *cells = _find_cells(buffer, pieces, limits)
    if flagged:
        flags = np.unpackbits(_fixed_bytes(buffer, flag_cells, pieces[0].width), axis=1)
        nulls = [flags[:, i].astype(bool) for i in range(len(columns))]
    else:
        nulls = [np.zeros(len(flag_cells.starts), bool)] * len(columns)
    return [
        _decode(buffer, column, piece, where, null, flagged)
        for column, piece, where, null in zip(columns, pieces[1:], cells, nulls, strict=True)
    ]


def _piece(column: Declared) -> _Piece:
    shape = column.shape
    if column.datatype == "bit":
        bits = 1
    else:
        bits = 8 * np.dtype(TYPES[column.field.datatype].binary).itemsize
    bits *= 2 if column.datatype.endswith("Complex") else 1
    return _Piece(bits, None if shape.varies else shape.unit)


def _find_cells(buffer: np.ndarray, pieces: list[_Piece], limits: ReadLimits) -> list[_Cells]:
    if all(p.elements is not None for p in pieces):
        return _fixed_cells(buffer.size, pieces, limits)
    positions = _walk(buffer, pieces, limits)
    counts = _fixed_values(buffer, positions.ravel(), 4, ">i4").reshape(positions.shape)
    cells, counted = [], 0
    at = np.concatenate([[0], _row_ends(positions[:, -1], counts[:, -1], pieces)[:-1]])
    at = at if len(positions) else np.empty(0, np.int64)
    for piece in pieces:
        if piece.elements is not None:
            cells.append(_Cells(at, np.full(at.size, piece.elements)))
            at = at + piece.width
        else:
            count = counts[:, counted].astype(np.int64)
            cells.append(_Cells(at + 4, count))
            at = at + 4 + (count * piece.bits + 7) // 8
            counted += 1
    return cells


def _fixed_cells(size: int, pieces: list[_Piece], limits: ReadLimits) -> list[_Cells]:
    width = sum(p.width for p in pieces)
    if width == 0 or size % width:
        raise UsageError(TRUNCATED)
    rows = size // width
    check_rows(rows, limits)
    first = np.arange(rows, dtype=np.int64) * width
    offsets = np.cumsum([0, *(p.width for p in pieces[:-1])])
    return [
        _Cells(first + offset, np.full(rows, piece.elements))
        for offset, piece in zip(offsets, pieces, strict=True)
    ]


def _row_ends(last: np.ndarray, counts: np.ndarray, pieces: list[_Piece]) -> np.ndarray:
    """Return where rows end, by the position and value of their last count."""
    after = [i for i, p in enumerate(pieces) if p.elements is None][-1]
    tail = sum(p.width for p in pieces[after + 1 :])
    return last + 4 + (counts.astype(np.int64) * pieces[after].bits + 7) // 8 + tail


def _walk(buffer: np.ndarray, pieces: list[_Piece], limits: ReadLimits) -> np.ndarray:
    """Return the positions of the counts, int64, shape (rows, counted columns).

    Where a row begins is known only after the one before: this alone goes row by row.
    """
    steps, gap = [], 0
    for piece in pieces:
        gap += piece.width
        if piece.elements is None:
            steps.append((gap - 4, piece.bits))
            gap = 0
    positions: list[int] = []
    data, at, end, most = buffer.data, 0, buffer.size, limits.max_rows * len(steps)
    while at < end:
        for before, bits in steps:
            at += before
            if at + 4 > end:
                raise UsageError(TRUNCATED)
            (count,) = _COUNT.unpack_from(data, at)
            if count < 0:
                raise UsageError("A length in the binary rows of the VOTable is negative.")
            positions.append(at)
            at += 4 + (count * bits + 7) // 8
        at += gap
        if len(positions) > most:
            check_rows(limits.max_rows + 1, limits)
    if at != end:
        raise UsageError(TRUNCATED)
    return np.array(positions, np.int64).reshape(-1, len(steps))


def _fixed_bytes(buffer: np.ndarray, cells: _Cells, width: int) -> np.ndarray:
    """Return the bytes of cells of one width, shape (rows, width)."""
    if width == 0 or cells.starts.size == 0:
        return np.zeros((cells.starts.size, width), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(buffer, width)[cells.starts]


def _fixed_values(buffer: np.ndarray, starts: np.ndarray, width: int, dtype: str) -> np.ndarray:
    return _fixed_bytes(buffer, _Cells(starts, starts), width).view(dtype)


def _joined(buffer: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> pa.Array:
    """Return the bytes of each row as an Arrow array, gathered without an index a byte."""
    bounds = np.empty(2 * starts.size + 1, np.int64)
    bounds[0:-1:2], bounds[1::2], bounds[-1] = starts, starts + sizes, buffer.size
    if starts.size:
        bounds[-1] = bounds[-2]
    spans = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), bounds.size - 1, [None, pa.py_buffer(bounds), pa.py_buffer(buffer)]
    )
    return spans.take(pa.array(np.arange(0, bounds.size - 1, 2)))


def _decode(
    buffer: np.ndarray,
    column: Declared,
    piece: _Piece,
    cells: _Cells,
    null: np.ndarray,
    flagged: bool,
) -> pa.Array:
    sizes = (cells.counts * piece.bits + 7) // 8
    whole = _joined(buffer, cells.starts, sizes)
    if column.field.datatype in ("char", "unicodeChar"):
        return _decode_text(column, whole, sizes, null, flagged)
    data = np.frombuffer(whole.buffers()[2] or b"", np.uint8)
    elements = _elements(column, data, cells.counts)
    if column.field.is_array:
        counts = cells.counts * (2 if column.datatype.endswith("Complex") else 1)
        missing = null if flagged else null | (counts == 0)
        return _lists(column, elements, counts, missing)
    if column.null is not None and pa.types.is_integer(elements.type):
        same = pc.equal(elements, pa.scalar(_null_number(column), pa.int64()))
        null = null | same.to_numpy(zero_copy_only=False)
    return nan_to_null(pc.if_else(pa.array(null), pa.scalar(None, elements.type), elements))


def _null_number(column: Declared) -> int:
    try:
        return int((column.null or "").strip(), 0)
    except ValueError as error:
        raise UsageError(
            f"Column '{column.field.name}': its null value '{(column.null or '')[:40]}' is no "
            f"{column.datatype}."
        ) from error


def _elements(column: Declared, data: np.ndarray, counts: np.ndarray) -> pa.Array:
    """Return the elements of all rows, end to end."""
    if column.datatype == "bit":
        sizes = (counts + 7) // 8
        starts = np.repeat(8 * (np.cumsum(sizes) - sizes) - (np.cumsum(counts) - counts), counts)
        return pa.array(np.unpackbits(data)[starts + np.arange(counts.sum())].astype(bool))
    if column.datatype == "boolean":
        true, false = np.isin(data, list(b"Tt1")), np.isin(data, list(b"Ff0"))
        if not (true | false | np.isin(data, list(b"? \0"))).all():
            raise UsageError(f"Column '{column.field.name}' holds bytes that are no boolean.")
        return pa.array(true, mask=~(true | false))
    binary = np.dtype(TYPES[column.field.datatype].binary)
    return pa.array(data.view(binary).astype(binary.newbyteorder("=")))


def _lists(
    column: Declared, elements: pa.Array, counts: np.ndarray, missing: np.ndarray
) -> pa.Array:
    ends = np.cumsum(counts)
    if counts.size and ends[-1] >= 2**31:
        raise UsageError(f"Column '{column.field.name}' holds too many elements.")
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), elements, mask=pa.array(missing))
    check_lengths(column.field, lists)
    return lists


def _decode_text(
    column: Declared, whole: pa.Array, sizes: np.ndarray, null: np.ndarray, flagged: bool
) -> pa.Array:
    texts = _utf8(column, whole, sizes)
    # A NUL ends a text that is shorter than its column.
    texts = pc.replace_substring_regex(texts, "(?s)\\x00.*", "")
    missing = null if flagged else null | (pc.binary_length(texts).to_numpy(False) == 0)
    texts = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts)
    return convert_texts(column, texts) if column.field.xtype == "timestamp" else texts


def _utf8(column: Declared, whole: pa.Array, sizes: np.ndarray) -> pa.Array:
    try:
        if column.datatype == "char":
            return whole.cast(pa.string())
        units = np.frombuffer(whole.buffers()[2] or b"", ">u2")
        encoded = units.tobytes().decode("utf-16-be").encode()
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        coding = "UTF-8" if column.datatype == "char" else "UTF-16"
        raise UsageError(f"Column '{column.field.name}' holds text that is no {coding}.") from error
    pair = (units >= 0xD800) & (units < 0xE000)
    lengths = 1 + (units >= 0x80) + ((units >= 0x800) & ~pair)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    offsets = ends[np.concatenate([[0], np.cumsum(sizes // 2)])].astype(np.int32)
    return pa.StringArray.from_buffers(len(whole), pa.py_buffer(offsets), pa.py_buffer(encoded))
