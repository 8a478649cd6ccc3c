"""What an expression becomes: SQL, and the Field that describes its values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import sqlalchemy as sa

from vo_service.errors import UsageError
from vo_service.release.field import Field

INTEGERS = ("unsignedByte", "short", "int", "long")
SMALL = ("unsignedByte", "short")
"""Integers that arithmetic widens to int."""

NUMBERS = (*INTEGERS, "float", "double")
_ORDER = {name: i for i, name in enumerate(NUMBERS)}


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar or array expression.

    Attributes
    ----------
    sql : ColumnElement
    field : Field
        Type, unit, UCD and description; its name is a proposal.
    columns : frozenset of str
        Columns that it uses outside aggregates.
    is_aggregate : bool
        Whether an aggregate is in it.
    is_window : bool
        Whether a function over a window is in it.
    constant : float, int or str, optional
        Its value, where that is known.
    """

    sql: sa.ColumnElement
    field: Field
    columns: frozenset[str] = frozenset()
    is_aggregate: bool = False
    is_window: bool = False
    constant: float | int | str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it is a scalar number."""
        return self.field.datatype in NUMBERS and not self.field.is_array

    @property
    def is_integer(self) -> bool:
        """Whether it is a scalar integer."""
        return self.field.datatype in INTEGERS and not self.field.is_array

    @property
    def is_null(self) -> bool:
        """Whether it is the literal NULL, which fits every type."""
        return not self.field.datatype


@dataclass(frozen=True, slots=True)
class Condition:
    """A truth value, which ADQL has in conditions alone."""

    sql: sa.ColumnElement
    columns: frozenset[str] = frozenset()
    is_aggregate: bool = False
    is_window: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A position: two coordinates [deg], and unit vector where the table holds it."""

    lon: Value
    lat: Value
    vector: tuple[sa.ColumnElement, ...] | None = None
    index: sa.ColumnElement | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the sky: centre and radius [deg]."""

    centre: Point
    radius: Value


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon of great circles; its inside is the smaller side.

    Attributes
    ----------
    array : Value
        Longitude and latitude of the corners in turn [deg], as one array.
    corners : tuple of (float, float), optional
        The same, where they are known.
    """

    array: Value
    corners: tuple[tuple[float, float], ...] | None = None


Shape: TypeAlias = Point | Circle | Polygon
Result: TypeAlias = Value | Condition | Shape


def make_value(
    sql: sa.ColumnElement, name: str, datatype: str, parts: Iterable[Value] = (), **described: str
) -> Value:
    """Make the value of an expression over others."""
    parts = tuple(parts)
    arraysize = "*" if datatype in ("char", "unicodeChar") else None
    return Value(
        sql,
        Field(name, datatype, arraysize=described.pop("arraysize", arraysize), **described),  # type: ignore[arg-type]
        frozenset().union(*(p.columns for p in parts)),
        any(p.is_aggregate for p in parts),
        any(p.is_window for p in parts),
    )


def make_condition(sql: sa.ColumnElement, *parts: Value | Condition) -> Condition:
    """Make a condition over values and other conditions."""
    return Condition(
        sql,
        frozenset().union(*(p.columns for p in parts)),
        any(p.is_aggregate for p in parts),
        any(p.is_window for p in parts),
    )


def parts_of(shape: Shape) -> tuple[Value, ...]:
    """Return the values of which a shape is made."""
    if isinstance(shape, Point):
        return (shape.lon, shape.lat)
    return (shape.array,) if isinstance(shape, Polygon) else (*parts_of(shape.centre), shape.radius)


def computed_type(datatype: str) -> str:
    """Return the type of a computed value: engines have no bytes, and NULL is an int."""
    return {"": "int", "unsignedByte": "short"}.get(datatype, datatype)


def wider(a: Value, b: Value) -> str:
    """Return the number type that holds both."""
    return max(a.field.datatype, b.field.datatype, key=_ORDER.__getitem__)


def require_number(value: Result, what: str, place: tuple[int, int]) -> Value:
    """Refuse what is no scalar number.

    Raises
    ------
    UsageError
        Naming what it is needed for.
    """
    if isinstance(value, Value) and (value.is_number or value.is_null):
        return value
    raise UsageError(f"{what} needs a number, not {kind_of(value)}", *place)


def require_integer(value: Result, what: str, place: tuple[int, int]) -> Value:
    """Refuse what is no whole number.

    Raises
    ------
    UsageError
        Naming what it is needed for.
    """
    number = require_number(value, what, place)
    if number.is_integer or number.is_null:
        return number
    raise UsageError(f"{what} needs a whole number; cast it to INTEGER", *place)


def require_text(value: Result, what: str, place: tuple[int, int]) -> Value:
    """Refuse what is no text.

    Raises
    ------
    UsageError
        Naming what it is needed for.
    """
    if isinstance(value, Value) and (value.field.is_text or value.is_null):
        return value
    raise UsageError(f"{what} needs a text, not {kind_of(value)}", *place)


def counted(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def kind_of(value: Result) -> str:
    """Say what a result is, for a message."""
    if isinstance(value, Condition):
        return "a condition"
    if isinstance(value, Shape):
        return "a geometry"
    if value.field.datatype == "boolean":
        return "a truth value"
    if value.field.xtype == "timestamp":
        return "a timestamp"
    if value.field.is_text:
        return "a text"
    return "an array" if value.field.is_array else "a number"


def renamed(value: Value, name: str) -> Value:
    """Return the same value under another name."""
    if name == value.field.name and not value.field.template:
        return value
    return replace(value, field=replace(value.field, name=name, template=""))
