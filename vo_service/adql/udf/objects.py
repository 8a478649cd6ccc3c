"""Our own functions, about the objects of a survey; they find tables and columns by role."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from vo_service.adql.aggregates import call_ranking, make_window
from vo_service.adql.arrays import array_distance
from vo_service.adql.catalogue import nearest, suggest
from vo_service.adql.mathematics import double
from vo_service.adql.nodes import Name
from vo_service.adql.resolve import Binding, bind_table
from vo_service.adql.udf.base import Call, Udf, constant_text
from vo_service.adql.values import (
    Result,
    Value,
    make_value,
    require_integer,
    require_number,
)
from vo_service.errors import UsageError
from vo_service.release.table import Table


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two rows of one table."""

    first: Binding
    second: Binding

    def columns(self, role: str) -> tuple[sa.ColumnElement, sa.ColumnElement]:
        """Return the column with a role in either row."""
        field = self.first.table.by_role(role) if self.first.table else None
        assert field is not None, "the table was found by its roles"
        return self.first.column(field), self.second.column(field)


def _pair(table: Table) -> _Pair:
    return _Pair(bind_table(table, Name("odd_a")), bind_table(table, Name("odd_b")))


def _similarity(call: Call) -> Result:
    first, second, region = _objects_and_region(call)
    table = _table_with(call, ("id", "region", "components"))
    pair = _pair(table)
    conditions = [column == region for column in pair.columns("region")]
    closeness = 1 / (1 + array_distance(*pair.columns("components")))
    about = "1 for equal spectra in the region, less for others"
    return _of_pair(pair, closeness, conditions, (first, second), "similarity", about)


def _map_distance(call: Call) -> Result:
    first, second, region = _objects_and_region(call)
    roles = (f"map:{region}:x", f"map:{region}:y")
    table = _table_with(call, ("id", *roles), region)
    pair = _pair(table)
    steps = [double(a) - double(b) for a, b in map(pair.columns, roles)]
    distance = sa.func.sqrt(steps[0] * steps[0] + steps[1] * steps[1])
    about = f"Distance on the map {region}"
    return _of_pair(pair, distance, [], (first, second), "map_distance", about)


def _of_pair(
    pair: _Pair,
    sql: sa.ColumnElement,
    conditions: list[sa.ColumnElement[bool]],
    objects: tuple[Value, Value],
    name: str,
    about: str,
) -> Value:
    """Look a number up for the rows of two objects; NULL where one has none."""
    ids = [column == o.sql for column, o in zip(pair.columns("id"), objects, strict=True)]
    query = sa.select(sql).select_from(pair.first.source, pair.second.source)
    query = query.where(*ids, *conditions).limit(1)
    inner = query.correlate_except(pair.first.source, pair.second.source).scalar_subquery()
    return make_value(inner, name, "double", objects, ucd="stat.value", description=about)


def _rank(call: Call) -> Result:
    value = require_number(call.arguments[0], call.name, call.place)
    made = make_window(call_ranking("RANK"), [], [(value, True)])
    about = f"Rank by {value.field.name} among the rows selected, 1 is the greatest"
    ranked: Any = sa.case((value.sql.is_not(None), made.sql))
    return make_value(ranked, "rank", "long", (value, made), ucd="stat.rank", description=about)


def _objects_and_region(call: Call) -> tuple[Value, Value, str]:
    first, second = (require_integer(a, call.name, call.place) for a in call.arguments[:2])
    return first, second, constant_text(call, call.arguments[2])


def _table_with(call: Call, roles: tuple[str, ...], region: str = "") -> Table:
    for table in call.catalogue.tables:
        if all(table.by_role(role) is not None for role in roles):
            return table
    known = {
        f.role.split(":")[1]
        for t in call.catalogue.tables
        for f in t.fields
        if f.role[:4] == "map:"
    }
    if region and known:
        guess = suggest(nearest(region, known))
        raise UsageError(f"{call.name}: there is no map '{region}'{guess}", *call.place)
    raise UsageError(f"{call.name}: this service publishes nothing to compute it from", *call.place)


OBJECTS = (
    Udf(
        "odd_similarity(obj_a BIGINT, obj_b BIGINT, region VARCHAR) -> DOUBLE PRECISION",
        "How alike the spectra of two objects are in a region: 1 / (1 + distance of their "
        "components), 1 for equal ones; null where one does not cover the region",
        (3,),
        _similarity,
    ),
    Udf(
        "odd_map_distance(obj_a BIGINT, obj_b BIGINT, region VARCHAR) -> DOUBLE PRECISION",
        "Distance of two objects on the map of a region; null where one is not on it",
        (3,),
        _map_distance,
    ),
    Udf(
        "odd_rank(score DOUBLE PRECISION) -> BIGINT",
        "Rank of a row by an expression among the rows selected, 1 for the greatest value",
        (1,),
        _rank,
    ),
)
