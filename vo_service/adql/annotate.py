"""Types, units and names of computed values."""

from dataclasses import replace

import sqlalchemy as sa

from vo_service.adql.nodes import Place, SetOperation
from vo_service.adql.units import combine_units
from vo_service.adql.values import (
    SMALL,
    Value,
    computed_type,
    require_integer,
    require_number,
    require_text,
    wider,
)
from vo_service.errors import UsageError
from vo_service.release.field import Field


def literal_field(value: int | float | str | None) -> Field:
    """Describe a literal."""
    if value is None:
        return Field("null", "")
    if isinstance(value, str):
        return Field("text", "char" if value.isascii() else "unicodeChar", arraysize="*")
    if isinstance(value, float):
        return Field("number", "double")
    return Field("number", "int" if -(2**31) <= value < 2**31 else "long")


def arithmetic_type(operator: str, left: Value, right: Value, place: Place) -> str:
    """Return the VOTable type of an operation.

    Raises
    ------
    UsageError
        When an operand is of the wrong kind.
    """
    if operator == "||":
        texts = [require_text(v, "||", place) for v in (left, right)]
        unicode = any(t.field.datatype == "unicodeChar" for t in texts)
        return "unicodeChar" if unicode else "char"
    require = require_integer if operator in "&|^" else require_number
    for value in (left, right):
        require(value, f"'{operator}'", place)
    if left.is_null or right.is_null:
        whole = (right if left.is_null else left).field.datatype or "int"
    else:
        whole = wider(left, right)
    return "int" if whole in SMALL else whole


def arithmetic_unit(operator: str, left: Value, right: Value) -> str:
    """Return the unit of an operation, empty where it is not simple."""
    a, b = left.field.unit, right.field.unit
    if operator in "&|^":
        return ""
    if operator in "+-%":
        return a if a == b or not b else (b if not a else "")
    if operator not in "*/" or not (a or b):
        return ""
    return combine_units(operator, a, b)


def common_type(values: list[Value]) -> Field:
    """Describe a choice between values, as of COALESCE and CASE.

    Raises
    ------
    ValueError
        When they have no type in common.
    """
    told = [v for v in values if not v.is_null]
    if not told:
        return Field("null", "int")
    if all(v.is_number for v in told):
        widest = told[0]
        for value in told[1:]:
            widest = widest if wider(widest, value) == widest.field.datatype else value
        same = all(v.field.unit == told[0].field.unit for v in told)
        datatype = computed_type(widest.field.datatype)
        return Field("value", datatype, unit=told[0].field.unit if same else "")
    if all(v.field.is_text for v in told):
        unicode = any(v.field.datatype == "unicodeChar" for v in told)
        return Field("value", "unicodeChar" if unicode else "char", arraysize="*")
    if len({(v.field.datatype, v.field.arraysize, v.field.xtype) for v in told}) == 1:
        first = told[0].field
        return Field("value", first.datatype, arraysize=first.arraysize, xtype=first.xtype)
    raise ValueError("no type in common")


def common_fields(
    left: tuple[Field, ...], right: tuple[Field, ...], operation: SetOperation
) -> tuple[Field, ...]:
    """Describe the columns of a set of queries: named as in the first, typed to hold both.

    Raises
    ------
    UsageError
        When the queries differ in the number or kinds of their columns.
    """
    name, place = operation.operator, operation.place
    if len(left) != len(right):
        counts = f"{len(left)} and {len(right)} columns"
        raise UsageError(f"{name} joins queries of {counts}; make them equal", *place)
    return tuple(_common_field(a, b, operation) for a, b in zip(left, right, strict=True))


def _common_field(left: Field, right: Field, operation: SetOperation) -> Field:
    kinds = [(f.datatype, f.is_array, f.xtype) for f in (left, right)]
    if kinds[0] == kinds[1]:
        same_size = left.arraysize == right.arraysize
        size = left.arraysize if same_size else left.arraysize and "*"
        return replace(left, arraysize=size, unit=left.unit if left.unit == right.unit else "")
    try:
        whole = common_type([Value(sa.null(), f) for f in (left, right)])
    except ValueError as error:
        raise UsageError(
            f"{operation.operator}: column '{left.name}' has no type in common with '{right.name}'",
            *operation.place,
        ) from error
    told = left if left.datatype else right
    return replace(
        told,
        name=left.name,
        datatype=whole.datatype,
        arraysize=whole.arraysize,
        xtype=whole.xtype,
        unit=whole.unit,
    )


def unique_names(fields: list[Field]) -> list[str]:
    """Name the columns of an answer; names differ by more than case, as engines and FITS want."""
    seen: set[str] = set()
    names = []
    for f in fields:
        name, count = f.name, 1
        while name.lower() in seen:
            count += 1
            name = f"{f.name}_{count}"
        seen.add(name.lower())
        names.append(name)
    return names
