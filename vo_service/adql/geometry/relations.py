"""CONTAINS and INTERSECTS of all shapes, and the comparison of a distance."""

import math
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from vo_service.adql.geometry.edges import Edges, over_edges
from vo_service.adql.geometry.elements import (
    Sql,
    Vector,
    constant_vector,
    count_where,
    in_band,
    index_within,
    radians,
    squared_chord,
    unit_vector,
)
from vo_service.adql.geometry.outline import Outline, make_outline
from vo_service.adql.values import (
    Circle,
    Condition,
    Point,
    Polygon,
    Shape,
    Value,
    make_condition,
    parts_of,
)
from vo_service.release.sky import make_cone

MARGIN = 1e-30
"""Of squared chords: positions that are equal may differ by rounding of their vectors."""


def contains(inner: Shape, outer: Shape) -> Condition:
    """Say whether a shape lies wholly within another; the border belongs to it."""
    sql = _CONTAINS[type(inner), type(outer)](inner, outer)
    return make_condition(sql, *parts_of(inner), *parts_of(outer))


def intersects(a: Shape, b: Shape) -> Condition:
    """Say whether two shapes have a position in common."""
    order = [Point, Circle, Polygon]
    if order.index(type(a)) > order.index(type(b)):
        a, b = b, a
    sql = _INTERSECTS[type(a), type(b)](a, b)
    return make_condition(sql, *parts_of(a), *parts_of(b))


def within(a: Point, b: Point, radius: Value) -> Condition:
    """Say whether two points are no farther apart than a radius."""
    return make_condition(_near(a, b, radius), *parts_of(a), *parts_of(b), radius)


def _near(a: Point, b: Point, radius: Value) -> Sql:
    if _is_known(a) and not _is_known(b):
        a, b = b, a
    if _is_known(b) and isinstance(radius.constant, int | float):
        return _in_cone(a, b, float(radius.constant))
    first, second = vector_of(a), vector_of(b)
    reach, limit = _reach(radius)
    near = squared_chord(*first, *second) <= limit
    z, other = first[2], second[2]
    if radius.columns <= a.lon.columns | a.lat.columns:
        z, other = other, z
    # The band lets an engine join by order instead of trying all pairs.
    return sa.and_(in_band(z, other, reach), near, *_not_negative(radius))


def _reach(radius: Value) -> tuple[Sql, Sql]:
    """Return the chord of a radius, and its square, both with a margin for rounding."""
    known = radius.constant
    if isinstance(known, int | float):
        chord = 2 * math.sin(math.radians(min(max(known, 0.0), 180.0)) / 2)
        limits = (chord + math.sqrt(MARGIN), chord * chord * (1 + 4e-15) + MARGIN)
        return sa.literal(limits[0], sa.Double), sa.literal(limits[1], sa.Double)
    limited = sa.func.least(sa.cast(radius.sql, sa.Double), sa.cast(180.0, sa.Double))
    length = 2 * sa.func.sin(sa.func.radians(limited) / 2)
    return length + math.sqrt(MARGIN), length * length * (1 + 4e-15) + MARGIN


def _not_negative(radius: Value) -> tuple[Sql, ...]:
    known = isinstance(radius.constant, int | float)
    if not known:
        return (radius.sql >= 0,)
    return () if radius.constant >= 0 else (sa.false(),)  # type: ignore[operator]


def _in_cone(point: Point, centre: Point, radius: float) -> Sql:
    if radius < 0:
        return sa.false()
    cone = make_cone(float(centre.lon.constant), float(centre.lat.constant), radius)  # type: ignore[arg-type]
    exact = squared_chord(*vector_of(point), *constant_vector(cone.centre)) <= cone.max_chord2
    if not cone.ranges or point.index is None:
        return exact
    return sa.and_(index_within(point.index, cone.ranges), exact)


def _point_in_circle(point: Point, circle: Circle) -> Sql:
    return _near(point, circle.centre, circle.radius)


def _point_in_polygon(point: Point, polygon: Polygon) -> Sql:
    outline = make_outline(polygon.corners) if polygon.corners else None
    if outline is None:
        return over_edges(polygon.array.sql, lambda e: e.contain(vector_of(point)))
    test = _in_convex if outline.is_convex else _in_any_outline
    exact = test(vector_of(point), outline)
    if point.index is None:
        return exact
    return sa.and_(index_within(point.index, outline.ranges), exact)


def _in_convex(point: Vector, outline: Outline) -> Sql:
    return sa.and_(*(_height(point, n) >= -1e-15 for n in outline.normals))


def _in_any_outline(point: Vector, outline: Outline) -> Sql:
    """Count the edges between a position and the north pole."""
    x, y, _ = point
    crossings = []
    ends = [*outline.corners[1:], outline.corners[0]]
    for a, b, normal in zip(outline.corners, ends, outline.normals, strict=True):
        height = _height(point, normal)
        eastward = a[0] * b[1] - a[1] * b[0] > 0
        west, east = (a, b) if eastward else (b, a)
        crosses = sa.and_(
            y * float(west[0]) - x * float(west[1]) >= 0,
            x * float(east[1]) - y * float(east[0]) > 0,
            height < 0 if eastward else height > 0,
        )
        crossings.append(count_where(crosses))
    total: Any = sum(crossings[1:], crossings[0])
    return total % 2 == (0 if outline.holds_north else 1)


