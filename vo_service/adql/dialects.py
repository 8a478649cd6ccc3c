"""What the engines write differently: a function of ours each, compiled for either.

Translation calls these and never asks which engine it is for. The plain form is DuckDB's; where
PostgreSQL differs, its form stands below it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from vo_service.adql.generic import NumberKind, number_kind

Compiler = Any
"""SQLAlchemy's compiler of one statement, which writes the arguments."""


class integer_divide(FunctionElement):  # noqa: N801  a function's name, as in SQL
    """Divide integers towards zero; the divisor is never 0."""

    name = "integer_divide"
    inherit_cache = True


class modulo(FunctionElement):  # noqa: N801
    """Remainder of a division towards zero, of integers or doubles; the divisor is never 0."""

    name = "modulo"
    inherit_cache = True


class array_of(FunctionElement):  # noqa: N801
    """Array of doubles."""

    name = "array_of"
    type = sa.ARRAY(sa.Double)
    inherit_cache = True


@compiles(integer_divide)
def _integer_divide(element: integer_divide, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"({a} // {b})"


@compiles(integer_divide, "postgresql")
def _integer_divide_postgresql(element: integer_divide, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"({a} / {b})"


@compiles(modulo)
def _modulo(element: modulo, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"({a} % {b})"


@compiles(modulo, "postgresql")
def _modulo_postgresql(element: modulo, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    # PostgreSQL has no % of doubles.
    is_real = max(map(number_kind, element.clauses)) > NumberKind.INTEGER
    return f"({a} - {b} * trunc({a} / {b}))" if is_real else f"({a} % {b})"


@compiles(array_of)
def _array_of(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"list_value({', '.join(_arguments(element, compiler, kw))})"


@compiles(array_of, "postgresql")
def _array_of_postgresql(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"ARRAY[{', '.join(_arguments(element, compiler, kw))}]"


def _arguments(element: FunctionElement, compiler: Compiler, kw: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]
