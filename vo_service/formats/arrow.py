"""Columns as they are: an Arrow IPC stream, and Parquet with a VOTable in its footer.

Both carry what is known of each column as metadata of its Arrow field. Parquet follows the IVOA
note VOParquet 1.0: the footer holds a VOTable without rows.
"""

import io
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vo_service.formats.columns import as_text, fixed_length
from vo_service.formats.json_table import describe_field
from vo_service.formats.result import Ending, Result, pull
from vo_service.formats.votable import describe_table
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema

VERSION_KEY = "IVOA.VOTable-Parquet.version"
CONTENT_KEY = "IVOA.VOTable-Parquet.content"
LENGTH_KEY = "table::len::"
"""Before a column's name: how long its texts are; without it astropy fails at a null, which it
reads as the text None."""

_BEGUN_MESSAGE = b"\xff\xff\xff\xff\x40\0\0\0"
"""The beginning of a message of 64 bytes: readers take a stream that ends between two as whole."""


class _Outbox(io.RawIOBase):
    """Keeps what a writer writes until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def, override]
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def encode_arrow(result: Result) -> Iterator[bytes]:
    """Encode a table as an Arrow IPC stream.

    An overflow is told by the metadata `QUERY_STATUS` of a last batch without rows.

    Raises
    ------
    ConnectionError
        When rows failed after the first bytes: the stream ends within a message.
    """
    ending, outbox = Ending(), _Outbox()
    batches = pull(result, ending)
    schema = described_schema(result.fields)
    writer = pa.ipc.new_stream(outbox, schema)
    yield outbox.take()
    for batch in batches:
        writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        yield outbox.take()
    if ending.status == "ERROR":
        yield _BEGUN_MESSAGE
        raise ConnectionError(ending.text)
    if ending.status:
        empty = pa.RecordBatch.from_pylist([], schema)
        writer.write_batch(empty, custom_metadata={"QUERY_STATUS": ending.status})
    writer.close()
    yield outbox.take()


def encode_parquet(result: Result) -> Iterator[bytes]:
    """Encode a table as Parquet, a row group for each batch.

    The VOTable in the footer says what Parquet holds: timestamps are ISO texts, texts have the
    length of the longest one, arrays of a fixed length are lists of at most that length.

    Raises
    ------
    ConnectionError
        When rows failed after the first bytes: the file has no footer.
    """
    ending, outbox = Ending(), _Outbox()
    batches = pull(result, ending)
    schema = _texts_for_times(described_schema(result.fields))
    # A dictionary of floats costs five times the time, and makes the file greater. With Arrow's
    # schema in the footer, readers of that see nothing else of it.
    lengths = {i: len("None") for i, f in enumerate(schema) if pa.types.is_string(f.type)}
    texts = [schema.names[i] for i in lengths]
    writer = pq.ParquetWriter(outbox, schema, use_dictionary=texts, store_schema=False)
    yield outbox.take()
    for batch in batches:
        columns = [_readable(f, c) for f, c in zip(result.fields, batch.columns, strict=True)]
        for i, known in lengths.items():
            lengths[i] = max(known, pc.max(pc.utf8_length(columns[i])).as_py() or 0)
        writer.write_table(pa.table(columns, schema=schema))
        yield outbox.take()
    if ending.status == "ERROR":
        raise ConnectionError(ending.text)
    writer.add_key_value_metadata(_footer(result, ending, lengths))
    writer.close()
    yield outbox.take()


def _footer(result: Result, ending: Ending, lengths: dict[int, int]) -> dict[str, str]:
    fields = tuple(_as_held(f, lengths.get(i)) for i, f in enumerate(result.fields))
    content = describe_table(replace(result, fields=fields), ending)
    known = {f"{LENGTH_KEY}{fields[i].name}": str(length) for i, length in lengths.items()}
    return {VERSION_KEY: "1.0", CONTENT_KEY: content, **known}


def _as_held(field: Field, length: int | None) -> Field:
    most = length if length is not None else fixed_length(field)
    return replace(field, arraysize=f"{most}*") if field.arraysize and most else field


def described_schema(fields: tuple[Field, ...]) -> pa.Schema:
    """Return the Arrow schema with what is known of each column as its metadata."""
    plain = arrow_schema(fields)
    return pa.schema(
        [
            known.with_metadata({k: v for k, v in describe_field(f).items() if k != "name"})
            for known, f in zip(plain, fields, strict=True)
        ]
    )


def _texts_for_times(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [f.with_type(pa.string()) if pa.types.is_timestamp(f.type) else f for f in schema]
    )


def _readable(field: Field, column: pa.Array) -> pa.Array:
    return as_text(field, column) if field.xtype == "timestamp" else column
