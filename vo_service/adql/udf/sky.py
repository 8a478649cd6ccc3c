"""HEALPix cells of positions."""

from dataclasses import replace

import numpy as np
import sqlalchemy as sa

from vo_service.adql.geometry import healpix
from vo_service.adql.geometry.build import as_shape, constant, make_point
from vo_service.adql.udf.base import Call, Udf, constant_integer
from vo_service.adql.values import Point, Result, Value, make_value, parts_of, require_integer
from vo_service.errors import UsageError
from vo_service.release.sky import ORDER, cell_centre, healpix_index


def _index(call: Call) -> Result:
    order = constant_integer(call, call.arguments[0], 0, ORDER)
    point = _position(call)
    if point.index is not None:
        sql: sa.ColumnElement = point.index.op(">>")(sa.cast(2 * (ORDER - order), sa.Integer))
    else:
        sql = healpix.cell_of(order, point.lon.sql, point.lat.sql)
    about = f"HEALPix cell of order {order}, NESTED"
    made = make_value(sql, "healpix", "long", parts_of(point), ucd="pos.healpix", description=about)
    known = point.lon.constant, point.lat.constant
    if not all(isinstance(k, int | float) for k in known):
        return made
    cell = int(healpix_index(*(np.array([k], float) for k in known))[0]) >> 2 * (ORDER - order)
    return replace(made, sql=sa.literal(cell, sa.BigInteger), constant=cell)


def _position(call: Call) -> Point:
    if len(call.arguments) == 3:
        return make_point(call.arguments[1:], call.place, call.locate)
    shape = as_shape(call.arguments[1])
    if isinstance(shape, Point):
        return shape
    raise UsageError(f"{call.name} needs a POINT or two coordinates", *call.place)


def _centre(call: Call) -> Result:
    order = constant_integer(call, call.arguments[0], 0, ORDER)
    cell = require_integer(call.arguments[1], call.name, call.place)
    if not isinstance(cell.constant, int):
        lon, lat = healpix.centre_of(order, cell.sql)
        return Point(_coordinate("lon", lon, cell), _coordinate("lat", lat, cell))
    last = 12 * 4**order - 1
    if not 0 <= cell.constant <= last:
        raise UsageError(
            f"{call.name}: cell {cell.constant} is not within 0 to {last}", *call.place
        )
    centre = cell_centre(order, cell.constant)
    return Point(constant(centre[0]), constant(centre[1]))


def _coordinate(name: str, sql: sa.ColumnElement, cell: Value) -> Value:
    return make_value(sql, name, "double", (cell,), unit="deg")


SKY = (
    Udf(
        "ivo_healpix_index(hpxOrder INTEGER, lon DOUBLE PRECISION, lat DOUBLE PRECISION) -> BIGINT",
        "Index of the HEALPix cell (NESTED) of a position in degrees; the order is a plain number",
        (2, 3),
        _index,
    ),
    Udf(
        "ivo_healpix_index(hpxOrder INTEGER, p POINT) -> BIGINT",
        "Index of the HEALPix cell (NESTED) of a point; the order is a plain number",
        (2, 3),
        _index,
    ),
    Udf(
        "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT",
        "Centre of a HEALPix cell (NESTED); the order is a plain number",
        (2,),
        _centre,
    ),
)
