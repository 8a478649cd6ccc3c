"""FITS binary tables (FITS 4.0, section 7.3): rows are spooled, as the header counts them.

Texts are as wide as the longest one, and hold ASCII alone: other characters become `?`. A text
that is null is empty. A float that is null is NaN; an integer has a TNULL that no value of the
column equals. Timestamps are ISO texts.
"""

from collections.abc import Iterator

import numpy as np

from vo_service.errors import UsageError
from vo_service.formats.fits_column import FitsColumn, lay_out
from vo_service.formats.fits_header import table_header
from vo_service.formats.result import Result
from vo_service.formats.spool import SpooledRows, check_size, open_spool

BLOCK = 2880
MOST_COLUMNS = 999


def encode_fits(result: Result) -> Iterator[bytes]:
    """Encode a table.

    Yields
    ------
    bytes
        The first ones when all rows are there: a failure comes before them.

    Raises
    ------
    UsageError
        When the answer has too many columns, or more bytes than may be spooled.
    """
    if len(result.fields) > MOST_COLUMNS:
        raise UsageError(f"FITS holds {MOST_COLUMNS} columns at most; ask for fewer or votable/b2.")
    with open_spool(result.spool) as file:
        rows = SpooledRows(result, file)
        far = 8 * sum(facts.elements for facts in rows.facts) >= 2**31
        columns = [
            lay_out(i, f, facts, far)
            for i, (f, facts) in enumerate(zip(result.fields, rows.facts, strict=True))
        ]
        record = np.dtype([column.part for column in columns])
        heap = sum(column.heap_bytes for column in columns)
        size = record.itemsize * rows.count + heap
        check_size(result, size)
        yield table_header(result, columns, record.itemsize, rows.count, heap)
        yield from _rows(rows, columns, record)
        yield from _heap(rows, columns)
        yield b"\0" * (-size % BLOCK)


def _rows(rows: SpooledRows, columns: list[FitsColumn], record: np.dtype) -> Iterator[bytes]:
    heap_end = 0
    for batch in rows.read():
        packed = np.empty(batch.num_rows, record)
        for column, values in zip(columns, batch.columns, strict=True):
            if column.in_heap:
                packed[column.label], heap_end = column.point(values, heap_end)
            else:
                packed[column.label] = column.pack(values)
        yield packed.tobytes()


def _heap(rows: SpooledRows, columns: list[FitsColumn]) -> Iterator[bytes]:
    """Yield the arrays of differing lengths in the order in which the rows point at them."""
    if not any(column.in_heap for column in columns):
        return
    for batch in rows.read():
        for column, values in zip(columns, batch.columns, strict=True):
            if column.in_heap:
                yield column.pack(values.flatten()).tobytes()
