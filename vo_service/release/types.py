"""One row per type: VOTable, Arrow, SQL, numpy and BINARY2 side by side."""

from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import sqlalchemy as sa

from vo_service.errors import UsageError
from vo_service.release.field import Field


@dataclass(frozen=True, slots=True)
class ColumnType:
    """How values of one VOTable data type are kept elsewhere.

    Attributes
    ----------
    datatype : str
        VOTable name.
    arrow : pyarrow.DataType
        Of one element.
    sql : type
        SQLAlchemy type of a scalar column.
    ddl : str
        Its name in a DuckDB table.
    binary : str
        numpy dtype of one element in BINARY2 (VOTable 1.4, section 6), big-endian.
    """

    datatype: str
    arrow: pa.DataType
    sql: type[sa.types.TypeEngine]
    ddl: str
    binary: str


TYPES = {
    t.datatype: t
    for t in (
        ColumnType("boolean", pa.bool_(), sa.Boolean, "BOOLEAN", "S1"),
        ColumnType("unsignedByte", pa.uint8(), sa.SmallInteger, "UTINYINT", "u1"),
        ColumnType("short", pa.int16(), sa.SmallInteger, "SMALLINT", ">i2"),
        ColumnType("int", pa.int32(), sa.Integer, "INTEGER", ">i4"),
        ColumnType("long", pa.int64(), sa.BigInteger, "BIGINT", ">i8"),
        ColumnType("float", pa.float32(), sa.REAL, "FLOAT", ">f4"),
        ColumnType("double", pa.float64(), sa.Double, "DOUBLE", ">f8"),
        ColumnType("char", pa.string(), sa.String, "VARCHAR", "S1"),
        ColumnType("unicodeChar", pa.string(), sa.String, "VARCHAR", ">u2"),
    )
}

TIMESTAMP = pa.timestamp("us")


def arrow_type(field: Field) -> pa.DataType:
    """Return the Arrow type of a column's values."""
    if field.xtype == "timestamp":
        return TIMESTAMP
    element = TYPES[field.datatype].arrow
    return pa.list_(element) if field.is_array else element


def arrow_schema(fields: tuple[Field, ...] | list[Field]) -> pa.Schema:
    """Return the Arrow schema of a table with these columns, in their order."""
    return pa.schema([(f.name, arrow_type(f)) for f in fields])


def sql_type(field: Field) -> sa.types.TypeEngine:
    """Return the SQLAlchemy type to which an output column is cast."""
    return _sql_type(field.datatype, field.is_array, field.xtype == "timestamp")


@cache
def _sql_type(datatype: str, is_array: bool, is_time: bool) -> sa.types.TypeEngine:
    """Return one object a type, for which a compiler looks up its own form but once."""
    if is_time:
        return sa.TIMESTAMP()
    scalar = TYPES[datatype].sql()
    return sa.ARRAY(scalar) if is_array else scalar


def ddl_type(field: Field) -> str:
    """Return the type of the column in a DuckDB table."""
    if field.xtype == "timestamp":
        return "TIMESTAMP"
    return TYPES[field.datatype].ddl + ("[]" if field.is_array else "")


def field_from_arrow(name: str, arrow: pa.DataType, **described: str) -> Field:
    """Describe a column of which only the Arrow type is known.

    Raises
    ------
    UsageError
        When VOTable has no such type.
    """
    if pa.types.is_timestamp(arrow):
        return Field(name, "char", arraysize="*", xtype="timestamp", **described)  # type: ignore[arg-type]
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return Field(name, "unicodeChar", arraysize="*", **described)  # type: ignore[arg-type]
    is_list = pa.types.is_list(arrow) or pa.types.is_large_list(arrow)
    element = arrow.value_type if is_list else arrow
    for t in TYPES.values():
        if t.arrow == element and not pa.types.is_string(element):
            return Field(name, t.datatype, arraysize="*" if is_list else None, **described)  # type: ignore[arg-type]
    raise UsageError(f"Column '{name}' has the type {arrow}, which VOTable cannot hold.")
