"""The functions of ADQL: names, arguments, results and SQL. Capabilities are computed from here.

Domain errors give NULL on every engine (sqrt(-1), ln(0), acos(2), x / 0): standards leave it open,
and engines differ between NaN, infinity and an error.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from vo_service.adql.catalogue import nearest, suggest
from vo_service.adql.dialects import modulo
from vo_service.adql.nodes import Place
from vo_service.adql.values import Result, Value, make_value, require_number, require_text
from vo_service.errors import UsageError

Sql = sa.ColumnElement
NAN = sa.literal(float("nan"), sa.Double)


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
    feature : str
        Language feature that declares it, empty for the core language.
    """

    name: str
    counts: tuple[int, ...]
    make: Callable[..., Sql]
    takes: str = "number"
    gives: str = "double"
    feature: str = ""


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


def _round(x: Sql, digits: Sql | None = None) -> Sql:
    return _scaled(sa.func.round, x, digits)


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


_ADQL_STRING = "features-adql-string"

FUNCTIONS = {
    f.name: f
    for f in (
        Function("ABS", (1,), sa.func.abs, gives="same"),
        Function("CEILING", (1,), _real("ceil")),
        Function("DEGREES", (1,), _real("degrees")),
        Function("EXP", (1,), _real("exp")),
        Function("FLOOR", (1,), _real("floor")),
        Function("LOG", (1,), _positive("ln")),
        Function("LOG10", (1,), _positive("log10")),
        Function("MOD", (2,), _mod, gives="same"),
        Function("PI", (0,), sa.func.pi),
        Function("POWER", (2,), lambda x, y: known(sa.func.power(double(x), double(y)))),
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
        Function("LOWER", (1,), sa.func.lower, "text", "same", _ADQL_STRING),
        Function("UPPER", (1,), sa.func.upper, "text", "same", _ADQL_STRING),
    )
}

AGGREGATES = ("AVG", "COUNT", "MAX", "MIN", "SUM")
GEOMETRY = ("POINT", "CIRCLE", "CONTAINS", "DISTANCE")

FEATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("adqlgeo", GEOMETRY),
    (_ADQL_STRING, ("LOWER", "UPPER", "ILIKE")),
    ("features-adql-sets", ("UNION", "EXCEPT", "INTERSECT")),
    ("features-adql-common-table", ("WITH",)),
    ("features-adql-type", ("CAST",)),
    ("features-adql-conditional", ("COALESCE",)),
    ("features-adql-offset", ("OFFSET",)),
)
"""Optional features of ADQL 2.1 that work here (TAPRegExt feature type, forms)."""


def call_function(name: str, arguments: tuple[Result, ...], place: Place) -> Value:
    """Call a function of numbers or texts.

    Raises
    ------
    UsageError
        When there is no such function, or an argument is missing, left over or of another kind.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        guess = nearest(name, [n.lower() for n in (*FUNCTIONS, *AGGREGATES, *GEOMETRY, "COALESCE")])
        raise UsageError(f"There is no function {name}{suggest(guess and guess.upper())}", *place)
    check_count(name, function.counts, arguments, place)
    require = require_number if function.takes == "number" else require_text
    values = [require(a, name, place) for a in arguments]
    datatype = function.gives if function.gives != "same" else values[0].field.datatype
    if name == "MOD" and not all(v.is_integer for v in values):
        datatype = "double"
    sql = function.make(*(v.sql for v in values))
    return make_value(
        sql, name.lower(), datatype, values, description=f"{name} of {_names(values)}"
    )


def check_count(name: str, counts: tuple[int, ...], arguments: tuple, place: Place) -> None:
    """Refuse a wrong number of arguments.

    Raises
    ------
    UsageError
        Naming how many the function takes.
    """
    if len(arguments) not in counts:
        wanted = " or ".join(str(c) for c in counts)
        raise UsageError(f"{name} takes {wanted} arguments, not {len(arguments)}", *place)


def call_aggregate(name: str, argument: Value | None, distinct: bool, place: Place) -> Value:
    """Call an aggregate; no argument is COUNT(*).

    Raises
    ------
    UsageError
        When it stands within another one, or is not given a number.
    """
    if argument is None:
        return _aggregate(sa.func.count(), "count_all", "long", "Number of rows", "meta.number")
    if argument.is_aggregate:
        raise UsageError(f"{name} holds another aggregate; nest a sub-query instead", *place)
    about = f"{name} of {argument.field.name}"
    sql = sa.distinct(argument.sql) if distinct else argument.sql
    if name == "COUNT":
        return _aggregate(sa.func.count(sql), "count", "long", about, "meta.number")
    label = f"{name.lower()}_{argument.field.name}"
    if name in ("MIN", "MAX"):
        ucd = ";".join(filter(None, [argument.field.ucd.split(";")[0], f"stat.{name.lower()}"]))
        made = _aggregate(
            getattr(sa.func, name.lower())(sql), label, argument.field.datatype, about, ucd
        )
        return _with_unit(made, argument)
    require_number(argument, name, place)
    datatype = "long" if name == "SUM" and argument.is_integer else "double"
    wide = (
        sql
        if datatype == "long"
        else (sa.distinct(double(argument.sql)) if distinct else double(argument.sql))
    )
    made = _aggregate(getattr(sa.func, name.lower())(wide), label, datatype, about, "")
    return _with_unit(made, argument)


def declared_features(
    mixed_case: tuple[str, ...] = ("adqlgeo", "udf"),
) -> list[tuple[str, str, str]]:
    """List what capabilities declare: feature type, form, description.

    Parameters
    ----------
    mixed_case : tuple of str
        Groups whose identifier is written `TAPRegExt#`, as installed clients compare it; the
        standard wants lower case (ADQL 2.1, section 4).
    """
    base = {True: "ivo://ivoa.net/std/TAPRegExt#features-", False: "ivo://ivoa.net/std/tapregext#"}
    return [
        (base[group in mixed_case] + group, form, "") for group, forms in FEATURES for form in forms
    ]


def _aggregate(sql: Sql, name: str, datatype: str, about: str, ucd: str) -> Value:
    value = make_value(sql, name, datatype, description=about, ucd=ucd)
    return Value(value.sql, value.field, frozenset(), True)


def _with_unit(value: Value, argument: Value) -> Value:
    return replace(value, field=replace(value.field, unit=argument.field.unit))


def _names(values: list[Value]) -> str:
    return ", ".join(v.field.name for v in values) or "nothing"
