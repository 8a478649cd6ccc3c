"""Columns as big-endian cells of one width, which BINARY, BINARY2 and FITS share."""

import numpy as np
import pyarrow as pa

from vo_service.errors import FatalError
from vo_service.formats.columns import (
    as_text,
    fixed_length,
    list_values,
    number_values,
    starts,
    text_bytes,
)
from vo_service.release.field import Field
from vo_service.release.types import TYPES


def element_dtype(field: Field) -> np.dtype:
    """Return the big-endian type of one element; a character of text is a byte or two."""
    return np.dtype("u1" if field.datatype == "boolean" else TYPES[field.datatype].binary)


def elements(field: Field, column: pa.Array, null: int = 0, letter: bytes = b"?") -> np.ndarray:
    """Return numbers or booleans as they are written, one for each row.

    Parameters
    ----------
    field : Field
    column : pyarrow.Array
    null : int
        Written for an integer that is null; a floating one is NaN.
    letter : bytes
        Written for a boolean that is null.

    Returns
    -------
    ndarray, shape (n,)
        Booleans are bytes, T or F.
    """
    if field.datatype != "boolean":
        wanted = TYPES[field.datatype].arrow
        return number_values(column if column.type == wanted else column.cast(wanted), null)
    letters = np.where(number_values(column), ord("T"), ord("F")).astype(np.uint8)
    if column.null_count:
        letters[column.is_null().to_numpy(zero_copy_only=False)] = ord(letter)
    return letters


def fixed_arrays(field: Field, column: pa.Array, null: int = 0, letter: bytes = b"?") -> np.ndarray:
    """Return arrays of a fixed length, shape (n, length); all elements of a null are null.

    Raises
    ------
    FatalError
        When an array has another length than its field says.
    """
    size = fixed_length(field) or 0
    lengths, flat = list_values(column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if (lengths[there] != size).any():
        raise FatalError(f"An array of column '{field.name}' does not have {size} elements.")
    values = elements(field, flat, null, letter).reshape(-1, size)
    if there.all():
        return values
    missing = elements(field, pa.nulls(1, flat.type), null, letter)
    whole = np.broadcast_to(missing, (len(column), size)).astype(values.dtype)
    whole[there] = values
    return whole


def fixed_texts(field: Field, column: pa.Array) -> np.ndarray:
    """Return texts of a fixed length as bytes, shape (n, bytes), with NUL after short ones.

    Raises
    ------
    FatalError
        When a text is longer; a timestamp loses digits of its fraction instead.
    """
    size = fixed_length(field) or 0
    texts = as_text(field, column)
    if field.datatype == "char":
        lengths, data = _lengths(texts)
        width = size
    else:
        lengths, data = utf16(texts)
        width, lengths = 2 * size, 2 * lengths
    if lengths.max(initial=0) > width and field.xtype != "timestamp":
        raise FatalError(f"A text of column '{field.name}' is longer than its {size} characters.")
    return padded(lengths, data, width)


def padded(lengths: np.ndarray, data: np.ndarray, width: int) -> np.ndarray:
    """Lay pieces of bytes out in rows of one width, shape (n, width); longer ones are cut."""
    if (lengths == width).all():
        return data.reshape(-1, width)
    longest = int(lengths.max(initial=0))
    rows = np.zeros((len(lengths), max(width, longest)), np.uint8)
    rows[np.arange(rows.shape[1]) < lengths[:, None]] = data
    return rows[:, :width]


def utf16(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the lengths, in units of two bytes, and the UTF-16 of texts end to end."""
    offsets, data = text_bytes(texts)
    if data.max(initial=0) < 0x80:
        wide = np.zeros((data.size, 2), np.uint8)
        wide[:, 1] = data
        return np.diff(offsets), wide.ravel()
    # UTF-16 has one unit a character, and two for those of four bytes in UTF-8.
    units = starts((data & 0xC0) != 0x80) + starts(data >= 0xF0)
    encoded = data.tobytes().decode().encode("utf-16-be")
    return np.diff(units[offsets]), np.frombuffer(encoded, np.uint8)


def _lengths(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    offsets, data = text_bytes(texts)
    return np.diff(offsets), data
