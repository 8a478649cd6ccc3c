"""Bytes of cells to typed columns: the big-endian values of VOTable and FITS alike."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import UsageError
from vo_service.release.types import TYPES
from vo_service.tables.cell_texts import (
    check_lengths,
    convert_texts,
    nan_to_null,
    parse_null,
)
from vo_service.tables.declared import Declared


@dataclass(frozen=True, slots=True)
class Piece:
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

    def sizes(self, counts: np.ndarray) -> np.ndarray:
        """Return the bytes of cells of so many elements."""
        return (counts * self.bits + 7) // 8


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a column is: first byte and number of elements in each row, int64, shape (rows,)."""

    starts: np.ndarray
    counts: np.ndarray


def make_piece(column: Declared) -> Piece:
    """Return how a column is laid out."""
    shape, element = column.shape, np.dtype(TYPES[column.field.datatype].binary)
    bits = 1 if column.datatype == "bit" else 8 * element.itemsize
    return Piece(2 * bits if column.is_complex else bits, None if shape.varies else shape.unit)


def fixed_bytes(buffer: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """Return the bytes of cells of one width, uint8, shape (rows, width)."""
    if width == 0 or starts.size == 0:
        return np.zeros((starts.size, width), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(buffer, width)[starts]


def decode_cells(
    buffer: np.ndarray, column: Declared, cells: Cells, null: np.ndarray | None
) -> pa.Array:
    """Decode a column.

    Parameters
    ----------
    buffer : uint8, shape (n_bytes,)
    column : Declared
    cells : Cells
        Within the buffer.
    null : bool, shape (rows,), optional
        Where the file marks nulls. If it does not, texts and arrays of no elements are null.

    Raises
    ------
    UsageError
        When the bytes are no values of the column's type.
    """
    sizes = make_piece(column).sizes(cells.counts)
    data = gather(buffer, cells.starts, sizes)
    if column.field.datatype in ("char", "unicodeChar"):
        return _decode_text(column, data, sizes, null)
    elements = _elements(column, data, cells.counts)
    if column.field.is_array:
        counts = cells.counts * (2 if column.is_complex else 1)
        return _lists(column, elements, counts, counts == 0 if null is None else null)
    missing = pa.array(np.zeros(len(elements), bool) if null is None else null)
    if column.null is not None and column.datatype != "boolean":
        missing = pc.or_(missing, pc.equal(elements, parse_null(column)))
    return nan_to_null(pc.if_else(missing, pa.scalar(None, elements.type), elements))


def gather(buffer: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the bytes of cells end to end, uint8."""
    if sizes.size == 0 or (sizes == sizes[0]).all():
        return fixed_bytes(buffer, starts, int(sizes[0]) if sizes.size else 0).ravel()
    # Cells and what lies between them are taken for one array, of which every second value is
    # kept: so no index is made for every byte.
    bounds = np.empty(2 * starts.size + 1, np.int64)
    bounds[:-1:2], bounds[1::2], bounds[-1] = starts, starts + sizes, starts[-1] + sizes[-1]
    spans = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), 2 * starts.size, [None, pa.py_buffer(bounds), pa.py_buffer(buffer)]
    )
    kept = spans.take(pa.array(np.arange(0, 2 * starts.size, 2)))
    return np.frombuffer(kept.buffers()[2] or b"", np.uint8)[: sizes.sum()]


def as_texts(data: np.ndarray, sizes: np.ndarray) -> pa.Array:
    """Return bytes that lie end to end as texts.

    Raises
    ------
    pyarrow.ArrowInvalid
        When they are no UTF-8.
    """
    bounds = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), sizes.size, [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    ).cast(pa.string())


def _elements(column: Declared, data: np.ndarray, counts: np.ndarray) -> pa.Array:
    """Return the elements of all rows, end to end."""
    if column.datatype == "bit":
        # A single bit: astropy sets another one of the byte than the standard says.
        return pa.array(_unpack_bits(data, counts) if column.field.is_array else data != 0)
    if column.datatype == "boolean":
        true, false = np.isin(data, list(b"Tt1")), np.isin(data, list(b"Ff0"))
        if not (true | false | np.isin(data, list(b"? \0"))).all():
            raise UsageError(f"Column '{column.field.name}' holds bytes that are no boolean.")
        return pa.array(true, mask=~(true | false))
    binary = np.dtype(TYPES[column.field.datatype].binary)
    return pa.array(data.view(binary).astype(binary.newbyteorder("=")))


def _unpack_bits(data: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return bits without those that fill up the last byte of each row."""
    ends, kept = 8 * np.cumsum((counts + 7) // 8), np.ones(8 * data.size, bool)
    for filling in range(1, 8):
        kept[ends[(-counts % 8) >= filling] - filling] = False
    return np.unpackbits(data)[kept].astype(bool)


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
    column: Declared, data: np.ndarray, sizes: np.ndarray, null: np.ndarray | None
) -> pa.Array:
    texts = _utf8(column, data, sizes)
    if (data == 0).any():
        # A NUL ends a text that is shorter than its column.
        texts = pc.replace_substring_regex(texts, r"(?s)\x00.*", "")
    missing = pc.equal(texts, "") if null is None else pa.array(null)
    texts = pc.if_else(missing, pa.scalar(None, pa.string()), texts)
    return convert_texts(column, texts) if column.field.xtype == "timestamp" else texts


def _utf8(column: Declared, data: np.ndarray, sizes: np.ndarray) -> pa.Array:
    try:
        if column.datatype == "char":
            return as_texts(data, sizes)
        units = data.view(">u2")
        encoded = units.tobytes().decode("utf-16-be").encode()
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        coding = "UTF-8" if column.datatype == "char" else "UTF-16"
        raise UsageError(f"Column '{column.field.name}' holds text that is no {coding}.") from error
    half = (units >= 0xD800) & (units < 0xE000)
    lengths = 1 + (units >= 0x80) + ((units >= 0x800) & ~half)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    begins = ends[np.concatenate([[0], np.cumsum(sizes // 2)])]
    return as_texts(np.frombuffer(encoded, np.uint8), np.diff(begins))
