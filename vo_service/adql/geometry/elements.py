"""SQL of the sky that every engine writes alike, and that would be slow to build piece by piece."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from vo_service.adql.dialects import grouped

Sql = sa.ColumnElement
Vector = tuple[Sql, ...]


class index_within(FunctionElement):  # noqa: N801  a function's name, as in SQL
    """Whether an index lies in one of some half-open ranges.

    Parameters
    ----------
    index : ColumnElement
    ranges : tuple of (int, int)
        Increasing; computed here, never a user's text.
    """

    name = "index_within"
    type = sa.Boolean()
    inherit_cache = False

    def __init__(self, index: Sql, ranges: tuple[tuple[int, int], ...]):
        super().__init__(index)
        self.ranges = ranges


class squared_chord(FunctionElement):  # noqa: N801
    """Squared distance of two unit vectors, given as six numbers."""

    name = "squared_chord"
    type = sa.Double()
    inherit_cache = True


class in_band(FunctionElement):  # noqa: N801
    """Whether two numbers, each of one table, differ by no more than a third, of the second's.

    Written as two comparisons, by which an engine joins in order instead of trying all pairs.
    """

    name = "in_band"
    type = sa.Boolean()
    inherit_cache = True


@compiles(in_band)
def _in_band(element: in_band, compiler: Any, **kw: Any) -> str:
    a, b, reach = (compiler.process(grouped(c), **kw) for c in element.clauses)
    return f"({a} >= {b} - {reach} AND {a} <= {b} + {reach})"


@compiles(index_within)
def _index_within(element: index_within, compiler: Any, **kw: Any) -> str:
    (h,) = (compiler.process(clause, **kw) for clause in element.clauses)
    pieces = " OR ".join(f"({h} >= {lo} AND {h} < {hi})" for lo, hi in element.ranges)
    # The hull lets the engine skip blocks by their minima and maxima; the ranges do the rest.
    first, last = element.ranges[0][0], element.ranges[-1][1]
    return f"({h} >= {first} AND {h} < {last} AND ({pieces}))"


@compiles(squared_chord)
def _squared_chord(element: squared_chord, compiler: Any, **kw: Any) -> str:
    x, y, z, u, v, w = (compiler.process(grouped(c), **kw) for c in element.clauses)
    squares = (f"({a} - {b}) * ({a} - {b})" for a, b in ((x, u), (y, v), (z, w)))
    return f"({' + '.join(squares)})"


def radians(sql: Sql) -> Sql:
    """Return degrees in radians, in double precision."""
    return sa.func.radians(sa.cast(sql, sa.Double))


def unit_vector(lon: Sql, lat: Sql) -> Vector:
    """Return x, y, z of a position [deg]."""
    a, d = radians(lon), radians(lat)
    return sa.func.cos(d) * sa.func.cos(a), sa.func.cos(d) * sa.func.sin(a), sa.func.sin(d)


def constant_vector(vector: Any) -> Vector:
    """Return three known numbers as SQL."""
    return tuple(sa.literal(float(v), sa.Double) for v in vector)


def count_where(condition: Sql) -> Sql:
    """Return 1 where a condition holds, else 0; to be summed."""
    return sa.case((condition, 1), else_=0)
