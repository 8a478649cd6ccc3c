"""Arrays, and values that are computed once under a name: for either engine, as in `dialects`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from vo_service.adql.dialects import Compiler, write_arguments


class array_of(FunctionElement):  # noqa: N801
    """Array of doubles."""

    name = "array_of"
    type = sa.ARRAY(sa.Double)
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


@compiles(array_of)
def _array_of(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"list_value({', '.join(write_arguments(element, compiler, kw))})"


@compiles(array_of, "postgresql")
def _array_of_postgresql(element: array_of, compiler: Compiler, **kw: Any) -> str:
    return f"ARRAY[{', '.join(write_arguments(element, compiler, kw))}]"


@compiles(array_item)
def _array_item(element: array_item, compiler: Compiler, **kw: Any) -> str:
    array, *positions = write_arguments(element, compiler, kw)
    return f"({array})" + "".join(f"[{position}]" for position in positions)


@compiles(array_item, "postgresql")
def _array_item_postgresql(element: array_item, compiler: Compiler, **kw: Any) -> str:
    # An array of arrays has two dimensions there, and (a)[1] is no array.
    places: list[str] = []
    array: Any = element
    while isinstance(array, array_item):
        array, *within = array.clauses
        places[:0] = [f"[{compiler.process(place, **kw)}]" for place in within]
    return f"({compiler.process(array, **kw)}){''.join(places)}"


@compiles(sum_over)
def _sum_over(element: sum_over, compiler: Compiler, **kw: Any) -> str:
    count, term = write_arguments(element, compiler, kw)
    return f"list_sum(list_transform(range({count}), lambda {element.counter}: {term}))"


@compiles(sum_over, "postgresql")
def _sum_over_postgresql(element: sum_over, compiler: Compiler, **kw: Any) -> str:
    count, term = write_arguments(element, compiler, kw)
    return f"(SELECT sum({term}) FROM generate_series(0, {count} - 1) AS {element.counter})"


@compiles(array_over)
def _array_over(element: array_over, compiler: Compiler, **kw: Any) -> str:
    count, array = write_arguments(element, compiler, kw)
    return f"list_transform(range({count}), lambda {element.counter}: {array})"


@compiles(array_over, "postgresql")
def _array_over_postgresql(element: array_over, compiler: Compiler, **kw: Any) -> str:
    count, array = write_arguments(element, compiler, kw)
    return f"ARRAY(SELECT {array} FROM generate_series(0, {count} - 1) AS {element.counter})"


@compiles(named)
def _named(element: named, compiler: Compiler, **kw: Any) -> str:
    value, body = write_arguments(element, compiler, kw)
    return f"(SELECT {body} FROM (SELECT {value} AS {element.column}) AS of_{element.column})"


@compiles(named, "postgresql")
def _named_postgresql(element: named, compiler: Compiler, **kw: Any) -> str:
    value, body = write_arguments(element, compiler, kw)
    # OFFSET keeps PostgreSQL from putting the value back in every place of its name.
    inner = f"SELECT {value} AS {element.column} OFFSET 0"
    return f"(SELECT {body} FROM ({inner}) AS of_{element.column})"


@compiles(array_distance)
def _array_distance(element: array_distance, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    return f"list_distance(CAST({a} AS DOUBLE[]), CAST({b} AS DOUBLE[]))"


@compiles(array_distance, "postgresql")
def _array_distance_postgresql(element: array_distance, compiler: Compiler, **kw: Any) -> str:
    a, b = write_arguments(element, compiler, kw)
    square = "(CAST(p AS double precision) - q)"
    return f"(SELECT sqrt(sum({square} * {square})) FROM unnest({a}, {b}) AS pair(p, q))"
