"""BINARY and BINARY2 (VOTable 1.4, sections 6.3 and 6.4): rows of big-endian values in base64.

Cells of fixed width that follow one another are laid out as one numpy record; Arrow joins these
records with the texts and arrays between them. Nothing loops over rows or cells.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pybase64 import b64encode

from vo_service.errors import UsageError
from vo_service.formats.cells import element_dtype, elements, fixed_arrays, fixed_texts, utf16
from vo_service.formats.columns import (
    as_text,
    binary_array,
    fixed_length,
    list_values,
    slices,
    starts,
    text_bytes,
)
from vo_service.formats.votable import Serialization
from vo_service.release.field import Field

LINE_BYTES = 48
"""Bytes of input on a line of base64, which a line of 64 characters holds."""

NULLS = {"short": -(2**15), "int": -(2**31), "long": -(2**63)}
"""What marks a null in BINARY, which has no other way to say so."""

WIDENED = {"unsignedByte": "short"}
"""BINARY: all values of a byte may occur, so none is left to mark a null."""

Pack = Callable[[pa.Array], np.ndarray]
PackVariable = Callable[[pa.Array], tuple[np.ndarray, pa.Array]]


@dataclass(frozen=True, slots=True)
class _Run:
    """Cells of fixed width, then perhaps one whose length differs from row to row.

    Attributes
    ----------
    dtype : numpy.dtype
        A record with a part for each cell, named after its column's number; `count` is that of
        the elements of the last one.
    cells : list of (int, callable)
        Column number, and what packs it.
    tail : (int, callable), optional
        The last one.
    """

    dtype: np.dtype
    cells: list[tuple[int, Pack]]
    tail: tuple[int, PackVariable] | None = None


class RowPacker:
    """Packs rows; what is done with each column is decided once.

    Parameters
    ----------
    fields : tuple of Field
    flags : bool
        Whether bits before each row mark its nulls, as in BINARY2.
    nulls : mapping of str to int
        Data type to what marks a null otherwise.
    """

    def __init__(self, fields: tuple[Field, ...], flags: bool, nulls: Mapping[str, int]):
        self._flags = flags
        self._runs = _compile(fields, flags, nulls)

    def pack(self, batch: pa.RecordBatch) -> np.ndarray:
        """Return the bytes of a batch's rows.

        Raises
        ------
        UsageError
            When a value is what marks nulls.
        FatalError
            When a value does not fit its field.
        """
        pieces: list[np.ndarray | pa.Array] = []
        for run in self._runs:
            rows = np.empty(batch.num_rows, run.dtype)
            pieces.append(rows)
            for number, pack in run.cells:
                rows[str(number)] = pack(batch.column(number))
            if run.tail is not None:
                number, pack_variable = run.tail
                rows["count"], variable = pack_variable(batch.column(number))
                pieces.append(variable)
        if self._flags:
            pieces[0]["flags"] = _null_flags(batch)
        return _join(pieces)


def _compile(fields: tuple[Field, ...], flags: bool, nulls: Mapping[str, int]) -> list[_Run]:
    runs: list[_Run] = []
    cells: list[tuple[int, Pack]] = []
    parts: list[tuple] = [("flags", "u1", ((len(fields) + 7) // 8,))] if flags else []
    for number, field in enumerate(fields):
        null = nulls.get(field.datatype)
        if fixed_length(field) is None:
            tail = (number, _variable(field, null))
            runs.append(_Run(np.dtype([*parts, ("count", ">i4")]), cells, tail))
            cells, parts = [], []
        else:
            cells.append((number, _fixed(field, null)))
            parts.append((str(number), *_part(field)))
    return [*runs, _Run(np.dtype(parts), cells)] if parts else runs


def _part(field: Field) -> tuple:
    size = fixed_length(field)
    if field.datatype in ("char", "unicodeChar"):
        return "u1", (size * element_dtype(field).itemsize,)  # type: ignore[operator]
    return element_dtype(field), (size,) if field.is_array else ()


def _fixed(field: Field, null: int | None) -> Pack:
    if field.datatype in ("char", "unicodeChar"):
        return lambda column: fixed_texts(field, column)
    if field.is_array:
        return lambda column: fixed_arrays(field, _unmarked(field, column, null), null or 0)
    return lambda column: elements(field, _unmarked(field, column, null), null or 0)


def _variable(field: Field, null: int | None) -> PackVariable:
    if field.datatype == "char":
        return lambda column: _counted_bytes(as_text(field, column))
    if field.datatype == "unicodeChar":
        return lambda column: _counted(*utf16(as_text(field, column)), 2)
    return lambda column: _counted_elements(field, _unmarked(field, column, null), null or 0)


def _counted_bytes(texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
    offsets, data = text_bytes(texts)
    return np.diff(offsets), binary_array(offsets, data)


def _counted(lengths: np.ndarray, data: np.ndarray, width: int) -> tuple[np.ndarray, pa.Array]:
    return lengths, binary_array(width * starts(lengths), data)


def _counted_elements(field: Field, column: pa.Array, null: int) -> tuple[np.ndarray, pa.Array]:
    lengths, flat = list_values(column)
    binary = element_dtype(field)
    values = elements(field, flat, null).astype(binary)
    return _counted(lengths, values.view(np.uint8), binary.itemsize)


def _unmarked(field: Field, column: pa.Array, null: int | None) -> pa.Array:
    """Refuse a value that would be read as null."""
    values = column.flatten() if field.is_array else column
    if null is not None and pc.any(pc.equal(values, null)).as_py():
        raise UsageError(
            f"Column '{field.name}' holds {null}, which marks nulls in BINARY; ask for votable/b2."
        )
    return column


def _null_flags(batch: pa.RecordBatch) -> np.ndarray:
    """Pack one bit a column, the first one highest, into whole bytes."""
    flags = np.zeros((batch.num_rows, batch.num_columns), bool)
    for i, column in enumerate(batch.columns):
        if column.null_count:
            flags[:, i] = column.is_null().to_numpy(zero_copy_only=False)
    return np.packbits(flags, axis=1)


def _join(pieces: list) -> np.ndarray:
    """Join pieces row by row; numpy records all have the same width."""
    if len(pieces) == 1:
        return pieces[0].view(np.uint8)
    columns = [_as_binary(p) if isinstance(p, np.ndarray) else p for p in pieces]
    return text_bytes(pc.binary_join_element_wise(*columns, pa.scalar(b"")))[1]


def _as_binary(rows: np.ndarray) -> pa.Array:
    return binary_array(np.arange(len(rows) + 1) * rows.itemsize, rows)


def _encode(packer: RowPacker, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Encode batches as base64, in lines; what does not fill one waits for the next rows."""
    rest = np.empty(0, np.uint8)
    for batch in slices(batches):
        data = np.concatenate([rest, packer.pack(batch)])
        whole = len(data) - len(data) % LINE_BYTES
        rest = data[whole:]
        yield _base64_lines(data[:whole])
    yield b64encode(rest.tobytes())


def _base64_lines(data: np.ndarray) -> bytes:
    text = np.frombuffer(b64encode(data.data), np.uint8).reshape(-1, LINE_BYTES * 4 // 3)
    lines = np.empty((len(text), text.shape[1] + 1), np.uint8)
    lines[:, :-1] = text
    lines[:, -1] = ord("\n")
    return lines.tobytes()


BINARY = Serialization(
    "BINARY",
    lambda fields, batches: _encode(RowPacker(fields, False, NULLS), batches),
    NULLS,
    WIDENED,
)
BINARY2 = Serialization(
    "BINARY2", lambda fields, batches: _encode(RowPacker(fields, True, {}), batches)
)
