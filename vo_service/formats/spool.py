"""Rows kept in a file until all are known, and what was learnt of each column meanwhile."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import TransientError, UsageError
from vo_service.formats.columns import ascii_only, fixed_length, list_values, slices, whole_seconds
from vo_service.formats.result import Result, Spool
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema


@dataclass(slots=True)
class Facts:
    """What is known of a column when its last row has been seen.

    Attributes
    ----------
    has_nulls : bool
        Among its values, or the elements of its arrays.
    least, greatest : int, optional
        Integer, of those that are not null.
    width : int
        The most bytes of a text, or elements of an array.
    elements : int
        Of all arrays.
    whole_seconds : bool
        Whether no timestamp has a fraction.
    """

    has_nulls: bool = False
    least: int | None = None
    greatest: int | None = None
    width: int = 0
    elements: int = 0
    whole_seconds: bool = True

    def learn(self, field: Field, column: pa.Array) -> None:
        """Add what some rows show."""
        if field.xtype == "timestamp":
            self.whole_seconds = self.whole_seconds and whole_seconds(column)
        elif field.is_text:
            self._learn_width(pc.binary_length(ascii_only(column)))
        elif field.is_array:
            lengths, flat = list_values(column)
            self._learn_width(pa.array(lengths))
            self.elements += len(flat)
            # A missing array of fixed length is written as one of missing elements.
            if fixed_length(field) is not None and column.null_count:
                self.has_nulls = True
            self._learn_range(flat)
        else:
            self._learn_range(column)

    def _learn_width(self, lengths: pa.Array) -> None:
        self.width = max(self.width, pc.max(lengths).as_py() or 0)

    def _learn_range(self, values: pa.Array) -> None:
        self.has_nulls = self.has_nulls or values.null_count > 0
        if not pa.types.is_integer(values.type):
            return
        bounds = pc.min_max(values).as_py()
        seen = [b for b in (*bounds.values(), self.least, self.greatest) if b is not None]
        if seen:
            self.least, self.greatest = min(seen), max(seen)


class SpooledRows:
    """The rows of an answer in a file.

    Parameters
    ----------
    result : Result
        Its batches are read to the end.
    file : binary file
        Open for writing and reading, empty.

    Raises
    ------
    UsageError
        When there are more bytes than the spool may hold.
    TransientError
        When the disk is full. What ends the batches is passed on.
    """

    def __init__(self, result: Result, file: IO[bytes]):
        self.facts = tuple(Facts() for _ in result.fields)
        self.count = 0
        self._file = file
        with pa.ipc.new_stream(file, arrow_schema(result.fields)) as writer:
            for batch in result.batches:
                self._learn(result.fields, batch)
                _write(writer, batch)
                check_size(result, file.tell())

    def _learn(self, fields: tuple[Field, ...], batch: pa.RecordBatch) -> None:
        self.count += batch.num_rows
        for facts, field, column in zip(self.facts, fields, batch.columns, strict=True):
            facts.learn(field, column)

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the first one on, in slices."""
        self._file.seek(0)
        return slices(iter(pa.ipc.open_stream(self._file)))


def open_spool(spool: Spool) -> IO[bytes]:
    """Open a file that has no name and is gone when it is closed."""
    if spool.folder is not None:
        spool.folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=spool.folder)


def _write(writer: pa.RecordBatchStreamWriter, batch: pa.RecordBatch) -> None:
    try:
        writer.write_batch(batch)
    except OSError as error:
        raise TransientError(
            "The service has no room for a FITS file at the moment; try again, or ask for"
            " votable/b2."
        ) from error


def check_size(result: Result, size: int) -> None:
    """Refuse an answer of more bytes than may be kept.

    Raises
    ------
    UsageError
    """
    if size > result.spool.most_bytes:
        raise UsageError(
            f"The answer is greater than the {result.spool.most_bytes >> 20} MiB that a FITS file"
            " may have; ask for fewer rows or columns, or for votable/b2 or parquet."
        )
