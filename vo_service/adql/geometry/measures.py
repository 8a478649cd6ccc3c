"""Numbers of shapes: distance, area, centre, coordinates; and shapes as arrays of DALI."""

import sqlalchemy as sa

from vo_service.adql.arrays import array_of
from vo_service.adql.geometry.build import constant
from vo_service.adql.geometry.edges import Edges, over_edges
from vo_service.adql.geometry.elements import Sql, Vector, radians, squared_chord
from vo_service.adql.geometry.outline import SQUARE_DEGREES, make_outline
from vo_service.adql.values import Circle, Point, Polygon, Shape, Value, make_value, parts_of


def separation(a: Point, b: Point) -> Value:
    """Return the distance of two points [deg]."""
    half = _half_chord2(a, b)
    rest = sa.func.greatest(1 - half, sa.cast(0.0, sa.Double))
    sql = 2 * sa.func.degrees(sa.func.atan2(sa.func.sqrt(half), sa.func.sqrt(rest)))
    return make_value(
        sql,
        "distance",
        "double",
        (*parts_of(a), *parts_of(b)),
        unit="deg",
        ucd="pos.angDistance",
        description="Angular distance",
    )


def area(shape: Shape) -> Value:
    """Return the area of a shape [deg2]."""
    if isinstance(shape, Point):
        sql: Sql = sa.literal(0.0, sa.Double)
    elif isinstance(shape, Circle):
        sine = sa.func.sin(radians(shape.radius.sql) / 2)
        sql = 4 * sa.func.pi() * sine * sine * SQUARE_DEGREES
    elif shape.corners and (outline := make_outline(shape.corners)):
        sql = sa.literal(outline.area, sa.Double)
    else:
        sql = over_edges(shape.array.sql, Edges.area) * SQUARE_DEGREES
    return make_value(
        sql,
        "area",
        "double",
        parts_of(shape),
        unit="deg**2",
        ucd="phys.angArea",
        description="Area on the sky",
    )


def centroid(shape: Shape) -> Point:
    """Return the centre of a shape."""
    if isinstance(shape, Point):
        return shape
    if isinstance(shape, Circle):
        return shape.centre
    if shape.corners and (outline := make_outline(shape.corners)):
        lon, lat = outline.centroid
        return Point(constant(lon), constant(lat))
    parts = (shape.array,)
    longitude, latitude = (
        over_edges(shape.array.sql, lambda e, make=make: e.centroid(make))  # type: ignore[misc]
        for make in (_longitude, _latitude)
    )
    return Point(
        make_value(longitude, "lon", "double", parts), make_value(latitude, "lat", "double", parts)
    )


def as_array(shape: Shape) -> Value:
    """Return a geometry as an array of doubles (DALI 1.1, section 3.3)."""
    parts = parts_of(shape)
    if isinstance(shape, Polygon):
        sql, size, xtype = shape.array.sql, _size(shape), "polygon"
    else:
        sql = array_of(*(sa.cast(p.sql, sa.Double) for p in parts))
        size, xtype = str(len(parts)), "point" if isinstance(shape, Point) else "circle"
    ucd = "pos.eq" if xtype == "point" else "pos.outline;obs.field"
    return make_value(sql, xtype, "double", parts, arraysize=size, unit="deg", ucd=ucd, xtype=xtype)


def _size(polygon: Polygon) -> str:
    return str(2 * len(polygon.corners)) if polygon.corners else "*"


def _half_chord2(a: Point, b: Point) -> Sql:
    """Return the squared half chord, by vectors where both tables hold them."""
    if a.vector is not None and b.vector is not None:
        return squared_chord(*a.vector, *b.vector) / 4
    lon1, lat1, lon2, lat2 = (radians(v.sql) for v in (a.lon, a.lat, b.lon, b.lat))
    lat, lon = sa.func.sin((lat2 - lat1) / 2), sa.func.sin((lon2 - lon1) / 2)
    return lat * lat + sa.func.cos(lat1) * sa.func.cos(lat2) * lon * lon


def _longitude(vector: Vector) -> Sql:
    x, y, _ = vector
    angle = sa.func.degrees(sa.func.atan2(y, x))
    return sa.case((angle < 0, angle + 360), else_=angle)


def _latitude(vector: Vector) -> Sql:
    x, y, z = vector
    return sa.func.degrees(sa.func.atan2(z, sa.func.sqrt(x * x + y * y)))
