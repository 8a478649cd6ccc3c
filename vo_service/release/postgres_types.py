"""Types of columns in PostgreSQL tables, and as Arrow carries them there and back."""

import pyarrow as pa

from vo_service.release.field import Field
from vo_service.release.types import arrow_type

DDL = {
    "boolean": "boolean",
    "unsignedByte": "smallint",
    "short": "smallint",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
    # By code point, as DuckDB compares.
    "char": 'varchar COLLATE "C"',
    "unicodeChar": 'varchar COLLATE "C"',
}


def ddl_type(field: Field) -> str:
    """Return the type of the column in a PostgreSQL table."""
    if field.xtype == "timestamp":
        return "timestamp"
    return DDL[field.datatype] + ("[]" if field.is_array else "")


def wire_type(field: Field) -> pa.DataType:
    """Return the Arrow type that COPY takes; PostgreSQL has no unsigned byte."""
    told = arrow_type(field)
    if told == pa.uint8():
        return pa.int16()
    return pa.list_(pa.int16()) if told == pa.list_(pa.uint8()) else told
