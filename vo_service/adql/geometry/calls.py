"""The geometric functions of ADQL 2.1 (section 4.2), by name."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from vo_service.adql.geometry import build, measures, relations
from vo_service.adql.geometry.build import Locate
from vo_service.adql.nodes import Place
from vo_service.adql.values import Condition, Point, Result, Value, kind_of, require_number
from vo_service.errors import UsageError
from vo_service.release.field import Field

Arguments = tuple[Result, ...]

GEOMETRY = (
    "AREA", "BOX", "CENTROID", "CIRCLE", "CONTAINS", "COORD1", "COORD2", "COORDSYS", "DISTANCE",
    "INTERSECTS", "POINT", "POLYGON", "REGION",
)  # fmt: skip


def call_geometry(name: str, arguments: Arguments, place: Place, locate: Locate) -> Result:
    """Call a geometric function.

    Raises
    ------
    UsageError
        When an argument is missing, left over, of another kind or out of range.
    """
    return _FUNCTIONS[name](arguments, place, locate)


def relation(name: str, arguments: Arguments, place: Place) -> Condition:
    """Make the condition of CONTAINS or INTERSECTS.

    Raises
    ------
    UsageError
        When the arguments are no two geometries.
    """
    if len(arguments) != 2:
        raise UsageError(f"{name} takes 2 geometries, not {len(arguments)} arguments", *place)
    first, second = (build.require_shape(a, name, place) for a in arguments)
    test = relations.contains if name == "CONTAINS" else relations.intersects
    return test(first, second)


def distance(arguments: Arguments, place: Place, locate: Locate) -> tuple[Point, Point]:
    """Return the two positions of DISTANCE(point, point) or DISTANCE(lon, lat, lon, lat).

    Raises
    ------
    UsageError
        When the arguments are of another kind.
    """
    if len(arguments) == 2:
        return _point(arguments[0], "DISTANCE", place), _point(arguments[1], "DISTANCE", place)
    if len(arguments) != 4:
        count = len(arguments)
        raise UsageError(f"DISTANCE takes 2 points or 4 numbers, not {count} arguments", *place)
    a, b, c, d = (require_number(x, "DISTANCE", place) for x in arguments)
    return (
        build.make_point((a, b), place, locate),
        build.make_point((c, d), place, locate),
    )


def _relation(name: str) -> Callable[[Arguments, Place, Locate], Result]:
    def call(arguments: Arguments, place: Place, _locate: Locate) -> Result:
        holds = relation(name, arguments, place)
        field = Field(name.lower(), "int", "1 where it holds, else 0", ucd="meta.code")
        sql = sa.cast(holds.sql, sa.Integer)
        return Value(sql, field, holds.columns, holds.is_aggregate, holds.is_window)

    return call


def _coordinate(name: str) -> Callable[[Arguments, Place, Locate], Result]:
    def call(arguments: Arguments, place: Place, _locate: Locate) -> Result:
        point = _point(_only(name, arguments, place), name, place)
        value = point.lon if name == "COORD1" else point.lat
        field = Field(name.lower(), "double", unit="deg", description=value.field.description)
        field = replace(field, ucd=value.field.ucd.split(";")[0])
        return replace(value, sql=sa.cast(value.sql, sa.Double), field=field)

    return call


def _distance(arguments: Arguments, place: Place, locate: Locate) -> Result:
    return measures.separation(*distance(arguments, place, locate))


def _area(arguments: Arguments, place: Place, _locate: Locate) -> Result:
    return measures.area(build.require_shape(_only("AREA", arguments, place), "AREA", place))


def _centroid(arguments: Arguments, place: Place, _locate: Locate) -> Result:
    shape = build.require_shape(_only("CENTROID", arguments, place), "CENTROID", place)
    return measures.centroid(shape)


def _system(arguments: Arguments, place: Place, _locate: Locate) -> Result:
    build.require_shape(_only("COORDSYS", arguments, place), "COORDSYS", place)
    field = Field("coordsys", "char", "Coordinate system", ucd="pos.frame", arraysize="*")
    return Value(sa.literal("ICRS", sa.String), field, constant="ICRS")


def _only(name: str, arguments: Arguments, place: Place) -> Result:
    if len(arguments) != 1:
        raise UsageError(f"{name} takes 1 geometry, not {len(arguments)} arguments", *place)
    return arguments[0]


def _point(argument: Result, name: str, place: Place) -> Point:
    shape = build.as_shape(argument)
    if isinstance(shape, Point):
        return shape
    found = "another geometry" if kind_of(shape) == "a geometry" else kind_of(shape)
    raise UsageError(f"{name} needs a POINT, not {found}", *place)


_FUNCTIONS: dict[str, Callable[[Arguments, Place, Locate], Result]] = {
    "AREA": _area,
    "BOX": lambda arguments, place, _: build.make_box(arguments, place),
    "CENTROID": _centroid,
    "CIRCLE": build.make_circle,
    "CONTAINS": _relation("CONTAINS"),
    "COORD1": _coordinate("COORD1"),
    "COORD2": _coordinate("COORD2"),
    "COORDSYS": _system,
    "DISTANCE": _distance,
    "INTERSECTS": _relation("INTERSECTS"),
    "POINT": build.make_point,
    "POLYGON": lambda arguments, place, _: build.make_polygon(arguments, place),
    "REGION": build.make_region,
}
