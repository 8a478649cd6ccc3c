"""Uploaded tables as engines take them: physical column names, and no NaN."""

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.query.engine import Upload
from vo_service.release.types import arrow_schema


def physical_names(columns: int) -> tuple[str, ...]:
    """Name the columns of an upload in the engine: c1, c2, ..."""
    return tuple(f"c{i}" for i in range(1, columns + 1))


def engine_rows(upload: Upload) -> pa.Table:
    """Return the rows under their physical names; a floating NaN becomes NULL, as in a release."""
    columns = [_without_nan(column) for column in upload.rows.columns]
    whole = pa.table(columns, schema=arrow_schema(upload.fields))
    return whole.rename_columns(list(physical_names(len(columns))))


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
