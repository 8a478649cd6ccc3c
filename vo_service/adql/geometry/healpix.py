"""HEALPix in the NESTED scheme as SQL: from a position to its cell, and back.

After Gorski et al. 2005, ApJ 622, 759. A cell's number interleaves the bits of its place x, y in
one of the twelve faces.
"""

import sqlalchemy as sa

from vo_service.adql.arrays import sum_over
from vo_service.adql.geometry.elements import Sql, radians

BIT: sa.ColumnClause = sa.literal_column("bit_i", sa.BigInteger)


def cell_of(order: int, lon: Sql, lat: Sql) -> Sql:
    """Return the cell in which a position [deg] lies."""
    side = 1 << order
    z = sa.func.sin(radians(lat))
    turns = sa.cast(lon, sa.Double) / 360
    quarter = 4 * (turns - sa.func.floor(turns))
    near_equator = sa.func.abs(z) <= 2 / 3
    face, x, y = (
        sa.case((near_equator, a), else_=b)
        for a, b in zip(_belt(side, order, z, quarter), _cap(side, z, quarter), strict=True)
    )
    places = sum_over(
        sa.literal(order),
        BIT,
        _shift(_bit(x), BIT * 2, "<<") + _shift(_bit(y), BIT * 2 + 1, "<<"),
    )
    return sa.cast(_big(face) * (side * side) + sa.func.coalesce(places, 0), sa.BigInteger)


def centre_of(order: int, cell: Sql) -> tuple[Sql, Sql]:
    """Return longitude and latitude [deg] of the centre of a cell; NULL where there is none."""
    side = 1 << order
    number = _big(sa.case((sa.and_(cell >= 0, cell < 12 * side * side), cell)))
    face = _big(_shift(number, sa.literal(2 * order), ">>"))
    x, y = (_gather(order, number, first) for first in (0, 1))
    row, column = _shift(face, sa.literal(2), ">>"), face.op("&")(3)
    ring = (row + 2) * side - x - y - 1
    length = sa.case((ring < side, ring), (ring > 3 * side, 4 * side - ring), else_=side)
    cap = 1 - sa.cast(length * length, sa.Double) / (3.0 * side * side)
    z = sa.case(
        (ring < side, cap),
        (ring > 3 * side, -cap),
        else_=sa.cast(2 * side - ring, sa.Double) * (2.0 / (3.0 * side)),
    )
    start = sa.case((row == 1, column * 2), else_=column * 2 + 1)
    steps = start * length + x - y
    steps = sa.case((steps < 0, steps + 8 * length), else_=steps)
    return sa.cast(steps, sa.Double) * 45.0 / length, sa.func.degrees(sa.func.asin(z))


def _belt(side: int, order: int, z: Sql, quarter: Sql) -> tuple[Sql, Sql, Sql]:
    """Return face, x and y between the polar caps."""
    along, up = side * (quarter + 0.5), side * 0.75 * z
    falling, rising = _big(sa.func.floor(along - up)), _big(sa.func.floor(along + up))
    f, r = (_shift(v, sa.literal(order), ">>") for v in (falling, rising))
    face = sa.case((f == r, sa.case((f == 4, 4), else_=f + 4)), (f < r, f), else_=r + 8)
    return face, rising.op("&")(side - 1), side - 1 - falling.op("&")(side - 1)


def _cap(side: int, z: Sql, quarter: Sql) -> tuple[Sql, Sql, Sql]:
    """Return face, x and y in a polar cap."""
    column = sa.func.least(sa.func.floor(quarter), 3)
    far = quarter - column
    size = side * sa.func.sqrt(3 * sa.func.greatest(1 - sa.func.abs(z), 0.0))
    a, b = (sa.func.least(_big(sa.func.floor(part * size)), side - 1) for part in (far, 1 - far))
    north = z > 0
    return (
        _big(sa.case((north, column), else_=column + 8)),
        sa.case((north, side - 1 - b), else_=a),
        sa.case((north, side - 1 - a), else_=b),
    )


def _gather(order: int, number: Sql, first: int) -> Sql:
    """Put every second bit of a number together."""
    bit = _shift(number, BIT * 2 + first, ">>").op("&")(1)
    return _big(sa.func.coalesce(sum_over(sa.literal(order), BIT, _shift(bit, BIT, "<<")), 0))


def _bit(value: Sql) -> Sql:
    return _shift(value, BIT, ">>").op("&")(1)


def _shift(value: Sql, count: Sql, operator: str) -> Sql:
    return _big(value).op(operator)(sa.cast(count, sa.Integer))


def _big(value: Sql) -> Sql:
    return sa.cast(value, sa.BigInteger)
