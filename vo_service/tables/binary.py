"""BINARY and BINARY2 (VOTable 1.4, sections 6.2 and 6.3) to columns.

Rows of fixed width are one numpy array of bytes; where lengths differ, one walk over the counts
finds the rows, and columns are gathered from there, a whole column at a time.
"""

import struct

import numpy as np
import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.tables.cell_bytes import Cells, Piece, decode_cells, fixed_bytes, make_piece
from vo_service.tables.declared import Declared
from vo_service.tables.table_file import ReadLimits, check_rows

_COUNT = struct.Struct(">i")
TRUNCATED = "The binary rows of the VOTable end in the middle of a row; send the whole file."


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
    pieces = [Piece(8, (len(columns) + 7) // 8 if flagged else 0), *map(make_piece, columns)]
    buffer = np.frombuffer(data, np.uint8)
    flag_cells, *cells = _find_cells(buffer, pieces, limits)
    flags = np.unpackbits(fixed_bytes(buffer, flag_cells.starts, pieces[0].width), axis=1)
    return [
        decode_cells(buffer, column, where, flags[:, i].astype(bool) if flagged else None)
        for i, (column, where) in enumerate(zip(columns, cells, strict=True))
    ]


def _find_cells(buffer: np.ndarray, pieces: list[Piece], limits: ReadLimits) -> list[Cells]:
    if all(p.elements is not None for p in pieces):
        return _fixed_cells(buffer.size, pieces, limits)
    positions = _walk(buffer, pieces, limits)
    counts = fixed_bytes(buffer, positions.ravel(), 4).view(">i4").astype(np.int64)
    counts = counts.reshape(positions.shape)
    at, counted, cells = _row_starts(positions, pieces), iter(counts.T), []
    for piece in pieces:
        if piece.elements is not None:
            cells.append(Cells(at, np.full(at.size, piece.elements)))
            at = at + piece.width
        else:
            count = next(counted)
            cells.append(Cells(at + 4, count))
            at = at + 4 + piece.sizes(count)
    return cells


def _fixed_cells(size: int, pieces: list[Piece], limits: ReadLimits) -> list[Cells]:
    width = sum(p.width for p in pieces)
    if width == 0 or size % width:
        raise UsageError(TRUNCATED)
    rows = size // width
    if rows == 0:
        return [Cells(np.empty(0, np.int64), np.empty(0, np.int64)) for _ in pieces]
    check_rows(rows, limits)
    first = np.arange(rows, dtype=np.int64) * width
    offsets = np.cumsum([0, *(p.width for p in pieces[:-1])])
    return [
        Cells(first + offset, np.full(rows, piece.elements))
        for offset, piece in zip(offsets, pieces, strict=True)
    ]


def _row_starts(positions: np.ndarray, pieces: list[Piece]) -> np.ndarray:
    """Return where rows begin, by the positions of their counts."""
    first = next(i for i, p in enumerate(pieces) if p.elements is None)
    return positions[:, 0] - sum(p.width for p in pieces[:first])


def _walk(buffer: np.ndarray, pieces: list[Piece], limits: ReadLimits) -> np.ndarray:
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
