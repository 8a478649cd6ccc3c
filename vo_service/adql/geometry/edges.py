"""Polygons of which the corners are known to the engine alone: sums over their edges, as SQL.

The same formulas as in `outline.py`. The inside is the smaller side, whichever way round the
corners come.
"""

from collections.abc import Callable

import sqlalchemy as sa

from vo_service.adql.arrays import array_item, array_of, array_over, named, sum_over
from vo_service.adql.dialects import integer_divide, modulo
from vo_service.adql.geometry.elements import (
    Sql,
    Vector,
    count_where,
    squared_chord,
    unit_vector,
)

PI = 3.141592653589793
ROUNDING = 1e-15
TOUCH = 1e-11
"""Positions nearer to an edge [rad] are on it: 2 microarcseconds."""


def over_edges(array: Sql, make: Callable[["Edges"], Sql], name: str = "a") -> Sql:
    """Return an expression of the edges of a polygon; its corners are computed once.

    Parameters
    ----------
    array : ColumnElement
        Longitude and latitude of the corners in turn [deg].
    make : callable
        From the edges to the expression.
    name : str
        Tells two polygons of one expression apart.
    """
    outline: sa.ColumnClause = sa.literal_column(f"outline_{name}", sa.ARRAY(sa.Double))
    counter: sa.ColumnClause = sa.literal_column(f"corner_{name}", sa.Integer)
    count = integer_divide(sa.cast(sa.func.cardinality(outline), sa.Integer), sa.literal(2))
    lon, lat = (array_item(outline, counter * 2 + i) for i in (1, 2))
    edges = Edges(name)
    vectors = array_over(count, counter, array_of(*unit_vector(lon, lat)))
    body = make(edges)
    if edges.uses_sums:
        body = named(edges.sums, edges.make_sums(), body)
    return named(outline, array, named(edges.corners, vectors, body))


