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


class exclusive_or(FunctionElement):  # noqa: N801
    """Bits that are set in one of two integers; ADQL writes ^, which engines use otherwise."""

    name = "exclusive_or"
    inherit_cache = True


class rounded(FunctionElement):  # noqa: N801
    """The nearest whole number of a double, of two the one farther from 0."""

    name = "rounded"
    type = sa.Double()
    inherit_cache = True


class numbers_of_text(FunctionElement):  # noqa: N801
    """Array of the doubles in a text, white space between them (DALI 1.1, section 3.3)."""

    name = "numbers_of_text"
    type = sa.ARRAY(sa.Double)
    inherit_cache = True


class days_since(FunctionElement):  # noqa: N801
    """Days from the first timestamp to the second."""

    name = "days_since"
    type = sa.Double()
    inherit_cache = True


class timestamp_text(FunctionElement):  # noqa: N801
    """A timestamp as a text with T, and microseconds (DALI 1.1, section 3.3.3)."""

    name = "timestamp_text"
    type = sa.String()
    inherit_cache = True


class joined_texts(FunctionElement):  # noqa: N801
    """Aggregate: texts in their order, joined by a constant."""

    name = "joined_texts"
    type = sa.String()
    inherit_cache = True


@compiles(integer_divide)
def _integer_divide(element: integer_divide, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"({a} // {b})"


@compiles(integer_divide, "postgresql")
def _integer_divide_postgresql(element: integer_divide, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"({a} / {b})"


@compiles(modulo)
def _modulo(element: modulo, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"({a} % {b})"


@compiles(modulo, "postgresql")
def _modulo_postgresql(element: modulo, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    # PostgreSQL has no % of doubles.
    is_real = max(map(number_kind, element.clauses)) > NumberKind.INTEGER
    return f"({a} - {b} * trunc({a} / {b}))" if is_real else f"({a} % {b})"


@compiles(exclusive_or)
def _exclusive_or(element: exclusive_or, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"xor({a}, {b})"


@compiles(exclusive_or, "postgresql")
def _exclusive_or_postgresql(element: exclusive_or, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"({a} # {b})"


@compiles(rounded)
def _rounded(element: rounded, compiler: Compiler, **kw: Any) -> str:
    (x,) = write_arguments(element, compiler, kw)
    return f"round({x})"


@compiles(rounded, "postgresql")
def _rounded_postgresql(element: rounded, compiler: Compiler, **kw: Any) -> str:
    (x,) = write_arguments(element, compiler, kw)
    # PostgreSQL rounds halves of doubles to even numbers.
    return f"(trunc({x}) + trunc(2 * ({x} - trunc({x}))))"


@compiles(numbers_of_text)
def _numbers_of_text(element: numbers_of_text, compiler: Compiler, **kw: Any) -> str:
    (text,) = write_arguments(element, compiler, kw)
    return f"CAST(string_split_regex(trim({text}), '\\s+') AS DOUBLE[])"


@compiles(numbers_of_text, "postgresql")
def _numbers_of_text_postgresql(element: numbers_of_text, compiler: Compiler, **kw: Any) -> str:
    (text,) = write_arguments(element, compiler, kw)
    return f"CAST(regexp_split_to_array(trim({text}), '\\s+') AS double precision[])"


@compiles(days_since)
def _days_since(element: days_since, compiler: Compiler, **kw: Any) -> str:
    start, end = write_arguments(element, compiler, kw)
    return f"(CAST(date_diff('microseconds', {start}, {end}) AS DOUBLE) / 86400e6)"


@compiles(days_since, "postgresql")
def _days_since_postgresql(element: days_since, compiler: Compiler, **kw: Any) -> str:
    start, end = write_arguments(element, compiler, kw)
    return f"(CAST(extract(epoch FROM {end} - {start}) AS double precision) / 86400)"


@compiles(timestamp_text)
def _timestamp_text(element: timestamp_text, compiler: Compiler, **kw: Any) -> str:
    (moment,) = write_arguments(element, compiler, kw)
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S.%f')"


@compiles(timestamp_text, "postgresql")
def _timestamp_text_postgresql(element: timestamp_text, compiler: Compiler, **kw: Any) -> str:
    (moment,) = write_arguments(element, compiler, kw)
    return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


@compiles(joined_texts)
def _joined_texts(element: joined_texts, compiler: Compiler, **kw: Any) -> str:
    text, delimiter = write_arguments(element, compiler, kw)
    return f"string_agg({text}, {delimiter} ORDER BY {text})"


def write_arguments(element: FunctionElement, compiler: Compiler, kw: dict[str, Any]) -> list[str]:
    """Write the arguments, each fit to stand beside an operator."""
    return [compiler.process(grouped(clause), **kw) for clause in element.clauses]


def grouped(clause: Any) -> Any:
    """Put an expression of operators into brackets."""
    return sa.sql.elements.Grouping(clause) if isinstance(clause, _OPERATIONS) else clause


_OPERATIONS = (sa.BinaryExpression, sa.UnaryExpression, sa.sql.elements.BooleanClauseList)
