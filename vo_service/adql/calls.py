"""Calls of functions, whatever their kind: each to the room that knows it."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from vo_service.adql import functions, nodes
from vo_service.adql.aggregates import (
    AGGREGATES,
    RANKINGS,
    call_aggregate,
    call_ranking,
    make_window,
)
from vo_service.adql.annotate import common_type
from vo_service.adql.casts import in_unit
from vo_service.adql.conditions import Values
from vo_service.adql.geometry.calls import GEOMETRY, call_geometry
from vo_service.adql.resolve import Scope
from vo_service.adql.udf.base import Call
from vo_service.adql.udf.registry import BY_NAME, call_udf
from vo_service.adql.values import Result, Value, make_value
from vo_service.errors import UsageError
from vo_service.release.types import sql_type


class Calls:
    """Translate calls within one scope.

    Parameters
    ----------
    values : Values
        Translates the arguments.
    scope : Scope
    """

    def __init__(self, values: Values, scope: Scope):
        self._values = values
        self._scope = scope

    def call(self, node: nodes.Call) -> Result:
        """Translate a plain call.

        Raises
        ------
        UsageError
            When there is no such function, or an argument does not fit it.
        """
        if node.name in RANKINGS:
            raise UsageError(f"{node.name} needs OVER (ORDER BY ...) behind it", *node.place)
        if node.name in AGGREGATES:
            return self._aggregate(node)
        if node.distinct:
            raise UsageError(
                f"DISTINCT stands in aggregates alone, not in {node.name}", *node.place
            )
        if node.name == "COALESCE":
            return self._coalesce(node)
        arguments = tuple(self._values.result(a) for a in node.arguments)
        if node.name == "IN_UNIT":
            return in_unit(arguments, node.place)
        if node.name in GEOMETRY:
            return call_geometry(node.name, arguments, node.place, self._scope.sky_point)
        if node.name.lower() in BY_NAME:
            scope = self._scope
            name = node.name.lower()
            return call_udf(Call(name, arguments, node.place, scope.sky_point, scope.catalogue))
        return functions.call_function(node.name, arguments, node.place)

    def window(self, node: nodes.Window) -> Value:
        """Translate a function over a window.

        Raises
        ------
        UsageError
            When the function cannot stand there, or a window is within another.
        """
        call = node.call
        if call.name in RANKINGS:
            functions.check_count(call.name, (0,), call.arguments, call.place)
            value = call_ranking(call.name)
        elif call.name in AGGREGATES and not call.distinct:
            argument = self._argument(call)
            made = call_aggregate(call.name, argument, False, call.place)
            columns = argument.columns if argument else frozenset()
            inner = argument is not None and argument.is_aggregate
            value = replace(made, columns=columns, is_aggregate=inner)
            self._refuse_window(argument, call)
        else:
            known = ", ".join((*RANKINGS, *AGGREGATES))
            raise UsageError(f"OVER may follow {known}, without DISTINCT", *call.place)
        partition = [self._values.value(p) for p in node.partition]
        order = [(self._values.value(o), down) for o, down in node.order]
        for part in (*partition, *(v for v, _ in order)):
            self._refuse_window(part, call)
        made = make_window(value, partition, order)
        return replace(made, is_aggregate=made.is_aggregate or value.is_aggregate)

    def choice(
        self,
        name: str,
        values: list[Value],
        make: Callable[[list], sa.ColumnElement],
        place: nodes.Place,
    ) -> Value:
        """Make one value of several that have a type in common.

        Raises
        ------
        UsageError
            When they have none.
        """
        try:
            field = replace(common_type(values), name=name)
        except ValueError as error:
            raise UsageError(
                f"The values of {name.upper()} have no type in common", *place
            ) from error
        sql = make([sa.cast(v.sql, sql_type(field)) for v in values])
        return replace(make_value(sql, name, field.datatype, values), field=field)

    def _coalesce(self, node: nodes.Call) -> Value:
        values = [self._values.value(a) for a in node.arguments]
        if not values:
            raise UsageError("COALESCE takes at least 1 argument", *node.place)
        return self.choice("coalesce", values, lambda sqls: sa.func.coalesce(*sqls), node.place)

    def _aggregate(self, node: nodes.Call) -> Value:
        argument = self._argument(node)
        if argument is not None and argument.is_aggregate:
            raise UsageError(
                f"{node.name} holds another aggregate; nest a sub-query instead", *node.place
            )
        self._refuse_window(argument, node)
        return call_aggregate(node.name, argument, node.distinct, node.place)

    def _argument(self, node: nodes.Call) -> Value | None:
        """Return the argument of an aggregate, None for COUNT(*)."""
        functions.check_count(node.name, (1,), node.arguments, node.place)
        if not isinstance(node.arguments[0], nodes.Star):
            return self._values.value(node.arguments[0])
        if node.name != "COUNT":
            raise UsageError(f"{node.name}(*) is not possible; name a column", *node.place)
        return None

    def _refuse_window(self, value: Value | None, node: nodes.Call) -> None:
        if value is not None and value.is_window:
            raise UsageError(
                f"{node.name} holds a function over a window; nest a sub-query instead",
                *node.place,
            )
