"""What the engines write differently: a function of ours each, compiled for either.

Translation calls these and never asks which engine it is for. The plain form is DuckDB's; where
PostgreSQL differs, its form stands below it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

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


class array_item(FunctionElement):  # noqa: N801
    """Item of an array of doubles, counted from 1; two positions for an array of arrays."""

    name = "array_item"
    type = sa.Double()
    inherit_cache = True


class sum_over(FunctionElement):  # noqa: N801
    """Sum of a term over the numbers from 0 to a count, without it.

    Parameters
    ----------
    count : ColumnElement
    counter : ColumnClause
        Stands in the term for the number.
    term : ColumnElement
    """

    name = "sum_over"
    inherit_cache = False

    def __init__(self, count: Any, counter: sa.ColumnClause, term: Any):
        super().__init__(count, term)
        self.type = term.type
        self.counter = counter.name


class array_over(FunctionElement):  # noqa: N801
    """Array of an array of doubles for each of the numbers from 0 to a count, without it.

    Parameters
    ----------
    count : ColumnElement
    counter : ColumnClause
        Stands in the arrays for the number.
    array : array_of
    """

    name = "array_over"
    inherit_cache = False

    def __init__(self, count: Any, counter: sa.ColumnClause, array: array_of):
        super().__init__(count, array)
        self.counter = counter.name


class named(FunctionElement):  # noqa: N801
    """An expression in which a name stands for the value of another one, written once.

    Parameters
    ----------
    column : ColumnClause
        The name.
    value : ColumnElement
    body : ColumnElement
    """

    name = "named"
    inherit_cache = False

    def __init__(self, column: sa.ColumnClause, value: Any, body: Any):
        super().__init__(value, body)
        self.type = body.type
        self.column = column.name


class array_distance(FunctionElement):  # noqa: N801
    """Euclidean distance of two arrays of equal length."""

    name = "array_distance"
    type = sa.Double()
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


@compiles(array_of)
def _array_of(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"list_value({', '.join(_arguments(element, compiler, kw))})"


@compiles(array_of, "postgresql")
def _array_of_postgresql(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"ARRAY[{', '.join(_arguments(element, compiler, kw))}]"


@compiles(exclusive_or)
def _exclusive_or(element: exclusive_or, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"xor({a}, {b})"


@compiles(exclusive_or, "postgresql")
def _exclusive_or_postgresql(element: exclusive_or, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"({a} # {b})"


@compiles(rounded)
def _rounded(element: rounded, compiler: Compiler, **kw: Any) -> str:
    (x,) = _arguments(element, compiler, kw)
    return f"round({x})"


@compiles(rounded, "postgresql")
def _rounded_postgresql(element: rounded, compiler: Compiler, **kw: Any) -> str:
    (x,) = _arguments(element, compiler, kw)
    # PostgreSQL rounds halves of doubles to even numbers.
    return f"(trunc({x}) + trunc(2 * ({x} - trunc({x}))))"


@compiles(numbers_of_text)
def _numbers_of_text(element: numbers_of_text, compiler: Compiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, kw)
    return f"CAST(string_split_regex(trim({text}), '\\s+') AS DOUBLE[])"


@compiles(numbers_of_text, "postgresql")
def _numbers_of_text_postgresql(element: numbers_of_text, compiler: Compiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, kw)
    return f"CAST(regexp_split_to_array(trim({text}), '\\s+') AS double precision[])"


@compiles(days_since)
def _days_since(element: days_since, compiler: Compiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, kw)
    return f"(CAST(date_diff('microseconds', {start}, {end}) AS DOUBLE) / 86400e6)"


@compiles(days_since, "postgresql")
def _days_since_postgresql(element: days_since, compiler: Compiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, kw)
    return f"(CAST(extract(epoch FROM {end} - {start}) AS double precision) / 86400)"


@compiles(timestamp_text)
def _timestamp_text(element: timestamp_text, compiler: Compiler, **kw: Any) -> str:
    (moment,) = _arguments(element, compiler, kw)
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S.%f')"


@compiles(timestamp_text, "postgresql")
def _timestamp_text_postgresql(element: timestamp_text, compiler: Compiler, **kw: Any) -> str:
    (moment,) = _arguments(element, compiler, kw)
    return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


@compiles(array_item)
def _array_item(element: array_item, compiler: Compiler, **kw: Any) -> str:
    array, *positions = _arguments(element, compiler, kw)
    return f"({array})" + "".join(f"[{position}]" for position in positions)


@compiles(sum_over)
def _sum_over(element: sum_over, compiler: Compiler, **kw: Any) -> str:
    count, term = _arguments(element, compiler, kw)
    return f"list_sum(list_transform(range({count}), lambda {element.counter}: {term}))"


@compiles(sum_over, "postgresql")
def _sum_over_postgresql(element: sum_over, compiler: Compiler, **kw: Any) -> str:
    count, term = _arguments(element, compiler, kw)
    return f"(SELECT sum({term}) FROM generate_series(0, {count} - 1) AS {element.counter})"


@compiles(array_over)
def _array_over(element: array_over, compiler: Compiler, **kw: Any) -> str:
    count, array = _arguments(element, compiler, kw)
    return f"list_transform(range({count}), lambda {element.counter}: {array})"


@compiles(array_over, "postgresql")
def _array_over_postgresql(element: array_over, compiler: Compiler, **kw: Any) -> str:
    count, array = _arguments(element, compiler, kw)
    return f"ARRAY(SELECT {array} FROM generate_series(0, {count} - 1) AS {element.counter})"


@compiles(named)
def _named(element: named, compiler: Compiler, **kw: Any) -> str:
    value, body = _arguments(element, compiler, kw)
    return f"(SELECT {body} FROM (SELECT {value} AS {element.column}) AS of_{element.column})"


@compiles(named, "postgresql")
def _named_postgresql(element: named, compiler: Compiler, **kw: Any) -> str:
    value, body = _arguments(element, compiler, kw)
    # OFFSET keeps PostgreSQL from putting the value back in every place of its name.
    inner = f"SELECT {value} AS {element.column} OFFSET 0"
    return f"(SELECT {body} FROM ({inner}) AS of_{element.column})"


@compiles(array_distance)
def _array_distance(element: array_distance, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    return f"list_distance(CAST({a} AS DOUBLE[]), CAST({b} AS DOUBLE[]))"


@compiles(array_distance, "postgresql")
def _array_distance_postgresql(element: array_distance, compiler: Compiler, **kw: Any) -> str:
    a, b = _arguments(element, compiler, kw)
    square = "(CAST(p AS double precision) - q)"
    return f"(SELECT sqrt(sum({square} * {square})) FROM unnest({a}, {b}) AS pair(p, q))"


@compiles(joined_texts)
def _joined_texts(element: joined_texts, compiler: Compiler, **kw: Any) -> str:
    text, delimiter = _arguments(element, compiler, kw)
    return f"string_agg({text}, {delimiter} ORDER BY {text})"


def _arguments(element: FunctionElement, compiler: Compiler, kw: dict[str, Any]) -> list[str]:
    """Write the arguments, each fit to stand beside an operator."""
    return [compiler.process(grouped(clause), **kw) for clause in element.clauses]


def grouped(clause: Any) -> Any:
    """Put an expression of operators into brackets."""
    return sa.sql.elements.Grouping(clause) if isinstance(clause, _OPERATIONS) else clause


_OPERATIONS = (sa.BinaryExpression, sa.UnaryExpression, sa.sql.elements.BooleanClauseList)
