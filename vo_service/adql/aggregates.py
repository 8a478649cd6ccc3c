"""Aggregates, and functions over windows."""

from dataclasses import replace

import sqlalchemy as sa

from vo_service.adql.mathematics import double
from vo_service.adql.nodes import Place
from vo_service.adql.values import Value, computed_type, kind_of, make_value, require_number
from vo_service.errors import UsageError

Sql = sa.ColumnElement

AGGREGATES = ("AVG", "COUNT", "MAX", "MIN", "SUM")
RANKINGS = {
    "ROW_NUMBER": "Number of the row in its window",
    "RANK": "Rank in the window; equals share the first place",
    "DENSE_RANK": "Rank in the window, without gaps after equals",
}


def call_aggregate(name: str, argument: Value | None, distinct: bool, place: Place) -> Value:
    """Call an aggregate; no argument is COUNT(*).

    Raises
    ------
    UsageError
        When it is not given a number.
    """
    if argument is None:
        return _aggregate(sa.func.count(), "count_all", "long", "Number of rows", "meta.number")
    about = f"{name} of {argument.field.name}"
    sql = sa.distinct(argument.sql) if distinct else argument.sql
    if name == "COUNT":
        return _aggregate(sa.func.count(sql), "count", "long", about, "meta.number")
    label = f"{name.lower()}_{argument.field.name}"
    if name in ("MIN", "MAX"):
        return _extreme(name, argument, sql, place)
    require_number(argument, name, place)
    datatype = "long" if name == "SUM" and argument.is_integer else "double"
    wide = (
        sql
        if datatype == "long"
        else (sa.distinct(double(argument.sql)) if distinct else double(argument.sql))
    )
    label = f"{name.lower()}_{argument.field.name}"
    made = _aggregate(getattr(sa.func, name.lower())(wide), label, datatype, about, "")
    return _with_unit(made, argument)


def _extreme(name: str, argument: Value, sql: Sql, place: Place) -> Value:
    """Return the least or greatest value, described as the values are."""
    if argument.field.is_array or argument.field.datatype == "boolean":
        raise UsageError(f"{name} needs what can be ordered, not {kind_of(argument)}", *place)
    statistic = f"stat.{name.lower()}"
    ucd = ";".join(filter(None, [argument.field.ucd.split(";")[0], statistic]))
    field = replace(
        argument.field,
        name=f"{name.lower()}_{argument.field.name}",
        datatype=computed_type(argument.field.datatype),
        description=f"{name} of {argument.field.name}",
        ucd=ucd,
        role="",
        template="",
    )
    return Value(getattr(sa.func, name.lower())(sql), field, frozenset(), True)


def _aggregate(sql: Sql, name: str, datatype: str, about: str, ucd: str) -> Value:
    value = make_value(sql, name, datatype, description=about, ucd=ucd)
    return Value(value.sql, value.field, frozenset(), True)


def _with_unit(value: Value, argument: Value) -> Value:
    return replace(value, field=replace(value.field, unit=argument.field.unit))


def make_window(value: Value, partition: list[Value], order: list[tuple[Value, bool]]) -> Value:
    """Evaluate an aggregate or a ranking over a window.

    Parameters
    ----------
    value : Value
        Of the plain function.
    partition : list of Value
    order : list of (Value, bool)
        Whether each descends; NULL comes last in both directions.
    """
    keys = [(sa.desc(v.sql) if down else sa.asc(v.sql)).nulls_last() for v, down in order]
    sql = value.sql.over(partition_by=[v.sql for v in partition] or None, order_by=keys or None)  # type: ignore[attr-defined]
    parts = (*partition, *(v for v, _ in order))
    made = make_value(sql, value.field.name, value.field.datatype, parts)
    columns = made.columns | value.columns
    return replace(made, field=value.field, columns=columns, is_window=True)


def call_ranking(name: str) -> Value:
    """Call ROW_NUMBER, RANK or DENSE_RANK, to be evaluated over a window."""
    sql = getattr(sa.func, name.lower())()
    return make_value(sql, name.lower(), "long", description=RANKINGS[name], ucd="meta.number")
