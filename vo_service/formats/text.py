"""CSV (RFC 4180) and TSV, with a header line; null is empty, an empty text is quoted."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv

from vo_service.formats.columns import iso_times, single
from vo_service.formats.result import Ending, Result, pull
from vo_service.formats.tabledata import cell_texts
from vo_service.release.field import Field

CHUNK_ROWS = 16_384


def encode_text(result: Result, delimiter: str) -> Iterator[bytes]:
    """Encode a table; a failure after the first row cuts it short, as the format can say no more.

    Raises
    ------
    ConnectionError
        When rows failed after the first bytes, so that the answer does not look complete.
    """
    ending = Ending()
    batches = pull(result, ending)
    yield _header(result.fields, delimiter)
    options = pyarrow.csv.WriteOptions(
        include_header=False, delimiter=delimiter, quoting_style="needed"
    )
    for batch in batches:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield _rows(result.fields, batch.slice(start, CHUNK_ROWS), options)
    if ending.status == "ERROR":
        raise ConnectionError(ending.text)


def _header(fields: tuple[Field, ...], delimiter: str) -> bytes:
    special = (delimiter, '"', "\n", "\r")
    names = [
        '"' + f.name.replace('"', '""') + '"' if any(c in f.name for c in special) else f.name
        for f in fields
    ]
    return (delimiter.join(names) + "\n").encode()


def _rows(fields: tuple[Field, ...], batch: pa.RecordBatch, options: object) -> bytes:
    columns = [_plain(f, single(c)) for f, c in zip(fields, batch.columns, strict=True)]
    # Names do not matter here, and those of an answer may be equal but for case.
    table = pa.table(columns, names=[str(i) for i in range(len(columns))])
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink, options)
    return sink.getvalue()


def _plain(field: Field, column: pa.Array) -> pa.Array:
    if field.xtype == "timestamp":
        return iso_times(column)
    return cell_texts(field, column) if field.is_array else column
