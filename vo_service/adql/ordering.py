"""ORDER BY: by an expression, or by the name or number of a column of the answer."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.expressions import Expressions
from vo_service.adql.grouping import Grouping
from vo_service.adql.places import place_of
from vo_service.adql.values import Value
from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import sql_type


class Ordering:
    """The order of one SELECT.

    Parameters
    ----------
    expressions : Expressions
    grouping : Grouping, optional
        Where there are groups.
    is_distinct : bool
        Whether equal rows of the answer count once.
    """

    def __init__(self, expressions: Expressions, grouping: Grouping | None, is_distinct: bool):
        self._expressions = expressions
        self._grouping = grouping
        self._is_distinct = is_distinct

    def keys(
        self,
        query: nodes.Query,
        labels: list,
        fields: tuple[Field, ...],
        items: list[tuple[nodes.Item, Value]],
    ) -> list:
        """Return what the rows are sorted by.

        Raises
        ------
        UsageError
            When a name or number means nothing, or an expression has no single value in a row of
            the answer.
        """
        written = [item for item, _ in items]
        keys = []
        for node, descending in query.order_by:
            place = _output_place(node, fields, written)
            key = labels[place] if place is not None else self._expression(node)
            keys.append(_ordered(key, descending))
        return keys

    def _expression(self, node: nodes.Expression) -> sa.ColumnElement:
        value = self._expressions.value(node)
        if self._is_distinct:
            raise UsageError(
                "With DISTINCT, order by columns of the answer; put the expression into SELECT",
                *place_of(node),
            )
        if self._grouping is not None:
            self._grouping.check(node)
        elif value.is_aggregate:
            raise UsageError(
                "ORDER BY holds an aggregate of a query without groups", *place_of(node)
            )
        return value.sql


def order_outputs(select: Any, fields: tuple[Field, ...], query: nodes.Query) -> list:
    """Return what the rows of a set of queries are sorted by.

    Raises
    ------
    UsageError
        When it is not a column of the answer.
    """
    columns, keys = list(select.selected_columns), []
    for node, descending in query.order_by:
        place = _output_place(node, fields, [])
        if place is None:
            raise UsageError(
                "Order a set of queries by the name or number of a column", *place_of(node)
            )
        keys.append(_ordered(columns[place], descending))
    return keys


def output(value: Value) -> sa.ColumnElement:
    """Give an output the type that its Field promises; plain columns have it already."""
    is_column = isinstance(value.sql, sa.Column | sa.sql.elements.ColumnClause)
    field = value.field if value.field.datatype else visible(value.field)
    return value.sql if is_column else sa.cast(value.sql, sql_type(field))


def visible(field: Field) -> Field:
    """Give a column of nothing but NULL a type, as formats need one."""
    return replace(field, datatype="int")


def _output_place(
    node: nodes.Expression, fields: tuple[Field, ...], items: list[nodes.Item]
) -> int | None:
    """Return which column of the answer an ORDER BY means, or None."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, int):
        if not 1 <= node.value <= len(fields):
            plural = "" if len(fields) == 1 else "s"
            raise UsageError(
                f"ORDER BY {node.value}: the answer has {len(fields)} column{plural}", *node.place
            )
        return node.value - 1
    if isinstance(node, nodes.Column) and len(node.path) == 1:
        names = [f.name for f in fields]
        if node.path[0].text in names:
            return names.index(node.path[0].text)
    expressions = [item.expression for item in items]
    if node in expressions and nodes.Star not in map(type, expressions):
        return expressions.index(node)
    return None


def _ordered(key: Any, descending: bool) -> Any:
    """Order NULL last in both directions, on every engine."""
    return (sa.desc(key) if descending else sa.asc(key)).nulls_last()
