"""Conditions to SQL: comparisons, logic, and what WHERE, ON and HAVING may hold."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import sqlalchemy as sa

from vo_service.adql import geometry, nodes
from vo_service.adql.places import place_of
from vo_service.adql.resolve import QueryTranslator, Scope
from vo_service.adql.values import (
    Condition,
    Point,
    Result,
    Value,
    kind_of,
    require_number,
    require_text,
)
from vo_service.errors import UsageError


class Values(Protocol):
    """Translates the operands of conditions."""

    def value(self, node: nodes.Expression) -> Value:
        """Translate what must be a value."""
        ...

    def condition(self, node: nodes.Expression) -> Condition:
        """Translate what must be a condition."""
        ...

    def result(self, node: nodes.Expression) -> Result:
        """Translate any expression."""
        ...

    def positions(self, arguments: tuple[Result, ...], place: nodes.Place) -> tuple[Point, Point]:
        """Return the two points of DISTANCE."""
        ...


class Conditions:
    """Translate conditions within one scope.

    Parameters
    ----------
    values : Values
    scope : Scope
    translate_query : callable
        For sub-queries.
    """

    def __init__(self, values: Values, scope: Scope, translate_query: QueryTranslator):
        self._values = values
        self._scope = scope
        self._query = translate_query
        self.methods: dict[type, Callable[[Any], Result]] = {
            nodes.Comparison: self._comparison,
            nodes.Logic: self._logic,
            nodes.Between: self._between,
            nodes.InList: self._in_list,
            nodes.InQuery: self._in_query,
            nodes.Like: self._like,
            nodes.IsNull: self._is_null,
            nodes.Exists: self._exists,
        }

    def _comparison(self, node: nodes.Comparison) -> Condition:
        special = self._region_test(node) or self._distance_test(node)
        if special is not None:
            return special
        left, right = self._values.value(node.left), self._values.value(node.right)
        _require_comparable(left, right, node)
        return _condition(left.sql.op(node.operator, is_comparison=True)(right.sql), left, right)

    def _region_test(self, node: nodes.Comparison) -> Condition | None:
        """Make CONTAINS(...) = 1 a condition rather than the comparison of a number."""
        for call, other in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(call, nodes.Call) or call.name != "CONTAINS":
                continue
            if node.operator == "=" and other in (nodes.Literal(0), nodes.Literal(1)):
                arguments = tuple(self._values.result(a) for a in call.arguments)
                inside = geometry.contains(arguments, call.place)
                outside = replace(inside, sql=sa.not_(inside.sql))
                return inside if other == nodes.Literal(1) else outside
        return None

    def _distance_test(self, node: nodes.Comparison) -> Condition | None:
        """Make DISTANCE(...) < r a cone, which is fast where the table is indexed."""
        for call, other, operators in (
            (node.left, node.right, ("<", "<=")),
            (node.right, node.left, (">", ">=")),
        ):
            if (
                isinstance(call, nodes.Call)
                and call.name == "DISTANCE"
                and node.operator in operators
            ):
                radius = require_number(
                    self._values.value(other), "The comparison of DISTANCE", node.place
                )
                arguments = tuple(self._values.result(a) for a in call.arguments)
                return geometry.within(*self._values.positions(arguments, call.place), radius)
        return None

    def _logic(self, node: nodes.Logic) -> Condition:
        parts = [self._values.condition(operand) for operand in node.operands]
        if node.operator == "NOT":
            return _condition(sa.not_(parts[0].sql), *parts)
        combine = sa.and_ if node.operator == "AND" else sa.or_
        return _condition(combine(*(p.sql for p in parts)), *parts)

    def _between(self, node: nodes.Between) -> Condition:
        value, low, high = (self._values.value(v) for v in (node.value, node.low, node.high))
        for other in (low, high):
            _require_comparable(value, other, node)
        sql = value.sql.between(low.sql, high.sql)
        return _condition(sa.not_(sql) if node.negated else sql, value, low, high)

    def _in_list(self, node: nodes.InList) -> Condition:
        value = self._values.value(node.value)
        options = [self._values.value(o) for o in node.options]
        for option in options:
            _require_comparable(value, option, node)
        sql = value.sql.in_([o.sql for o in options])
        return _condition(sa.not_(sql) if node.negated else sql, value, *options)

    def _in_query(self, node: nodes.InQuery) -> Condition:
        value = self._values.value(node.value)
        select, fields = self._query(node.query, self._scope)
        if len(fields) != 1:
            raise UsageError(
                f"The query of IN must have 1 column, not {len(fields)}", *place_of(node)
            )
        sql = value.sql.in_(select)
        return _condition(sa.not_(sql) if node.negated else sql, value)

    def _like(self, node: nodes.Like) -> Condition:
        value, pattern = self._values.value(node.value), self._values.value(node.pattern)
        for part in (value, pattern):
            require_text(part, "ILIKE" if node.ignore_case else "LIKE", place_of(node))
        sql = value.sql.ilike(pattern.sql) if node.ignore_case else value.sql.like(pattern.sql)
        return _condition(sa.not_(sql) if node.negated else sql, value, pattern)

    def _is_null(self, node: nodes.IsNull) -> Condition:
        value = self._values.value(node.value)
        return _condition(value.sql.is_not(None) if node.negated else value.sql.is_(None), value)

    def _exists(self, node: nodes.Exists) -> Condition:
        return Condition(self._query(node.query, self._scope)[0].exists())


def _condition(sql: sa.ColumnElement, *parts: Value | Condition) -> Condition:
    columns = frozenset().union(*(p.columns for p in parts))
    return Condition(sql, columns, any(p.is_aggregate for p in parts))


def _require_comparable(left: Value, right: Value, node: Any) -> None:
    if left.is_null or right.is_null:
        return
    if left.is_number and right.is_number:
        return
    texts = [v.field.datatype in ("char", "unicodeChar") for v in (left, right)]
    if not all(texts):
        place = place_of(node)
        raise UsageError(f"Cannot compare {kind_of(left)} with {kind_of(right)}", *place)
