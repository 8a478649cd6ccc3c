"""CAST, IN_UNIT, and what is taken as a timestamp."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from vo_service.adql.arrays import array_item
from vo_service.adql.dialects import numbers_of_text, timestamp_text
from vo_service.adql.geometry import build, stcs
from vo_service.adql.geometry.build import Locate, constant
from vo_service.adql.mathematics import double
from vo_service.adql.nodes import Cast, Place
from vo_service.adql.units import conversion_factor
from vo_service.adql.values import (
    INTEGERS,
    Circle,
    Point,
    Polygon,
    Result,
    Value,
    kind_of,
    make_value,
    require_number,
    require_text,
)
from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import sql_type

TYPES = {
    "SMALLINT": "short",
    "INTEGER": "int",
    "BIGINT": "long",
    "REAL": "float",
    "DOUBLE PRECISION": "double",
    "DOUBLE": "double",
    "CHAR": "char",
    "VARCHAR": "char",
}
TIMESTAMP = Field("timestamp", "char", arraysize="*", xtype="timestamp")


def cast(node: Cast, value: Value, locate: Locate) -> Result:
    """Cast a value to a type of ADQL (section 4.4).

    Raises
    ------
    UsageError
        When a value of its kind, or a known text, has no such form.
    """
    if node.type_name in ("POINT", "CIRCLE", "POLYGON"):
        return _cast_to_shape(node, value, locate)
    if node.type_name == "TIMESTAMP":
        return as_timestamp(value, "CAST AS TIMESTAMP", node.place)
    if value.field.is_array:
        raise UsageError(f"An array cannot be cast to {node.type_name}", *node.place)
    datatype = TYPES[node.type_name]
    _check_known(value, datatype, node)
    if datatype == "char":
        return _cast_to_text(value, node.length)
    if value.field.xtype == "timestamp":
        raise UsageError(
            f"A timestamp cannot be cast to {node.type_name}; use ivo_to_mjd", *node.place
        )
    field = Field("cast", datatype, unit=value.field.unit, ucd=value.field.ucd.split(";")[0])
    sql = value.sql
    if value.is_null:
        sql = sa.null()
    elif datatype in INTEGERS and value.field.is_text:
        sql = sa.func.trunc(sa.cast(sql, sa.Numeric(38, 10)))
    elif datatype in INTEGERS and not value.is_integer:
        sql = sa.func.trunc(sql)
    return replace(value, sql=sa.cast(sql, sql_type(field)), field=field, constant=None)


def as_timestamp(value: Result, what: str, place: Place) -> Value:
    """Take a timestamp, or a text that says one, as a timestamp.

    Raises
    ------
    UsageError
        When it is something else, or a known text is no date.
    """
    if isinstance(value, Value) and value.field.xtype == "timestamp":
        return value
    if not isinstance(value, Value) or not (value.field.is_text or value.is_null):
        raise UsageError(f"{what} needs a timestamp, not {kind_of(value)}", *place)
    sql = value.sql
    if isinstance(value.constant, str):
        sql = sa.literal(_read_moment(value.constant, place), sa.String)
    return replace(value, sql=sa.cast(sql, sa.TIMESTAMP), field=TIMESTAMP, constant=None)


def in_unit(arguments: tuple[Result, ...], place: Place) -> Value:
    """Convert a number that has a unit to another one (ADQL 2.1, section 4.5).

    Raises
    ------
    UsageError
        When it has no unit, or the units do not fit.
    """
    if len(arguments) != 2:
        raise UsageError(f"IN_UNIT takes 2 arguments, not {len(arguments)}", *place)
    value = require_number(arguments[0], "IN_UNIT", place)
    wanted = require_text(arguments[1], "IN_UNIT", place).constant
    if not isinstance(wanted, str):
        raise UsageError("IN_UNIT needs its unit as a text in quotes", *place)
    if not value.field.unit:
        raise UsageError(
            f"IN_UNIT needs a column with a unit; '{value.field.name}' has none", *place
        )
    factor = conversion_factor(value.field.unit, wanted, place)
    made = make_value(double(value.sql) * factor, value.field.name, "double", (value,))
    field = replace(value.field, datatype="double", unit=wanted, role="", template="")
    return replace(made, field=field)


def _cast_to_text(value: Value, length: int | None) -> Value:
    kind = "unicodeChar" if value.field.datatype == "unicodeChar" else "char"
    field = Field("cast", kind, ucd=value.field.ucd.split(";")[0], arraysize="*")
    if value.field.xtype == "timestamp":
        sql: sa.ColumnElement = sa.func.replace(timestamp_text(value.sql), ".000000", "")
    elif value.is_number and not value.is_integer:
        # Engines differ in how they write whole numbers of floating point.
        sql = sa.func.regexp_replace(sa.cast(value.sql, sa.String), r"\.0$", "")
    else:
        sql = sa.cast(value.sql, sa.String)
    if length is not None:
        sql = sa.func.substr(sql, 1, length)
    return replace(value, sql=sql, field=field, constant=None)


def _cast_to_shape(node: Cast, value: Value, locate: Locate) -> Result:
    """Read the array of a text (DALI 1.1, section 3.3)."""
    name = node.type_name
    text = require_text(value, f"CAST AS {name}", node.place)
    if isinstance(text.constant, str):
        known = stcs.read_numbers(text.constant, f"CAST AS {name}", node.place)
        numbers: tuple[Result, ...] = tuple(constant(n) for n in known)
        if name == "POLYGON":
            return build.make_polygon(numbers, node.place)
        make = build.make_point if name == "POINT" else build.make_circle
        return make(numbers, node.place, locate)
    array = make_value(numbers_of_text(text.sql), name.lower(), "double", (text,))
    if name == "POLYGON":
        return Polygon(array)
    lon, lat, radius = (
        make_value(array_item(array.sql, i), "coordinate", "double", (text,), unit="deg")
        for i in (1, 2, 3)
    )
    return Point(lon, lat) if name == "POINT" else Circle(Point(lon, lat), radius)


def _check_known(value: Value, datatype: str, node: Cast) -> None:
    if not isinstance(value.constant, str) or datatype == "char":
        return
    try:
        float(value.constant)
    except ValueError as error:
        raise UsageError(
            f"The text '{value.constant}' cannot be cast to {node.type_name}", *node.place
        ) from error


def _read_moment(text: str, place: Place) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"'{text}' is no timestamp; write it as YYYY-MM-DDThh:mm:ss", *place
        ) from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ")
