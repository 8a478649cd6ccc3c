"""SQLAlchemy's own functions that engines compute differently, and what numbers come out of them.

`sa.func.power` and the others below are these classes wherever they are called, by their names.
"""

from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BinaryExpression, Grouping, UnaryExpression
from sqlalchemy.sql.functions import FunctionElement, GenericFunction, ReturnTypeFromArgs

from vo_service.release.postgres_functions import EXP, POWER, ROUND

Compiler = Any
"""SQLAlchemy's compiler of one statement, which writes the arguments."""

BY_CODE_POINT = 'COLLATE "C"'
"""Texts compare as in DuckDB, whatever the collation of a PostgreSQL database."""

FOLDING = 'COLLATE "und-x-icu"'
"""Upper and lower case of all of Unicode; "C" knows those of ASCII alone."""


class exp(GenericFunction):  # noqa: N801
    """Exponential of a double; NULL where no double holds it."""

    type = sa.Double()
    inherit_cache = True


class power(GenericFunction):  # noqa: N801
    """Power of doubles; NULL where it is not real or no double holds it."""

    type = sa.Double()
    inherit_cache = True


class round(GenericFunction):  # noqa: N801, A001
    """Nearest whole double, halves away from zero."""

    type = sa.Double()
    inherit_cache = True


class lower(GenericFunction):  # noqa: N801
    """Text in lower case."""

    type = sa.String()
    inherit_cache = True


class upper(GenericFunction):  # noqa: N801
    """Text in upper case."""

    type = sa.String()
    inherit_cache = True


class nullif(ReturnTypeFromArgs):  # noqa: N801
    """The first argument, or NULL where it is the second."""

    inherit_cache = True


class trunc(ReturnTypeFromArgs):  # noqa: N801
    """A number without its fraction."""

    inherit_cache = True


class abs(ReturnTypeFromArgs):  # noqa: N801, A001
    """A number without its sign."""

    inherit_cache = True


@compiles(exp)
def _exp(element: exp, compiler: Compiler, **kw: Any) -> str:
    (x,) = _arguments(element, compiler, kw)
    return f"nullif(exp({x}), 'Infinity'::DOUBLE)"


@compiles(exp, "postgresql")
def _exp_postgresql(element: exp, compiler: Compiler, **kw: Any) -> str:
    return f"{EXP}({', '.join(_arguments(element, compiler, kw))})"


@compiles(power)
def _power(element: power, compiler: Compiler, **kw: Any) -> str:
    x, y = _arguments(element, compiler, kw)
    return f"nullif(nullif(pow({x}, {y}), 'Infinity'::DOUBLE), '-Infinity'::DOUBLE)"


@compiles(power, "postgresql")
def _power_postgresql(element: power, compiler: Compiler, **kw: Any) -> str:
    return f"{POWER}({', '.join(_arguments(element, compiler, kw))})"


@compiles(round, "postgresql")
def _round_postgresql(element: round, compiler: Compiler, **kw: Any) -> str:
    return f"{ROUND}({', '.join(_arguments(element, compiler, kw))})"


@compiles(lower, "postgresql")
@compiles(upper, "postgresql")
def _fold_postgresql(element: lower | upper, compiler: Compiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, kw)
    # A cast of the whole would move below its collation, and GROUP BY would not know it again.
    return f"(CAST({element.name}({text} {FOLDING}) AS VARCHAR) {BY_CODE_POINT})"


@compiles(trunc, "postgresql")
def _trunc_postgresql(element: trunc, compiler: Compiler, **kw: Any) -> str:
    (x,) = _arguments(element, compiler, kw)
    return f"trunc(CAST({x} AS DOUBLE PRECISION))"


class NumberKind(IntEnum):
    """What PostgreSQL computes with; the greater one wins."""

    NONE, INTEGER, SINGLE, DOUBLE = range(4)


def number_kind(element: Any) -> NumberKind:
    """Return in which numbers an expression comes out, from its leaves where SQLAlchemy guesses."""
    if isinstance(element, BinaryExpression):
        return max(number_kind(element.left), number_kind(element.right))
    if isinstance(element, Grouping | UnaryExpression):
        return number_kind(element.element)
    if isinstance(element.type, sa.REAL):
        return NumberKind.SINGLE
    if isinstance(element.type, sa.Float):
        return NumberKind.DOUBLE
    return NumberKind.INTEGER if isinstance(element.type, sa.Integer) else NumberKind.NONE


def _arguments(element: FunctionElement, compiler: Compiler, kw: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]
