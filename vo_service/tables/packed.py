"""Parquet, with or without VOTable metadata (VOParquet 1.0), and Arrow IPC."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.tables.arrow_rows import take_rows
from vo_service.tables.ecsv import read_described
from vo_service.tables.table_file import ReadLimits, TableFile, check_rows
from vo_service.tables.votable import read_fields

_CONTENT, _ASTROPY = b"IVOA.VOTable-Parquet.content", b"table_meta_yaml"
"""Keys under which columns are described: as a VOTable without rows, or as in ECSV."""


def read_parquet(data: bytes, limits: ReadLimits) -> TableFile:
    """Read a Parquet file.

    Raises
    ------
    UsageError
        When it is broken or too large, or VOTable cannot hold a column.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        check_rows(file.metadata.num_rows, limits)
        rows = file.read()
        rows.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise UsageError("The Parquet file is broken or incomplete; write it again.") from error
    return _take(rows, file.schema_arrow.metadata or {}, limits)


def read_arrow(data: bytes, limits: ReadLimits) -> TableFile:
    """Read an Arrow IPC file or stream.

    Raises
    ------
    UsageError
        When it is broken or too large, or VOTable cannot hold a column.
    """
    is_file = data.startswith(b"ARROW1")
    try:
        source = pa.ipc.open_file(data) if is_file else pa.ipc.open_stream(data)
        rows = source.read_all()
        rows.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise UsageError("The Arrow file is broken or incomplete; write it again.") from error
    return _take(rows, source.schema.metadata or {}, limits)


def _take(rows: pa.Table, metadata: Mapping[bytes, bytes], limits: ReadLimits) -> TableFile:
    content = metadata.get(_CONTENT)
    if content is None:
        written = metadata.get(_ASTROPY)
        return take_rows(rows, limits, read_described(written) if written else None)
    document = read_fields(content, limits)
    described: dict[str, Field] = {f.name: f for f in document.fields}
    return take_rows(rows, limits, described, document.name, document.description)
