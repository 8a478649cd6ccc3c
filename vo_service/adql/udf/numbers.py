"""Histograms, intervals, random numbers and dates."""

from collections.abc import Callable

import sqlalchemy as sa

from vo_service.adql.arrays import array_of
from vo_service.adql.casts import as_timestamp
from vo_service.adql.dialects import days_since
from vo_service.adql.mathematics import double
from vo_service.adql.udf.base import Call, Udf, constant_integer
from vo_service.adql.values import Result, Value, make_value, require_number
from vo_service.errors import UsageError
from vo_service.release.field import Field

MOST_BINS = 1000
JD_2000, MJD_2000 = 2451544.5, 51544.0
"""Of 2000-01-01T00:00:00."""


def _histogram(call: Call) -> Result:
    value, low, high = (require_number(a, call.name, call.place) for a in call.arguments[:3])
    count = constant_integer(call, call.arguments[3], 1, MOST_BINS)
    if value.is_aggregate or value.is_window:
        raise UsageError(f"{call.name} holds another aggregate; nest a sub-query", *call.place)
    known = [v.constant for v in (low, high)]
    if not all(isinstance(k, int | float) for k in known) or not known[0] < known[1]:  # type: ignore[operator]
        raise UsageError(
            f"{call.name} needs two plain numbers as limits, the lower one first", *call.place
        )
    share = (double(value.sql) - double(low.sql)) / (known[1] - known[0])  # type: ignore[operator]
    place = sa.func.floor(share * count) + 1
    # The least and greatest of engines leave NULL out; a bin of NULL equals none.
    within = sa.func.greatest(0, sa.func.least(place, count + 1))
    bins = sa.case((value.sql.is_not(None), within))
    counts = [sa.func.count(sa.case((bins == i, 1))) for i in range(count + 2)]
    about = f"Histogram of {value.field.name}, with what is below and above"
    field = Field("histogram", "int", about, ucd="meta.number", arraysize=str(count + 2))
    return Value(array_of(*counts), field, frozenset(), True)


def _overlap(call: Call) -> Result:
    values = [require_number(a, call.name, call.place) for a in call.arguments]
    a, b, c, d = (v.sql for v in values)
    sql = sa.cast(sa.and_(a <= b, c <= d, a <= d, c <= b), sa.Integer)
    return make_value(sql, call.name, "int", values, ucd="meta.code", description="1 or 0")


def _normal(call: Call) -> Result:
    values = [require_number(a, call.name, call.place) for a in call.arguments]
    mean, width = (double(v.sql) for v in values)
    # Box and Muller; 1 - random() is never 0.
    far = sa.func.sqrt(-2 * sa.func.ln(1 - sa.func.random()))
    sql = mean + width * far * sa.func.cos(2 * sa.func.pi() * sa.func.random())
    return make_value(
        sql, "random", "double", values, description="Random number", ucd="stat.value"
    )


def _julian(start: float, name: str) -> Callable[[Call], Result]:
    def make(call: Call) -> Result:
        moment = as_timestamp(call.arguments[0], call.name, call.place)
        begin = sa.cast(sa.literal("2000-01-01 00:00:00", sa.String), sa.TIMESTAMP)
        sql = days_since(begin, moment.sql) + start
        about = f"{name} of {moment.field.name}"
        return make_value(
            sql, call.name[7:], "double", (moment,), unit="d", ucd="time.epoch", description=about
        )

    return make


NUMBERS = (
    Udf(
        "ivo_histogram(val DOUBLE PRECISION, lower DOUBLE PRECISION, upper DOUBLE PRECISION, "
        "nbins INTEGER) -> INTEGER[]",
        "Aggregate: numbers of values below the lower limit, in each bin, and from the upper on",
        (4,),
        _histogram,
    ),
    Udf(
        "ivo_interval_overlaps(a1 DOUBLE PRECISION, b1 DOUBLE PRECISION, a2 DOUBLE PRECISION, "
        "b2 DOUBLE PRECISION) -> INTEGER",
        "1 where the intervals a1 to b1 and a2 to b2 have a number in common, else 0",
        (4,),
        _overlap,
    ),
    Udf(
        "ivo_normal_random(mu DOUBLE PRECISION, sigma DOUBLE PRECISION) -> DOUBLE PRECISION",
        "Random number of the normal distribution with this mean and standard deviation",
        (2,),
        _normal,
    ),
    Udf(
        "ivo_to_jd(d TIMESTAMP) -> DOUBLE PRECISION",
        "Julian date of a timestamp",
        (1,),
        _julian(JD_2000, "Julian date"),
    ),
    Udf(
        "ivo_to_mjd(d TIMESTAMP) -> DOUBLE PRECISION",
        "Modified Julian date of a timestamp",
        (1,),
        _julian(MJD_2000, "Modified Julian date"),
    ),
)
