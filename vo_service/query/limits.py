"""The row limit of an answer, and whether it cut something off."""

from collections.abc import Iterator

import pyarrow as pa


class LimitedRows:
    """Pass batches on until a number of rows is reached.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Of a query that fetches one row more than wanted.
    max_rows : int
    """

    def __init__(self, batches: Iterator[pa.RecordBatch], max_rows: int):
        self._batches = batches
        self._left = max_rows
        self.overflowed = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            if batch.num_rows > self._left:
                self.overflowed = True
                if self._left or not batch.num_columns:
                    yield batch.slice(0, self._left)
                return
            self._left -= batch.num_rows
            yield batch