def _height(point: Vector, normal: Any) -> Sql:
    x, y, z = (p * float(n) for p, n in zip(point, normal, strict=True))
    return x + y + z


def _same_point(a: Point, b: Point) -> Sql:
    return _near(a, b, Value(sa.literal(0.0), a.lon.field, constant=0.0))


def _circle_in_circle(inner: Circle, outer: Circle) -> Sql:
    return _near(inner.centre, outer.centre, _combined(outer, inner, "-"))


def _circles_meet(a: Circle, b: Circle) -> Sql:
    return _near(a.centre, b.centre, _combined(a, b, "+"))


def _combined(a: Circle, b: Circle, operator: str) -> Value:
    """Return the sum or the difference of two radii."""
    parts = (a.radius, b.radius)
    known = [p.constant for p in parts]
    total = None
    if all(isinstance(k, int | float) for k in known):
        total = known[0] + known[1] if operator == "+" else known[0] - known[1]  # type: ignore[operator]
    sql = sa.cast(parts[0].sql, sa.Double).op(operator)(sa.cast(parts[1].sql, sa.Double))
    return Value(sql, a.radius.field, parts[0].columns | parts[1].columns, constant=total)


def _circle_in_polygon(circle: Circle, polygon: Polygon) -> Sql:
    near = over_edges(polygon.array.sql, lambda e: e.come_within(*_disc(circle)))
    return sa.and_(_point_in_polygon(circle.centre, polygon), sa.not_(near))


def _circle_meets_polygon(circle: Circle, polygon: Polygon) -> Sql:
    near = over_edges(polygon.array.sql, lambda e: e.come_within(*_disc(circle)))
    return sa.or_(_point_in_polygon(circle.centre, polygon), near)


def _polygon_in_circle(polygon: Polygon, circle: Circle) -> Sql:
    centre, radius = _disc(circle)
    opposite = tuple(-c for c in centre)
    rest = sa.func.pi() - radius

    def make(edges: Edges) -> Sql:
        # What is greater than a half sphere is not convex: look at what it leaves out.
        misses = sa.not_(sa.or_(edges.contain(opposite), edges.come_within(opposite, rest)))
        return sa.case((radius <= math.pi / 2, edges.stay_within(centre, radius)), else_=misses)

    return over_edges(polygon.array.sql, make)


def _polygon_in_polygon(inner: Polygon, outer: Polygon) -> Sql:
    def make(a: Edges, b: Edges) -> Sql:
        outside = a.any(sa.not_(sa.or_(b.contain(a.start), b.touch(a.start))))
        return sa.and_(sa.not_(outside), sa.not_(a.cross(b)))

    return _over_both(inner, outer, make)


def _polygons_meet(one: Polygon, two: Polygon) -> Sql:
    def make(a: Edges, b: Edges) -> Sql:
        within = a.any(sa.or_(b.contain(a.start), b.touch(a.start)))
        return sa.or_(within, b.any(a.contain(b.start)), a.cross(b))

    return _over_both(one, two, make)


def _over_both(one: Polygon, two: Polygon, make: Callable[[Edges, Edges], Sql]) -> Sql:
    def second(a: Edges) -> Sql:
        return over_edges(two.array.sql, lambda b: make(a, b), "b")

    return over_edges(one.array.sql, second, "a")


def _never(_inner: Shape, _outer: Shape) -> Sql:
    return sa.false()


def _disc(circle: Circle) -> tuple[Vector, Sql]:
    return vector_of(circle.centre), radians(circle.radius.sql)


def vector_of(point: Point) -> Vector:
    """Return the unit vector of a point: the table's own, or computed."""
    return point.vector or unit_vector(point.lon.sql, point.lat.sql)


def _is_known(point: Point) -> bool:
    return point.lon.constant is not None and point.lat.constant is not None


_Test = Callable[[Any, Any], Sql]

_CONTAINS: dict[tuple[type, type], _Test] = {
    (Point, Point): _same_point,
    (Point, Circle): _point_in_circle,
    (Point, Polygon): _point_in_polygon,
    (Circle, Point): _never,
    (Circle, Circle): _circle_in_circle,
    (Circle, Polygon): _circle_in_polygon,
    (Polygon, Point): _never,
    (Polygon, Circle): _polygon_in_circle,
    (Polygon, Polygon): _polygon_in_polygon,
}

_INTERSECTS: dict[tuple[type, type], _Test] = {
    (Point, Point): _same_point,
    (Point, Circle): _point_in_circle,
    (Point, Polygon): _point_in_polygon,
    (Circle, Circle): _circles_meet,
    (Circle, Polygon): _circle_meets_polygon,
    (Polygon, Polygon): _polygons_meet,
}