class Edges:
    """The edges of one polygon, of which the corners have a name.

    Parameters
    ----------
    name : str

    Attributes
    ----------
    corners : ColumnClause
        Their unit vectors.
    start, end : tuple of ColumnElement
        Unit vectors of the ends of the edge that stands for all.
    sums : ColumnClause
        Longitudes travelled [rad]: 0, or 2 pi around a pole; signed area between edges and
        equator [sr].
    uses_sums : bool
        Whether an expression needs them.
    """

    def __init__(self, name: str):
        self.corners: sa.ColumnClause = sa.literal_column(f"corners_{name}")
        self.sums: sa.ColumnClause = sa.literal_column(f"sums_{name}")
        self.uses_sums = False
        self._name = name
        self._counter: sa.ColumnClause = sa.literal_column(f"edge_{name}", sa.Integer)
        self._count = sa.cast(sa.func.array_length(self.corners, 1), sa.Integer)
        following = modulo(self._counter + 1, self._count)
        self.start = self._corner(self._counter + 1)
        self.end = self._corner(following + 1)

    def sum(self, term: Sql) -> Sql:
        """Sum a term made of `start` and `end` over all edges."""
        return sum_over(self._count, self._counter, term)

    def any(self, condition: Sql) -> Sql:
        """Say whether a condition made of `start` and `end` holds for one of them."""
        return self.sum(count_where(condition)) > 0

    def make_sums(self) -> Sql:
        """Return the array of `sums`."""
        a, b = self.start, self.end
        step = sa.func.atan2(_east(a, b), a[0] * b[0] + a[1] * b[1])
        low, high = _half_tangent(a), _half_tangent(b)
        under = 2 * sa.func.atan2(sa.func.tan(step / 2) * (low + high), 1 + low * high)
        return array_of(self.sum(step), self.sum(under))

    def left_area(self) -> Sql:
        """Return the area to the left of the edges [sr], within 0 to 4 pi."""
        turn, under = self._turn_and_under()
        around = sa.case((sa.func.abs(turn) > PI, 2 * PI), else_=0.0)
        return around - under + sa.case((around < under, 4 * PI), else_=0.0)

    def area(self) -> Sql:
        """Return the area of the inside [sr]."""
        return sa.func.least(self.left_area(), 4 * PI - self.left_area())

    def contain(self, point: Vector) -> Sql:
        """Say whether a position is inside: edges between it and the north pole, and the pole."""
        odd = modulo(self.sum(count_where(self._above(point))), sa.literal(2)) == 1
        return odd != self._holds_north()

    def centroid(self, make: Callable[[Vector], Sql]) -> Sql:
        """Return an expression of a vector towards the centre of mass of the inside."""
        normal = cross(self.start, self.end)
        size = sa.func.sqrt(dot(normal, normal))
        weight = sa.func.atan2(size, dot(self.start, self.end)) / sa.func.nullif(size, 0)
        sign = sa.case((self.left_area() <= 2 * PI, 1.0), else_=-1.0)
        centre: sa.ColumnClause = sa.literal_column(f"centre_{self._name}")
        towards = array_of(*(sign * self.sum(n * weight) for n in normal))
        return named(centre, towards, make(tuple(array_item(centre, i) for i in (1, 2, 3))))

    def come_within(self, point: Vector, radius: Sql) -> Sql:
        """Say whether an edge comes as near to a position as a radius [rad]."""
        a, b = self.start, self.end
        reach = 2 * sa.func.sin(radius / 2)
        at_corner = squared_chord(*a, *point) <= reach * reach
        along = dot(a, b)
        beside = sa.and_(
            dot(b, point) > dot(a, point) * along, dot(a, point) > dot(b, point) * along
        )
        height = dot(cross(a, b), point)
        sine = sa.func.sin(radius)
        near = height * height <= sine * sine * (1 - along * along)
        return self.any(sa.or_(at_corner, sa.and_(radius < PI / 2, beside, near)))

    def stay_within(self, point: Vector, radius: Sql) -> Sql:
        """Say whether no corner is farther from a position than a radius [rad]."""
        reach = 2 * sa.func.sin(radius / 2)
        return sa.not_(self.any(squared_chord(*self.start, *point) > reach * reach))

    def cross(self, other: "Edges") -> Sql:
        """Say whether an edge crosses one of another polygon's; to touch is not to cross."""
        a, b, c, d = self.start, self.end, other.start, other.end
        triples = ((a, c, b), (c, b, d), (b, d, a), (d, a, c))
        volumes = [dot(cross(p, q), r) for p, q, r in triples]
        least, most = sa.func.least(*volumes), sa.func.greatest(*volumes)
        return self.sum(other.sum(count_where(sa.or_(least > ROUNDING, most < -ROUNDING)))) > 0

    def touch(self, point: Vector) -> Sql:
        """Say whether a position is on an edge, as well as doubles tell."""
        return self.come_within(point, sa.literal(TOUCH, sa.Double))

    def _turn_and_under(self) -> tuple[Sql, Sql]:
        self.uses_sums = True
        return array_item(self.sums, 1), array_item(self.sums, 2)

    def _corner(self, position: Sql) -> Vector:
        return tuple(array_item(self.corners, position, i) for i in (1, 2, 3))

    def _holds_north(self) -> Sql:
        turn, under = self._turn_and_under()
        on_left = sa.or_(turn > PI, sa.and_(turn >= -PI, under > 0))
        return on_left == (self.left_area() <= 2 * PI)

    def _above(self, point: Vector) -> Sql:
        """Say whether the edge crosses the meridian from a position to the north pole."""
        a, b = self.start, self.end
        height = dot(cross(a, b), point)
        heading = _east(a, b)
        eastward = sa.and_(heading > 0, _east(a, point) >= 0, _east(point, b) > 0, height < 0)
        westward = sa.and_(heading < 0, _east(b, point) >= 0, _east(point, a) > 0, height > 0)
        return sa.or_(eastward, westward)


def dot(a: Vector, b: Vector) -> Sql:
    """Return the scalar product of two vectors."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Return the vector product of two vectors."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _east(a: Vector, b: Vector) -> Sql:
    """Return what is positive when b is east of a, by less than half a turn."""
    return a[0] * b[1] - a[1] * b[0]


def _half_tangent(a: Vector) -> Sql:
    """Return the tangent of half the latitude."""
    return a[2] / (1 + sa.func.sqrt(a[0] * a[0] + a[1] * a[1]))
