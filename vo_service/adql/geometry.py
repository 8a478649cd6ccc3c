"""Points and circles on the sky as SQL: index ranges and chords where a table holds them."""

import sqlalchemy as sa

from vo_service.adql.dialects import array_of
from vo_service.adql.functions import check_count, double
from vo_service.adql.nodes import Place
from vo_service.adql.values import (
    Circle,
    Condition,
    Point,
    Result,
    Value,
    make_value,
    require_number,
)
from vo_service.errors import UsageError
from vo_service.release.sky import Cone, make_cone

Sql = sa.ColumnElement


def make_point(arguments: tuple[Result, ...], place: Place) -> Point:
    """Make POINT(lon, lat), with or without the deprecated coordinate system before.

    Raises
    ------
    UsageError
        When coordinates are no numbers.
    """
    lon, lat = _coordinates("POINT", arguments, 2, place)
    return Point(lon, lat)


def make_circle(arguments: tuple[Result, ...], place: Place) -> Circle:
    """Make CIRCLE(point, r) or CIRCLE(lon, lat, r).

    Raises
    ------
    UsageError
        When the arguments are of another kind.
    """
    arguments = _without_system(arguments)
    if len(arguments) == 2 and isinstance(arguments[0], Point):
        return Circle(arguments[0], require_number(arguments[1], "CIRCLE", place))
    check_count("CIRCLE", (3,), arguments, place)
    lon, lat, radius = (require_number(a, "CIRCLE", place) for a in arguments)
    return Circle(Point(lon, lat), radius)


def contains(arguments: tuple[Result, ...], place: Place) -> Condition:
    """Make the condition of CONTAINS(point, circle).

    Raises
    ------
    UsageError
        When the arguments are of another kind.
    """
    check_count("CONTAINS", (2,), arguments, place)
    point, circle = arguments
    if not isinstance(point, Point) or not isinstance(circle, Circle):
        raise UsageError("CONTAINS takes a POINT and a CIRCLE", *place)
    return within(point, circle.centre, circle.radius)


def distance(arguments: tuple[Result, ...], place: Place) -> tuple[Point, Point]:
    """Return the two positions of DISTANCE(point, point) or DISTANCE(lon, lat, lon, lat).

    Raises
    ------
    UsageError
        When the arguments are of another kind.
    """
    if len(arguments) == 2 and all(isinstance(a, Point) for a in arguments):
        return arguments  # type: ignore[return-value]
    check_count("DISTANCE", (4,), arguments, place)
    a, b, c, d = (require_number(x, "DISTANCE", place) for x in arguments)
    return Point(a, b), Point(c, d)


def within(a: Point, b: Point, radius: Value) -> Condition:
    """Say whether two points are no farther apart than a radius."""
    if _constant(a) and not _constant(b):
        a, b = b, a
    parts = [a.lon, a.lat, b.lon, b.lat, radius]
    columns = frozenset().union(*(p.columns for p in parts))
    if _constant(b) and radius.constant is not None and a.vector is not None:
        cone = make_cone(float(b.lon.constant), float(b.lat.constant), float(radius.constant))  # type: ignore[arg-type]
        return Condition(_in_cone(a, cone), columns)
    reach = sa.func.sin(sa.func.radians(double(radius.sql)) / 2)
    return Condition(_half_chord2(a, b) <= reach * reach, columns)


def separation(a: Point, b: Point) -> Value:
    """Return the distance of two points [deg]."""
    half = sa.func.least(sa.func.sqrt(_half_chord2(a, b)), double(sa.literal(1.0)))
    sql = 2 * sa.func.degrees(sa.func.asin(half))
    parts = (a.lon, a.lat, b.lon, b.lat)
    about = "Angular distance"
    return make_value(
        sql, "distance", "double", parts, unit="deg", ucd="pos.angDistance", description=about
    )


def as_array(shape: Point | Circle) -> Value:
    """Return a geometry as an array of doubles (DALI 1.1, section 3.3)."""
    if isinstance(shape, Point):
        parts, xtype = [shape.lon, shape.lat], "point"
    else:
        parts, xtype = [shape.centre.lon, shape.centre.lat, shape.radius], "circle"
    sql = array_of(*(double(p.sql) for p in parts))
    size, ucd = str(len(parts)), "pos.eq" if xtype == "point" else "pos.outline;obs.field"
    return make_value(sql, xtype, "double", parts, arraysize=size, unit="deg", ucd=ucd, xtype=xtype)


def _in_cone(point: Point, cone: Cone) -> Sql:
    assert point.vector is not None, "asked for only where the table holds it"
    chord2 = _square_sum(
        [v - double(sa.literal(c)) for v, c in zip(point.vector, cone.centre, strict=True)]
    )
    exact = chord2 <= cone.max_chord2
    if not cone.ranges or point.index is None:
        return exact
    # The hull lets the engine skip blocks by their minima and maxima; the ranges then do the rest.
    hull = sa.and_(point.index >= cone.ranges[0][0], point.index < cone.ranges[-1][1])
    pieces = sa.or_(*(sa.and_(point.index >= lo, point.index < hi) for lo, hi in cone.ranges))
    return sa.and_(hull, pieces, exact)


def _half_chord2(a: Point, b: Point) -> Sql:
    """Return the squared half chord, by vectors where both tables hold them."""
    if a.vector is not None and b.vector is not None:
        return _square_sum([p - q for p, q in zip(a.vector, b.vector, strict=True)]) / 4
    lon1, lat1, lon2, lat2 = (sa.func.radians(double(v.sql)) for v in (a.lon, a.lat, b.lon, b.lat))
    lat, lon = sa.func.sin((lat2 - lat1) / 2), sa.func.sin((lon2 - lon1) / 2)
    return lat * lat + sa.func.cos(lat1) * sa.func.cos(lat2) * lon * lon


def _square_sum(terms: list[Sql]) -> Sql:
    x, y, z = terms
    return x * x + y * y + z * z


def _constant(point: Point) -> bool:
    return point.lon.constant is not None and point.lat.constant is not None


def _coordinates(name: str, arguments: tuple[Result, ...], count: int, place: Place) -> list[Value]:
    arguments = _without_system(arguments)
    check_count(name, (count,), arguments, place)
    return [require_number(a, name, place) for a in arguments]


def _without_system(arguments: tuple[Result, ...]) -> tuple[Result, ...]:
    first = arguments[0] if arguments else None
    is_system = isinstance(first, Value) and isinstance(first.constant, str)
    return arguments[1:] if is_system else arguments
