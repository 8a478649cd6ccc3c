"""Points, circles and polygons from the arguments of ADQL, from texts and from columns."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from vo_service.adql.arrays import array_item, array_of
from vo_service.adql.geometry import stcs
from vo_service.adql.geometry.outline import make_outline
from vo_service.adql.nodes import Place
from vo_service.adql.values import (
    Circle,
    Point,
    Polygon,
    Result,
    Shape,
    Value,
    counted,
    kind_of,
    make_value,
    parts_of,
    require_number,
)
from vo_service.errors import UsageError
from vo_service.release.field import Field

SYSTEMS = ("", "ICRS", "FK5", "J2000", "UNKNOWN", "UNKNOWNFRAME")
"""What the deprecated first argument may say: all positions here are ICRS."""

Locate = Callable[[Value, Value], Point]
"""Makes a point of two coordinates, with the table's hidden columns where it has them."""


def make_point(arguments: tuple[Result, ...], place: Place, locate: Locate) -> Point:
    """Make POINT(lon, lat), with or without the deprecated coordinate system before.

    Raises
    ------
    UsageError
        When coordinates are no numbers or out of range.
    """
    lon, lat = _numbers("POINT", without_system(arguments, place), (2,), place)
    _check_latitude("POINT", lat, place)
    return locate(lon, lat)


def make_circle(arguments: tuple[Result, ...], place: Place, locate: Locate) -> Circle:
    """Make CIRCLE(point, r) or CIRCLE(lon, lat, r).

    Raises
    ------
    UsageError
        When the arguments are of another kind or out of range.
    """
    arguments = without_system(arguments, place)
    first = as_shape(arguments[0]) if arguments else None
    if isinstance(first, Point) and len(arguments) == 2:
        centre, radius = first, require_number(arguments[1], "CIRCLE", place)
    else:
        lon, lat, radius = _numbers("CIRCLE", arguments, (3,), place)
        _check_latitude("CIRCLE", lat, place)
        centre = locate(lon, lat)
    if isinstance(radius.constant, int | float) and not 0 <= radius.constant <= 180:
        raise UsageError(
            f"CIRCLE: the radius {radius.constant} is not within 0 to 180 degrees", *place
        )
    return Circle(centre, radius)


def make_polygon(arguments: tuple[Result, ...], place: Place) -> Polygon:
    """Make POLYGON of points, or of longitudes and latitudes in turn.

    Raises
    ------
    UsageError
        When corners are missing, or the arguments are of another kind.
    """
    arguments = without_system(arguments, place)
    shapes = [as_shape(a) for a in arguments]
    if shapes and all(isinstance(s, Point) for s in shapes):
        return polygon_of([v for s in shapes for v in parts_of(s)], "POLYGON", place)  # type: ignore[arg-type]
    numbers = [require_number(a, "POLYGON", place) for a in arguments]
    if len(numbers) % 2:
        raise UsageError(
            f"POLYGON takes pairs of longitude and latitude, not {len(numbers)} numbers", *place
        )
    return polygon_of(numbers, "POLYGON", place)


def make_box(arguments: tuple[Result, ...], place: Place) -> Polygon:
    """Make BOX(lon, lat, width, height) or BOX(point, width, height), a polygon.

    Its sides are great circles at right angles to the arms of the cross in its centre.

    Raises
    ------
    UsageError
        When the arguments are of another kind or out of range.
    """
    arguments = without_system(arguments, place)
    first = as_shape(arguments[0]) if arguments else None
    if isinstance(first, Point):
        arguments = (*parts_of(first), *arguments[1:])
    lon, lat, width, height = _numbers("BOX", arguments, (4,), place)
    for size in (width, height):
        if isinstance(size.constant, int | float) and not 0 < size.constant < 180:
            raise UsageError(
                f"BOX: the size {size.constant} is not within 0 to 180 degrees", *place
            )
    corners: list[Value] = []
    for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        corners += _box_corner((lon, lat, width, height), x, y)
    return polygon_of(corners, "BOX", place)


def make_region(arguments: tuple[Result, ...], place: Place, locate: Locate) -> Shape:
    """Make REGION of an STC-S text.

    Raises
    ------
    UsageError
        When the text is no literal, or says what is not understood.
    """
    text = arguments[0].constant if arguments and isinstance(arguments[0], Value) else None
    if len(arguments) != 1 or not isinstance(text, str):
        raise UsageError("REGION takes one text in quotes, such as 'CIRCLE ICRS 10 20 0.5'", *place)
    kind, numbers = stcs.parse(text, place)
    values: tuple[Result, ...] = tuple(constant(n) for n in numbers)
    if kind == "POSITION":
        return make_point(values, place, locate)
    if kind == "CIRCLE":
        return make_circle(values, place, locate)
    return make_box(values, place) if kind == "BOX" else make_polygon(values, place)


