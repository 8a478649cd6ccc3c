"""Rows of TABLEDATA that are written plainly, to texts, without visiting each cell.

Almost all programs write nothing but TR, TD and text. The bytes between the tags are then the
cells, and numpy finds them all at once. What is written otherwise (attributes, comments, CDATA,
numbered characters) or wrongly is left to the parser, which also knows what to say of it.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.tables.cell_bytes import as_texts, gather
from vo_service.tables.table_file import ReadLimits, check_rows

_TAGS = (b"TR>", b"/TR", b"TD>", b"/TD", b"TD/")
_ROW, _ROW_END, _CELL, _CELL_END, _EMPTY_CELL = range(5)
_FOLLOWS = np.zeros((5, 5), bool)
_FOLLOWS[_ROW, [_CELL, _EMPTY_CELL, _ROW_END]] = True
_FOLLOWS[_CELL, _CELL_END] = True
_FOLLOWS[_CELL_END, [_CELL, _EMPTY_CELL, _ROW_END]] = True
_FOLLOWS[_EMPTY_CELL, [_CELL, _EMPTY_CELL, _ROW_END]] = True
_FOLLOWS[_ROW_END, _ROW] = True
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
"""The last one last: what it makes is not read again."""


def split_rows(body: bytes, columns: int, limits: ReadLimits) -> list[pa.Array] | None:
    """Return the cells of each column as texts.

    Parameters
    ----------
    body : bytes
        What stands within TABLEDATA, in UTF-8.
    columns : int
    limits : ReadLimits

    Returns
    -------
    list of pyarrow.StringArray, or None
        None where the rows are not plain, or not right.
    """
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    buffer = np.frombuffer(body, np.uint8)
    places = np.flatnonzero(buffer == ord("<"))
    kinds = _kinds(buffer, places)
    if kinds is None or _has_odd_text(body, buffer):
        return None
    opened = np.flatnonzero((kinds == _CELL) | (kinds == _EMPTY_CELL))
    rows = int((kinds == _ROW).sum())
    check_rows(rows, limits)
    # Every row has as many cells as there are columns: none begins within another's.
    if opened.size != rows * columns or not _are_even(kinds, opened, rows, columns):
        return None
    is_full = kinds[opened] == _CELL
    starts = places[opened] + 4 * is_full
    sizes = np.where(is_full, places[np.minimum(opened + 1, places.size - 1)] - starts, 0)
    try:
        texts = [_column(buffer, starts[i::columns], sizes[i::columns]) for i in range(columns)]
    except pa.ArrowInvalid:
        return None
    return [_resolve(t) for t in texts] if b"&" in body else texts


def _column(buffer: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> pa.Array:
    return as_texts(gather(buffer, starts, sizes), sizes)


def _kinds(buffer: np.ndarray, places: np.ndarray) -> np.ndarray | None:
    """Return what each tag is, or None where one is something else or stands in a wrong place."""
    if places.size == 0:
        return np.empty(0, np.int8)
    if places[-1] + 5 > buffer.size:
        return None
    tags = np.lib.stride_tricks.sliding_window_view(buffer, 5)[places]
    words = np.ascontiguousarray(tags[:, 1:4]).view("S3").ravel()
    kinds = np.full(places.size, -1, np.int8)
    for kind, tag in enumerate(_TAGS):
        closed = tag.endswith(b">") | (tags[:, 4] == ord(">"))
        kinds[(words == tag) & closed] = kind
    right = (kinds >= 0).all() and _FOLLOWS[kinds[:-1], kinds[1:]].all()
    return kinds if right and kinds[0] == _ROW and kinds[-1] == _ROW_END else None


def _are_even(kinds: np.ndarray, opened: np.ndarray, rows: int, columns: int) -> bool:
    row_of_cell = np.cumsum(kinds == _ROW)[opened]
    return bool((np.bincount(row_of_cell, minlength=rows + 1)[1:] == columns).all())


def _has_odd_text(body: bytes, buffer: np.ndarray) -> bool:
    """Whether characters stand there that XML forbids, or that are written by a number."""
    controls = buffer[buffer < ord(" ")]
    if not np.isin(controls, (ord("\t"), ord("\n"))).all():
        return True
    if b"&" not in body:
        return False
    return body.count(b"&") != sum(body.count(written.encode()) for written, _ in _ENTITIES)


def _resolve(texts: pa.Array) -> pa.Array:
    for written, meant in _ENTITIES:
        texts = pc.replace_substring(texts, written, meant)
    return texts
