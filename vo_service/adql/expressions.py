"""Expressions to SQL, each with the Field that describes its values."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from vo_service.adql import annotate, nodes
from vo_service.adql.calls import Calls
from vo_service.adql.casts import cast
from vo_service.adql.conditions import Conditions, Subquery
from vo_service.adql.dialects import exclusive_or, integer_divide, modulo
from vo_service.adql.geometry.measures import as_array
from vo_service.adql.mathematics import double
from vo_service.adql.places import place_of
from vo_service.adql.resolve import QueryTranslator, Scope
from vo_service.adql.values import (
    INTEGERS,
    SMALL,
    Condition,
    Result,
    Value,
    kind_of,
    make_value,
    require_integer,
    require_number,
)
from vo_service.errors import UsageError
from vo_service.release.types import sql_type


class Expressions:
    """Translate expressions within one scope.

    Parameters
    ----------
    scope : Scope
    translate_query : callable
        For sub-queries.
    """

    def __init__(self, scope: Scope, translate_query: QueryTranslator):
        self._scope = scope
        self._translate_query = translate_query
        self._calls = Calls(self, scope)
        self._methods: dict[type, Callable[[Any], Result]] = {
            nodes.Literal: self._literal,
            nodes.Column: self._scope.find,
            nodes.Call: self._calls.call,
            nodes.Window: self._calls.window,
            nodes.Arithmetic: self._arithmetic,
            nodes.ScalarQuery: self._scalar_query,
            nodes.Cast: self._cast,
            nodes.Case: self._case,
            **Conditions(self, scope).methods,
        }

    def knows(self, column: nodes.Column) -> bool:
        """Whether a name means a column here or around."""
        return self._scope.find_or_none(column) is not None

    def value(self, node: nodes.Expression) -> Value:
        """Translate what must be a value.

        Raises
        ------
        UsageError
            When it is a condition.
        """
        result = self.result(node)
        if isinstance(result, Condition):
            raise UsageError("A condition stands where a value is needed", *place_of(node))
        return result if isinstance(result, Value) else as_array(result)

    def condition(self, node: nodes.Expression) -> Condition:
        """Translate what must be a condition.

        Raises
        ------
        UsageError
            When it is a value.
        """
        result = self.result(node)
        if isinstance(result, Condition):
            return result
        found = kind_of(result)
        raise UsageError(
            f"{found[0].upper()}{found[1:]} stands where a condition is needed; "
            "compare it with something",
            *place_of(node),
        )

    def result(self, node: nodes.Expression) -> Result:
        """Translate any expression."""
        if isinstance(node, nodes.Star):
            raise UsageError("* stands for columns in SELECT and COUNT alone", *place_of(node))
        return self._methods[type(node)](node)

    def query(self, query: nodes.Query) -> Subquery:
        """Translate a query within this one."""
        before, self._scope.lent = self._scope.lent, set()
        select, fields = self._translate_query(query, self._scope)
        used, self._scope.lent = frozenset(self._scope.lent), before
        return Subquery(select, fields, used)

    def _literal(self, node: nodes.Literal) -> Value:
        field = annotate.literal_field(node.value)
        if node.value is None:
            return Value(sa.null(), field)
        return Value(sa.literal(node.value, sql_type(field)), field, constant=node.value)

    def _arithmetic(self, node: nodes.Arithmetic) -> Value:
        right = self.value(node.right)
        if node.left is None:
            return _signed(node, right)
        left = self.value(node.left)
        datatype = annotate.arithmetic_type(node.operator, left, right, node.place)
        unit = annotate.arithmetic_unit(node.operator, left, right)
        sql = _operate(node.operator, left, right, datatype)
        made = make_value(sql, "expression", datatype, (left, right), unit=unit)
        return replace(made, constant=_fold(node.operator, left, right))

    def _cast(self, node: nodes.Cast) -> Result:
        return cast(node, self.value(node.value), self._scope.sky_point)

    def _case(self, node: nodes.Case) -> Value:
        tests = [c for c, _ in node.branches]
        if node.operand is not None:
            place = place_of(node.operand)
            tests = [nodes.Comparison("=", node.operand, c, place) for c in tests]
        conditions = [self.condition(c) for c in tests]
        values = [self.value(v) for _, v in node.branches]
        if node.otherwise is not None:
            values.append(self.value(node.otherwise))
        has_other = len(conditions) < len(values)

        def make(sqls: list) -> sa.ColumnElement:
            pairs = list(zip((c.sql for c in conditions), sqls, strict=False))
            return sa.case(*pairs, else_=sqls[-1] if has_other else None)

        made = self._calls.choice("case", values, make, node.place)
        return replace(
            made,
            columns=made.columns.union(*(c.columns for c in conditions)),
            is_aggregate=made.is_aggregate or any(c.is_aggregate for c in conditions),
            is_window=made.is_window or any(c.is_window for c in conditions),
        )

    def _scalar_query(self, node: nodes.ScalarQuery) -> Value:
        query = self.query(node.query)
        if len(query.fields) != 1:
            count = len(query.fields)
            raise UsageError(
                f"A query in the place of a value must have 1 column, not {count}", *place_of(node)
            )
        return Value(query.select.scalar_subquery(), query.fields[0], query.columns)


def _signed(node: nodes.Arithmetic, value: Value) -> Value:
    if node.operator == "~":
        number = require_integer(value, "'~'", node.place)
    else:
        number = require_number(value, f"The sign '{node.operator}'", node.place)
    if node.operator == "+":
        return number
    kind = number.field.datatype
    field = replace(number.field, datatype="int" if kind in SMALL else kind)
    sql = _at_least_int(number)
    if node.operator == "~":
        return replace(number, sql=sql.bitwise_not(), field=field, constant=None)
    known = -number.constant if isinstance(number.constant, int | float) else None
    return replace(number, sql=-sql, field=field, constant=known)


def _operate(operator: str, left: Value, right: Value, datatype: str) -> sa.ColumnElement:
    a, b = (_at_least_int(v) for v in (left, right))
    if operator == "^":
        return exclusive_or(a, b)
    if operator in ("+", "-", "*", "||", "&", "|"):
        return a.op(operator)(b)
    divisor = sa.func.nullif(b, 0)
    if operator == "%":
        return modulo(a, divisor)
    if datatype in INTEGERS:
        # Integers divide towards zero in ADQL (SQL-92); engines differ.
        return integer_divide(a, divisor)
    return double(a).op("/")(divisor)


def _at_least_int(value: Value) -> sa.ColumnElement:
    """Widen a small integer: engines let the result of two overflow."""
    return sa.cast(value.sql, sa.Integer) if value.field.datatype in SMALL else value.sql


def _fold(operator: str, left: Value, right: Value) -> float | None:
    """Compute + - * / of constants, so that geometry sees a constant circle."""
    a, b = left.constant, right.constant
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return None
    if operator == "/" and b:
        return int(a / b) if left.is_integer and right.is_integer else a / b
    return {"+": a + b, "-": a - b, "*": a * b}.get(operator)
