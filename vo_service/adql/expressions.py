"""Expressions to SQL, each with the Field that describes its values."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from vo_service.adql import annotate, functions, geometry, nodes
from vo_service.adql.conditions import Conditions
from vo_service.adql.dialects import integer_divide, modulo
from vo_service.adql.places import place_of
from vo_service.adql.resolve import QueryTranslator, Scope
from vo_service.adql.values import (
    INTEGERS,
    Circle,
    Condition,
    Point,
    Result,
    Value,
    kind_of,
    make_value,
    require_number,
)
from vo_service.errors import UsageError
from vo_service.release.field import Field
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
        self._query = translate_query
        self._methods: dict[type, Callable[[Any], Result]] = {
            nodes.Literal: self._literal,
            nodes.Column: self._scope.find,
            nodes.Call: self._call,
            nodes.Arithmetic: self._arithmetic,
            nodes.ScalarQuery: self._scalar_query,
            nodes.Cast: self._cast,
            nodes.Case: self._case,
        }
        self._methods |= Conditions(self, scope, translate_query).methods

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
        return result if isinstance(result, Value) else geometry.as_array(result)

    def condition(self, node: nodes.Expression) -> Condition:
        """Translate what must be a condition.

        Raises
        ------
        UsageError
            When it is a value.
        """
        result = self.result(node)
        if not isinstance(result, Condition):
            about = (
                f"{kind_of(result)} stands where a condition is needed; compare it with something"
            )
            raise UsageError(about[0].upper() + about[1:], *place_of(node))
        return result

    def result(self, node: nodes.Expression) -> Result:
        """Translate any expression."""
        if isinstance(node, nodes.Star):
            raise UsageError("* stands for columns in SELECT and COUNT alone", *place_of(node))
        return self._methods[type(node)](node)

    # ---- values

    def _literal(self, node: nodes.Literal) -> Value:
        field = annotate.literal_field(node.value)
        if node.value is None:
            return Value(sa.null(), field)
        return Value(sa.literal(node.value, sql_type(field)), field, constant=node.value)

    def _call(self, node: nodes.Call) -> Result:
        if node.name in functions.AGGREGATES:
            return self._aggregate(node)
        arguments = tuple(self.result(a) for a in node.arguments)
        if node.name == "POINT":
            point = geometry.make_point(arguments, node.place)
            return self._scope.sky_point(point.lon, point.lat)
        if node.name == "CIRCLE":
            return self._circle(geometry.make_circle(arguments, node.place))
        if node.name == "CONTAINS":
            inside = geometry.contains(arguments, node.place)
            sql = sa.case((inside.sql, 1), else_=0)
            return Value(sql, Field("contains", "int", "1 inside, 0 outside"), inside.columns)
        if node.name == "DISTANCE":
            return geometry.separation(*self.positions(arguments, node.place))
        if node.name == "COALESCE":
            return self._coalesce(node)
        return functions.call_function(node.name, arguments, node.place)

    def _aggregate(self, node: nodes.Call) -> Value:
        if len(node.arguments) != 1:
            raise UsageError(
                f"{node.name} takes 1 argument, not {len(node.arguments)}", *node.place
            )
        if isinstance(node.arguments[0], nodes.Star):
            if node.name != "COUNT":
                raise UsageError(f"{node.name}(*) is not possible; name a column", *node.place)
            return functions.call_aggregate("COUNT", None, False, node.place)
        argument = self.value(node.arguments[0])
        return functions.call_aggregate(node.name, argument, node.distinct, node.place)

    def _coalesce(self, node: nodes.Call) -> Value:
        values = [self.value(a) for a in node.arguments]
        if not values:
            raise UsageError("COALESCE takes at least 1 argument", *node.place)
        return self._choice("coalesce", values, lambda sqls: sa.func.coalesce(*sqls), node.place)

    def _choice(
        self,
        name: str,
        values: list[Value],
        make: Callable[[list], sa.ColumnElement],
        place: nodes.Place,
    ) -> Value:
        try:
            field = replace(annotate.common_type(values), name=name)
        except ValueError as error:
            raise UsageError(
                f"The values of {name.upper()} have no type in common", *place
            ) from error
        sql = make([sa.cast(v.sql, sql_type(field)) for v in values])
        return replace(make_value(sql, name, field.datatype, values), field=field)

    def _arithmetic(self, node: nodes.Arithmetic) -> Value:
        right = self.value(node.right)
        if node.left is None:
            value = require_number(right, f"The sign '{node.operator}'", node.place)
            return replace(value, sql=-value.sql) if node.operator == "-" else value
        left = self.value(node.left)
        datatype = annotate.arithmetic_type(node.operator, left, right, node.place)
        unit = annotate.arithmetic_unit(node.operator, left, right)
        made = make_value(
            _operate(node.operator, left, right, datatype),
            "expression",
            datatype,
            (left, right),
            unit=unit,
        )
        return replace(made, constant=_fold(node.operator, left, right))

    def _cast(self, node: nodes.Cast) -> Value:
        value = self.value(node.value)
        if node.type_name == "TIMESTAMP":
            field = Field("cast", "char", arraysize="*", xtype="timestamp")
        else:
            datatype = annotate.CAST_TYPES[node.type_name]
            field = Field("cast", datatype, arraysize="*" if datatype == "char" else None)
        sql: sa.ColumnElement = sa.cast(value.sql, sql_type(field))
        if field.datatype in INTEGERS and value.field.datatype in ("float", "double"):
            sql = sa.cast(sa.func.trunc(value.sql), sql_type(field))
        if node.length is not None:
            sql = sa.func.substr(sql, 1, node.length)
        return replace(value, sql=sql, field=replace(field, unit=value.field.unit), constant=None)

    def _case(self, node: nodes.Case) -> Value:
        if node.operand is not None:
            operand = node.operand
            tests: list[nodes.Expression] = [
                nodes.Comparison("=", operand, c) for c, _ in node.branches
            ]
        else:
            tests = [c for c, _ in node.branches]
        conditions = [self.condition(c) for c in tests]
        values = [self.value(v) for _, v in node.branches]
        if node.otherwise is not None:
            values.append(self.value(node.otherwise))
        other = len(conditions) < len(values)

        def make(sqls: list) -> sa.ColumnElement:
            pairs = list(zip((c.sql for c in conditions), sqls, strict=False))
            return sa.case(*pairs, else_=sqls[-1] if other else None)

        made = self._choice("case", values, make, place_of(node))
        used = frozenset().union(*(c.columns for c in conditions))
        aggregate = made.is_aggregate or any(c.is_aggregate for c in conditions)
        return replace(made, columns=made.columns | used, is_aggregate=aggregate)

    def _scalar_query(self, node: nodes.ScalarQuery) -> Value:
        select, fields = self._query(node.query, self._scope)
        if len(fields) != 1:
            raise UsageError(
                f"A query in the place of a value must have 1 column, not {len(fields)}"
            )
        return Value(select.scalar_subquery(), fields[0])

    def positions(self, arguments: tuple[Result, ...], place: nodes.Place) -> tuple[Point, Point]:
        """Return the two points of DISTANCE, indexed where a table holds them."""
        a, b = geometry.distance(arguments, place)
        return self._scope.sky_point(a.lon, a.lat), self._scope.sky_point(b.lon, b.lat)

    def _circle(self, circle: Circle) -> Circle:
        return replace(circle, centre=self._scope.sky_point(circle.centre.lon, circle.centre.lat))


def _operate(operator: str, left: Value, right: Value, datatype: str) -> sa.ColumnElement:
    a, b = left.sql, right.sql
    if operator in ("+", "-", "*", "||"):
        return a.op(operator)(b)
    divisor = sa.func.nullif(b, 0)
    if operator == "%":
        return modulo(a, divisor)
    if datatype in INTEGERS:
        # Integers divide towards zero in ADQL (SQL-92); engines differ.
        return integer_divide(a, divisor)
    return functions.double(a).op("/")(divisor)


def _fold(operator: str, left: Value, right: Value) -> float | None:
    """Compute + - * of constants, so that geometry sees a constant circle."""
    a, b = left.constant, right.constant
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return None
    if operator == "/" and b and not (left.is_integer and right.is_integer):
        return a / b
    return {"+": a + b, "-": a - b, "*": a * b}.get(operator)
