"""Arrow columns of any type to those that VOTable can hold."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import arrow_type, field_from_arrow
from vo_service.tables.cell_texts import nan_to_null
from vo_service.tables.table_file import ReadLimits, TableFile, make_table_file

_WIDER = {
    pa.int8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
    pa.date32(): pa.timestamp("us"),
    pa.date64(): pa.timestamp("us"),
    pa.large_string(): pa.string(),
    pa.binary(): pa.string(),
    pa.large_binary(): pa.string(),
    pa.string_view(): pa.string(),
}


def take_rows(
    rows: pa.Table,
    limits: ReadLimits,
    described: Mapping[str, Field] | None = None,
    name: str = "",
    description: str = "",
) -> TableFile:
    """Take a table as it is, its columns converted.

    Parameters
    ----------
    rows : pyarrow.Table
    limits : ReadLimits
    described : mapping of str to Field, optional
        What is known of columns by their name. A data type is kept where it fits the values.
    name, description : str
        Of the table.

    Raises
    ------
    UsageError
        When VOTable cannot hold a column's type or values.
    """
    fields, columns = [], []
    for column_name, column in zip(rows.column_names, rows.columns, strict=True):
        field, values = _convert(column_name, column.combine_chunks())
        known = (described or {}).get(column_name)
        field, values = _describe(field, values, known) if known else (field, values)
        fields.append(field)
        columns.append(values)
    return make_table_file(tuple(fields), columns, limits, name, description)


def _convert(name: str, column: pa.Array) -> tuple[Field, pa.Array]:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if not name.strip():
        raise UsageError("A column of the table has no name.")
    arraysize = None
    if pa.types.is_fixed_size_list(column.type):
        arraysize = str(column.type.list_size)
    target = _target(column.type)
    field = field_from_arrow(name, target)
    if field.datatype == "unicodeChar":
        # Made unicodeChar again where a value needs it.
        field = replace(field, datatype="char")
    if arraysize not in (None, "1"):
        field = replace(field, arraysize=arraysize)
    try:
        return field, nan_to_null(column.cast(target))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(
            f"Column '{name}' holds values of type {column.type} that VOTable cannot hold."
        ) from error


def _target(given: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(given):
        return _target(given.value_type)
    if (
        pa.types.is_list(given)
        or pa.types.is_large_list(given)
        or pa.types.is_fixed_size_list(given)
    ):
        return pa.list_(_target(given.value_type))
    if pa.types.is_timestamp(given):
        return pa.timestamp("us")
    if pa.types.is_decimal(given):
        return pa.float64()
    if pa.types.is_null(given):
        return pa.string()
    return _WIDER.get(given, given)


def _describe(field: Field, values: pa.Array, known: Field) -> tuple[Field, pa.Array]:
    """Return a column as it is described elsewhere, if its values are of that type."""
    if arrow_type(known) == values.type:
        return replace(known, name=field.name), values
    if known.xtype == "timestamp" and pa.types.is_string(values.type):
        known = replace(known, xtype="")
    shown = ("description", "unit", "ucd", "utype", "xtype")
    return replace(field, **{k: getattr(known, k) for k in shown if getattr(known, k)}), values
