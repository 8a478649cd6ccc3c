"""Conditions to SQL: comparisons, logic, and what WHERE, ON and HAVING may hold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.casts import as_timestamp
from vo_service.adql.geometry.calls import distance, relation
from vo_service.adql.geometry.relations import within
from vo_service.adql.places import place_of
from vo_service.adql.resolve import Scope
from vo_service.adql.values import (
    Condition,
    Result,
    Value,
    kind_of,
    make_condition,
    require_number,
    require_text,
)
from vo_service.errors import UsageError
from vo_service.release.field import Field


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query within another.

    Attributes
    ----------
    select : sqlalchemy Select or CompoundSelect
    fields : tuple of Field
    columns : frozenset of str
        Columns of the queries around that it uses.
    """

    select: Any
    fields: tuple[Field, ...]
    columns: frozenset[str]


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

    def query(self, query: nodes.Query) -> Subquery:
        """Translate a query within this one."""
        ...


class Conditions:
    """Translate conditions within one scope.

    Parameters
    ----------
    values : Values
    scope : Scope
    """

    def __init__(self, values: Values, scope: Scope):
        self._values = values
        self._scope = scope
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
        left, right = comparable(
            self._values.value(node.left), self._values.value(node.right), node.place
        )
        return make_condition(
            left.sql.op(node.operator, is_comparison=True)(right.sql), left, right
        )

    def _region_test(self, node: nodes.Comparison) -> Condition | None:
        """Make CONTAINS(...) = 1 a condition rather than the comparison of a number."""
        for call, other in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(call, nodes.Call) or call.name not in ("CONTAINS", "INTERSECTS"):
                continue
            if node.operator in ("=", "<>") and other in (nodes.Literal(0), nodes.Literal(1)):
                arguments = tuple(self._values.result(a) for a in call.arguments)
                holds = relation(call.name, arguments, call.place)
                wanted = (other == nodes.Literal(1)) == (node.operator == "=")
                return holds if wanted else replace(holds, sql=sa.not_(holds.sql))
        return None

    def _distance_test(self, node: nodes.Comparison) -> Condition | None:
        """Make DISTANCE(...) < r a cone, which is fast where the table is indexed."""
        for call, other, operators in (
            (node.left, node.right, ("<", "<=")),
            (node.right, node.left, (">", ">=")),
        ):
            if not isinstance(call, nodes.Call) or call.name != "DISTANCE":
                continue
            if node.operator in operators:
                value = self._values.value(other)
                radius = require_number(value, "The comparison of DISTANCE", node.place)
                arguments = tuple(self._values.result(a) for a in call.arguments)
                return within(*distance(arguments, call.place, self._scope.sky_point), radius)
        return None

    def _logic(self, node: nodes.Logic) -> Condition:
        parts = [self._values.condition(operand) for operand in node.operands]
        if node.operator == "NOT":
            return make_condition(sa.not_(parts[0].sql), *parts)
        combine = sa.and_ if node.operator == "AND" else sa.or_
        return make_condition(combine(*(p.sql for p in parts)), *parts)

    def _between(self, node: nodes.Between) -> Condition:
        value = self._values.value(node.value)
        first, low = comparable(value, self._values.value(node.low), place_of(node))
        second, high = comparable(value, self._values.value(node.high), place_of(node))
        over = first.sql.op(">=", is_comparison=True)(low.sql)
        sql = sa.and_(over, second.sql.op("<=", is_comparison=True)(high.sql))
        return make_condition(sa.not_(sql) if node.negated else sql, value, low, high)

    def _in_list(self, node: nodes.InList) -> Condition:
        value = self._values.value(node.value)
        place = place_of(node)
        pairs = [comparable(value, self._values.value(o), place) for o in node.options]
        # One side of the pairs is the same for all: options are told apart by kind alone.
        sql = pairs[0][0].sql.in_([option.sql for _, option in pairs])
        options = [option for _, option in pairs]
        return make_condition(sa.not_(sql) if node.negated else sql, value, *options)

    def _in_query(self, node: nodes.InQuery) -> Condition:
        value = self._values.value(node.value)
        query = self._values.query(node.query)
        if len(query.fields) != 1:
            count = len(query.fields)
            raise UsageError(f"The query of IN must have 1 column, not {count}", *place_of(node))
        require_comparable(value, Value(sa.null(), query.fields[0]), place_of(node))
        sql = value.sql.in_(query.select)
        made = make_condition(sa.not_(sql) if node.negated else sql, value)
        return replace(made, columns=made.columns | query.columns)

    def _like(self, node: nodes.Like) -> Condition:
        value, pattern = self._values.value(node.value), self._values.value(node.pattern)
        for part in (value, pattern):
            require_text(part, "ILIKE" if node.ignore_case else "LIKE", place_of(node))
        sql = value.sql.ilike(pattern.sql) if node.ignore_case else value.sql.like(pattern.sql)
        return make_condition(sa.not_(sql) if node.negated else sql, value, pattern)

    def _is_null(self, node: nodes.IsNull) -> Condition:
        value = self._values.value(node.value)
        return make_condition(
            value.sql.is_not(None) if node.negated else value.sql.is_(None), value
        )

    def _exists(self, node: nodes.Exists) -> Condition:
        query = self._values.query(node.query)
        return Condition(query.select.exists(), query.columns)


def comparable(left: Value, right: Value, place: nodes.Place) -> tuple[Value, Value]:
    """Make two values ready to be compared: a text beside a timestamp is read as one.

    Raises
    ------
    UsageError
        When they are of different kinds, or of one that has no order.
    """
    if left.field.xtype == "timestamp" and isinstance(right.constant, str):
        return left, as_timestamp(right, "The comparison", place)
    if right.field.xtype == "timestamp" and isinstance(left.constant, str):
        return as_timestamp(left, "The comparison", place), right
    if "boolean" in (left.field.datatype, right.field.datatype):
        left, right = _as_number(left), _as_number(right)
    require_comparable(left, right, place)
    return left, right


def require_comparable(left: Value, right: Value, place: nodes.Place) -> None:
    """Refuse to compare values of different kinds.

    Raises
    ------
    UsageError
        Naming both.
    """
    if left.is_null or right.is_null:
        return
    numbers = left.is_number and right.is_number
    texts = left.field.is_text and right.field.is_text
    times = left.field.xtype == right.field.xtype == "timestamp"
    same = left.field.datatype == right.field.datatype == "boolean"
    if numbers or texts or times or same:
        return
    about = f"Cannot compare {kind_of(left)} with {kind_of(right)}"
    if "timestamp" in (left.field.xtype, right.field.xtype):
        about += "; CAST the other one AS TIMESTAMP"
    raise UsageError(about, *place)


def _as_number(value: Value) -> Value:
    """Take a truth value as 1 or 0, as ADQL has none to write."""
    if value.field.datatype != "boolean":
        return value
    field = replace(value.field, datatype="int")
    return replace(value, sql=sa.cast(value.sql, sa.Integer), field=field)
