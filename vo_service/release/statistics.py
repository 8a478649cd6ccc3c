"""What is known of the values of a column: limits, share of nulls, number of different values.

Measured once, when a table is written; TAP_SCHEMA.columns tells them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from vo_service.release.field import Field

NUMBERS = frozenset({"unsignedByte", "short", "int", "long", "float", "double"})


@dataclass(frozen=True, slots=True)
class Statistics:
    """The values of one column.

    Attributes
    ----------
    min_value, max_value : float, optional
        Of a scalar number, in the column's unit; None for other types, and where all are null.
    null_fraction : float, optional
        Rows without a value over all rows; None where there are no rows.
    n_distinct : int, optional
        Number of different values, to a few per cent; None for arrays, and where the rows lie in
        several parts.
    """

    min_value: float | None = None
    max_value: float | None = None
    null_fraction: float | None = None
    n_distinct: int | None = None


def measure(
    db: duckdb.DuckDBPyConnection, source: str, columns: Mapping[str, Field]
) -> tuple[Statistics, ...]:
    """Measure the columns of a table that has been written, by one aggregate.

    Parameters
    ----------
    db : DuckDBPyConnection
    source : str
        The table, as the engine names it.
    columns : mapping of str to Field
        By their names in the engine.

    Returns
    -------
    tuple of Statistics
        In the order of the columns.
    """
    asked = [part for name, field in columns.items() for part in _aggregates(field, name)]
    query = f"SELECT {', '.join(['count(*)', *asked])} FROM {source}"
    rows, *told = db.sql(query).fetchall()[0]
    return tuple(_read(rows, *told[i : i + 4]) for i in range(0, len(told), 4))


def merge(
    first: tuple[Statistics, ...], rows: int, second: tuple[Statistics, ...], more_rows: int
) -> tuple[Statistics, ...]:
    """Put the statistics of the same table in two parts together.

    Parameters
    ----------
    first, second : tuple of Statistics
        Empty where a part does not know.
    rows, more_rows : int
        Of the table in either part.
    """
    if not (rows and more_rows):
        return first if rows else second
    pairs = zip(first, second, strict=True) if first and second else ()
    return tuple(_merge(a, rows, b, more_rows) for a, b in pairs)


def _aggregates(field: Field, name: str) -> tuple[str, str, str, str]:
    scalar = not field.is_array
    number = scalar and field.datatype in NUMBERS
    return (
        f'min("{name}")::DOUBLE' if number else "NULL",
        f'max("{name}")::DOUBLE' if number else "NULL",
        f'count("{name}")',
        f'approx_count_distinct("{name}")' if scalar else "NULL",
    )


def _read(rows: int, low: Any, high: Any, present: int, distinct: int | None) -> Statistics:
    if not rows:
        return Statistics()
    # The estimate of the engine may exceed what is possible.
    bounded = None if distinct is None else min(distinct, present)
    return Statistics(low, high, 1 - present / rows, bounded)


def _merge(a: Statistics, rows: int, b: Statistics, more_rows: int) -> Statistics:
    lows = [v for v in (a.min_value, b.min_value) if v is not None]
    highs = [v for v in (a.max_value, b.max_value) if v is not None]
    whole = Statistics(min(lows, default=None), max(highs, default=None))
    if a.null_fraction is None or b.null_fraction is None:
        return whole
    nulls = a.null_fraction * rows + b.null_fraction * more_rows
    return replace(whole, null_fraction=nulls / (rows + more_rows))