def polygon_of(numbers: Sequence[Value], name: str, place: Place) -> Polygon:
    """Make a polygon of longitudes and latitudes in turn.

    Raises
    ------
    UsageError
        When fewer than three corners differ, or a latitude is out of range.
    """
    if len(numbers) < 6:
        raise UsageError(f"{name} needs at least 3 corners, not {len(numbers) // 2}", *place)
    known = [v.constant for v in numbers]
    for latitude in numbers[1::2]:
        _check_latitude(name, latitude, place)
    array = make_value(
        array_of(*(sa.cast(v.sql, sa.Double) for v in numbers)), "polygon", "double", numbers
    )
    if not all(isinstance(k, int | float) for k in known):
        return Polygon(array)
    corners = tuple(zip(map(float, known[::2]), map(float, known[1::2]), strict=True))  # type: ignore[arg-type]
    if make_outline(corners) is None:
        raise UsageError(f"{name} needs at least 3 corners that differ", *place)
    return Polygon(array, corners)


def as_shape(result: Result) -> Result:
    """Take a column with a geometric xtype as the geometry that it is (DALI 1.1, section 3.3).

    A text in STC-S is one where its role says what all rows hold.
    """
    if not isinstance(result, Value):
        return result
    if result.field.xtype == "adql:REGION" and result.field.role == "circle":
        return _written_circle(result)
    if not result.field.is_array:
        return result
    if result.field.xtype == "polygon":
        return Polygon(result)
    items = [_item(result, i) for i in (1, 2, 3)]
    if result.field.xtype == "point":
        return Point(items[0], items[1])
    return Circle(Point(items[0], items[1]), items[2]) if result.field.xtype == "circle" else result


def _written_circle(text: Value) -> Circle:
    """Read `CIRCLE ICRS longitude latitude radius` where it stands."""
    numbers = [
        make_value(
            sa.cast(sa.func.split_part(text.sql, " ", i), sa.Double), "item", "double", (text,)
        )
        for i in (3, 4, 5)
    ]
    return Circle(Point(numbers[0], numbers[1]), numbers[2])


def require_shape(result: Result, what: str, place: Place) -> Shape:
    """Refuse what is no geometry.

    Raises
    ------
    UsageError
        Naming what it is needed for.
    """
    shape = as_shape(result)
    if isinstance(shape, Shape):
        return shape
    raise UsageError(f"{what} needs a geometry, not {kind_of(shape)}", *place)


def constant(number: float) -> Value:
    """Make the value of a known number."""
    return Value(sa.literal(number, sa.Double), Field("number", "double"), constant=number)


def without_system(arguments: tuple[Result, ...], place: Place) -> tuple[Result, ...]:
    """Drop the deprecated coordinate system (ADQL 2.1, section 4.2.3).

    Raises
    ------
    UsageError
        When it is another one than that of all positions here.
    """
    first = arguments[0] if arguments else None
    if not isinstance(first, Value) or not isinstance(first.constant, str):
        return arguments
    words = first.constant.upper().split() or [""]
    if words[0] not in SYSTEMS:
        raise UsageError(
            f"Coordinate system '{first.constant}' is not known here; positions are ICRS", *place
        )
    return arguments[1:]


def _numbers(
    name: str, arguments: tuple[Result, ...], counts: tuple[int, ...], place: Place
) -> list[Value]:
    if len(arguments) not in counts:
        wanted = " or ".join(str(c) for c in counts)
        found = counted(len(arguments), "argument")
        raise UsageError(f"{name} takes {wanted} numbers, not {found}", *place)
    return [require_number(a, name, place) for a in arguments]


def _check_latitude(name: str, latitude: Value, place: Place) -> None:
    known = latitude.constant
    if isinstance(known, int | float) and not -90 <= known <= 90:
        raise UsageError(f"{name}: the latitude {known} is not within -90 to 90 degrees", *place)


def _item(array: Value, position: int) -> Value:
    return make_value(array_item(array.sql, position), "coordinate", "double", (array,), unit="deg")


def _box_corner(box: tuple[Value, Value, Value, Value], x: int, y: int) -> list[Value]:
    """Return the corner of a box: the sides are straight lines in the tangent plane."""
    lon, lat, width, height = (sa.cast(v.sql, sa.Double) for v in box)
    known = [v.constant for v in box if isinstance(v.constant, int | float)]
    if len(known) == len(box):
        return [constant(c) for c in stcs.box_corner(tuple(known), x, y)]
    right = x * sa.func.tan(sa.func.radians(width) / 2)
    up = y * sa.func.tan(sa.func.radians(height) / 2)
    sine, cosine = sa.func.sin(sa.func.radians(lat)), sa.func.cos(sa.func.radians(lat))
    ahead = cosine - up * sine
    far = sa.func.sqrt(right * right + ahead * ahead)
    longitude = lon + sa.func.degrees(sa.func.atan2(right, ahead))
    latitude = sa.func.degrees(sa.func.atan2(sine + up * cosine, far))
    return [make_value(sql, "corner", "double", box) for sql in (longitude, latitude)]
