"""Cross-matches beside other comparisons of two tables.

An engine that joins in order does so by two comparisons, and takes the first it finds: beside
the band of a cross-match, `a.id < b.id` would make it look at half of all pairs.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.operators import and_, custom_op

from vo_service.adql.geometry.elements import in_band

ORDERS = ("<", "<=", ">", ">=")


def has_band(condition: sa.ColumnElement) -> bool:
    """Say whether a cross-match must hold where a condition does."""
    return any(isinstance(clause, in_band) for clause in _parts(condition))


def keep_for_last(condition: sa.ColumnElement) -> sa.ColumnElement:
    """Write the other comparisons of two tables so that an engine does not join by them."""
    parts = [sa.func.coalesce(p, sa.false()) if _joins(p) else p for p in _parts(condition)]
    return sa.and_(*parts)


def _parts(condition: Any) -> list[Any]:
    """Return what must hold all together."""
    if isinstance(condition, Grouping):
        condition = condition.element
    if getattr(condition, "operator", None) is not and_:
        return [condition]
    return [part for clause in condition.clauses for part in _parts(clause)]


def _joins(condition: Any) -> bool:
    operator = getattr(condition, "operator", None)
    if not isinstance(operator, custom_op) or operator.opstring not in ORDERS:
        return False
    sides = (condition.left._from_objects, condition.right._from_objects)
    return all(sides) and set(sides[0]) != set(sides[1])
