"""Functions of numbers and texts: names, arguments, results and SQL.

Domain errors give NULL on every engine (sqrt(-1), ln(0), acos(2), x / 0, exp(1000)): standards
leave it open, and engines differ between NaN, infinity and an error.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from vo_service.adql.dialects import modulo, rounded

Sql = sa.ColumnElement
NAN = sa.literal(float("nan"), sa.Double)

MOST, LEAST = 709.78, -745.13
"""Exponents beyond which e to their power is no finite double, or rounds to 0."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of numbers or texts.

    Attributes
    ----------
    name : str
        Upper case.
    counts : tuple of int
        Numbers of arguments it takes.
    make : callable
        Arguments, already checked, to SQL.
    takes, gives : str
        `number` or `text`; `gives` is a VOTable type, or `same` as the first argument's.
    """

    name: str
    counts: tuple[int, ...]
    make: Callable[..., Sql]
    takes: str = "number"
    gives: str = "double"


def known(sql: Sql) -> Sql:
    """Turn NaN to NULL."""
    return sa.func.nullif(sql, sa.cast(NAN, sa.Double))


def where(condition: Sql, sql: Sql) -> Sql:
    """Give NULL where a condition does not hold."""
    return sa.case((condition, sql))


def double(sql: Sql) -> Sql:
    """Compute in double precision, whatever the column's type."""
    return sa.cast(sql, sa.Double)


def _real(name: str) -> Callable[[Sql], Sql]:
    return lambda x: known(getattr(sa.func, name)(double(x)))


def _positive(name: str) -> Callable[[Sql], Sql]:
    return lambda x: getattr(sa.func, name)(where(x > 0, double(x)))


def _within_one(name: str) -> Callable[[Sql], Sql]:
    return lambda x: getattr(sa.func, name)(where(sa.func.abs(x) <= 1, double(x)))


def _exponential(x: Sql) -> Sql:
    value = double(x)
    return sa.case(
        (value > MOST, None), (value < LEAST, double(sa.literal(0.0))), else_=sa.func.exp(value)
    )


def _power(x: Sql, y: Sql) -> Sql:
    base, exponent = double(x), double(y)
    logarithm = exponent * sa.func.ln(sa.func.nullif(sa.func.abs(base), 0))
    return sa.case(
        (sa.and_(base == 0, exponent < 0), None),
        (sa.and_(base < 0, exponent != sa.func.floor(exponent)), None),
        (logarithm > MOST, None),
        (logarithm < LEAST, double(sa.literal(0.0))),
        else_=sa.func.power(base, exponent),
    )


def _round(x: Sql, digits: Sql | None = None) -> Sql:
    return _scaled(rounded, x, digits)


def _truncate(x: Sql, digits: Sql | None = None) -> Sql:
    return _scaled(sa.func.trunc, x, digits)


def _scaled(function: Callable[[Sql], Sql], x: Sql, digits: Sql | None) -> Sql:
    if digits is None:
        return function(double(x))
    # By division for negative digits: 10 ** -n is no exact double.
    up = sa.func.power(double(sa.literal(10.0)), sa.func.abs(digits))
    return sa.case(
        (digits >= 0, function(double(x) * up) / up), else_=function(double(x) / up) * up
    )


def _mod(x: Sql, y: Sql) -> Sql:
    return modulo(x, sa.func.nullif(y, 0))


def _cot(x: Sql) -> Sql:
    return sa.func.cos(double(x)) / sa.func.nullif(sa.func.sin(double(x)), 0)


FUNCTIONS = {
    f.name: f
    for f in (
        Function("ABS", (1,), sa.func.abs, gives="same"),
        Function("CEILING", (1,), _real("ceil")),
        Function("DEGREES", (1,), _real("degrees")),
        Function("EXP", (1,), _exponential),
        Function("FLOOR", (1,), _real("floor")),
        Function("LOG", (1,), _positive("ln")),
        Function("LOG10", (1,), _positive("log10")),
        Function("MOD", (2,), _mod, gives="same"),
        Function("PI", (0,), sa.func.pi),
        Function("POWER", (2,), _power),
        Function("RADIANS", (1,), _real("radians")),
        Function("RAND", (0, 1), lambda seed=None: sa.func.random()),
        Function("ROUND", (1, 2), _round),
        Function("SQRT", (1,), lambda x: sa.func.sqrt(where(x >= 0, double(x)))),
        Function("TRUNCATE", (1, 2), _truncate),
        Function("ACOS", (1,), _within_one("acos")),
        Function("ASIN", (1,), _within_one("asin")),
        Function("ATAN", (1,), _real("atan")),
        Function("ATAN2", (2,), lambda y, x: sa.func.atan2(double(y), double(x))),
        Function("COS", (1,), _real("cos")),
        Function("COT", (1,), _cot),
        Function("SIN", (1,), _real("sin")),
        Function("TAN", (1,), _real("tan")),
        Function("LOWER", (1,), sa.func.lower, "text", "same"),
        Function("UPPER", (1,), sa.func.upper, "text", "same"),
    )
}
