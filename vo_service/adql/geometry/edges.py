"""Polygons of which the corners are known to the engine alone: sums over their edges, as SQL.

The same formulas as in `outline.py`. The inside is the smaller side, whichever way round the
corners come.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from vo_service.adql.dialects import array_item, integer_divide, modulo, sum_over
from vo_service.adql.geometry.elements import (
    Sql,
    Vector,
    count_where,
    radians,
    squared_chord,
    unit_vector,
)

PI = 3.141592653589793


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge: longitudes and latitudes of its ends [rad], and their unit vectors."""

    lon: tuple[Sql, Sql]
    lat: tuple[Sql, Sql]
    start: Vector
    end: Vector


class Edges:
    """The edges of one polygon.

    Parameters
    ----------
    array : ColumnElement
        Longitude and latitude of the corners in turn [deg].
    counter : str
        Name of the running number; two polygons in one term need two.
    """

    def __init__(self, array: Sql, counter: str = "corner_i"):
        self._counter: sa.ColumnClause = sa.literal_column(counter, sa.Integer)
        count = sa.cast(sa.func.cardinality(array), sa.Integer)
        self._count = integer_divide(count, sa.literal(2))
        first = self._counter * 2 + 1
        second = modulo(self._counter * 2 + 2, count) + 1
        degrees = [array_item(array, i) for i in (first, first + 1, second, second + 1)]
        lon1, lat1, lon2, lat2 = (radians(d) for d in degrees)
        start, end = unit_vector(*degrees[:2]), unit_vector(*degrees[2:])
        self.edge = Edge((lon1, lon2), (lat1, lat2), start, end)

    def sum(self, term: Sql) -> Sql:
        """Sum a term made of `edge` over all edges."""
        return sum_over(self._count, self._counter, term)

    def any(self, condition: Sql) -> Sql:
        """Say whether a condition made of `edge` holds for one of them."""
        return self.sum(count_where(condition)) > 0

    def left_area(self) -> Sql:
        """Return the area to the left of the edges [sr], within 0 to 4 pi."""
        around = sa.case((sa.func.abs(self._turn()) > PI, 2 * PI), else_=0.0)
        area = around - self._under()
        return sa.case((area < 0, area + 4 * PI), else_=area)

    def area(self) -> Sql:
        """Return the area of the inside [sr]."""
        return sa.func.least(self.left_area(), 4 * PI - self.left_area())

    def contain(self, point: Vector) -> Sql:
        """Say whether a position is inside: edges between it and the north pole, and the pole."""
        odd = modulo(self.sum(count_where(self._above(point))), sa.literal(2)) == 1
        return odd != self._holds_north()

    def centroid(self) -> Vector:
        """Return a vector towards the centre of mass of the inside; its length has no meaning."""
        normal = cross(self.edge.start, self.edge.end)
        size = sa.func.sqrt(dot(normal, normal))
        angle = sa.func.atan2(size, dot(self.edge.start, self.edge.end))
        sign = sa.case((self.left_area() <= 2 * PI, 1.0), else_=-1.0)
        weight = angle / sa.func.nullif(size, 0)
        return tuple(sign * self.sum(n * weight) for n in normal)

    def come_within(self, point: Vector, radius: Sql) -> Sql:
        """Say whether an edge comes as near to a position as a radius [rad]."""
        a, b = self.edge.start, self.edge.end
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
        return sa.not_(self.any(squared_chord(*self.edge.start, *point) > reach * reach))

    def cross(self, other: "Edges") -> Sql:
        """Say whether an edge crosses one of another polygon's."""
        a, b, c, d = self.edge.start, self.edge.end, other.edge.start, other.edge.end
        signs = [
            sa.func.sign(dot(cross(p, q), r))
            for p, q, r in ((a, c, b), (c, b, d), (b, d, a), (d, a, c))
        ]
        same = sa.and_(signs[0] != 0, *(s == signs[0] for s in signs[1:]))
        return self.sum(other.sum(count_where(same))) > 0

    def _turn(self) -> Sql:
        """Return the longitudes travelled [rad]: 0, or 2 pi around a pole."""
        return self.sum(self._step())

    def _step(self) -> Sql:
        step = self.edge.lon[1] - self.edge.lon[0]
        return sa.func.atan2(sa.func.sin(step), sa.func.cos(step))

    def _under(self) -> Sql:
        """Return the signed area between the edges and the equator [sr]."""
        a, b = (sa.func.tan(lat / 2) for lat in self.edge.lat)
        half = sa.func.tan(self._step() / 2)
        return self.sum(2 * sa.func.atan2(half * (a + b), 1 + a * b))

    def _holds_north(self) -> Sql:
        turn = self._turn()
        on_left = sa.or_(turn > PI, sa.and_(turn >= -PI, self._under() > 0))
        return on_left == (self.left_area() <= 2 * PI)

    def _above(self, point: Vector) -> Sql:
        """Say whether the edge crosses the meridian from a position to the north pole."""
        a, b = self.edge.start, self.edge.end
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
