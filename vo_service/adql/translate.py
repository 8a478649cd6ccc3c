"""Queries to SQLAlchemy: FROM, then SELECT, then what comes behind."""

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.annotate import common_fields, unique_names
from vo_service.adql.bands import has_band, keep_for_last
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.expressions import Expressions
from vo_service.adql.grouping import Grouping
from vo_service.adql.joins import Joins
from vo_service.adql.ordering import Ordering, order_outputs, output, visible
from vo_service.adql.places import place_of
from vo_service.adql.resolve import Scope
from vo_service.adql.values import Value, counted, renamed
from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import sql_type


@dataclass(frozen=True, slots=True)
class Translated:
    """A query bound to the tables of a release.

    Attributes
    ----------
    select : sqlalchemy Select or CompoundSelect
        Literals are bound parameters.
    fields : tuple of Field
        The columns of the answer, in order, their names unique.
    """

    select: Any
    fields: tuple[Field, ...]


def translate(
    query: nodes.Query, catalogue: Catalogue, base_url: str, max_rows: int | None = None
) -> Translated:
    """Bind a query to published tables.

    Parameters
    ----------
    query : Query
    catalogue : Catalogue
    base_url : str
        Put in the place of {base} in links.
    max_rows : int, optional
        No more rows are wanted, whatever TOP says; more may come.

    Raises
    ------
    UsageError
        When a name is unknown or ambiguous, or a type does not fit, with line and column.
    """
    translator = _Translator(catalogue, base_url)
    try:
        select, fields = translator.query(query, None)
    except RecursionError as error:
        raise UsageError("The query nests too deep; simplify it.") from error
    if max_rows is not None:
        select = _limited(select, max_rows)
    return Translated(select, tuple(f if f.datatype else visible(f) for f in fields))


FEW_ROWS = 10_000
"""Up to here a LIMIT costs nothing."""


class _Translator:
    """One translation: remembers the named queries of WITH."""

    def __init__(self, catalogue: Catalogue, base_url: str):
        self._catalogue = catalogue
        self._base_url = base_url
        self._named: dict[str, tuple[sa.FromClause, tuple[Field, ...]]] = {}

    def query(self, query: nodes.Query, outer: Scope | None) -> tuple[Any, tuple[Field, ...]]:
        for name, named in query.named:
            if name.text in self._named:
                raise UsageError(f"WITH names two queries '{name.text}'; rename one", *name.place)
            select, fields = self.query(named, None)
            self._named[name.text] = (select.cte(sa.quoted_name(name.text, True)), fields)
        if isinstance(query.body, nodes.Select):
            return self._select(query.body, query, outer)
        select, fields = self._body(query.body, outer)
        if query.order_by:
            select = select.order_by(*order_outputs(select, fields, query))
        return _offset(select, query.offset), fields

    def _body(self, body: nodes.Body, outer: Scope | None) -> tuple[Any, tuple[Field, ...]]:
        if isinstance(body, nodes.Query):
            return self.query(body, outer)
        if isinstance(body, nodes.SetOperation):
            return self._set_operation(body, outer)
        return self._select(body, nodes.Query(body), outer)

    def _set_operation(
        self, body: nodes.SetOperation, outer: Scope | None
    ) -> tuple[Any, tuple[Field, ...]]:
        left, right = self._body(body.left, outer), self._body(body.right, outer)
        fields = common_fields(left[1], right[1], body)
        name = body.operator.lower() + ("_all" if body.keep_all else "")
        combine = getattr(sa, {"except": "except_"}.get(name, name))
        # Each side as a sub-query: precedence, ORDER BY and LIMIT within it are then plain.
        sides = [_cast_outputs(select, own, fields) for select, own in (left, right)]
        whole = combine(*sides).subquery()
        return sa.select(*whole.c), tuple(map(_in_common, fields, right[1]))

    def _select(
        self, select: nodes.Select, query: nodes.Query, outer: Scope | None
    ) -> tuple[sa.Select, tuple[Field, ...]]:
        scope = Scope(self._base_url, self._catalogue, outer)
        source = Joins(scope, self._catalogue, self._named, self.query).join(select.sources)
        if source is None and outer is not None:
            raise UsageError("A query within another needs FROM", *select.place)
        expressions = Expressions(scope, self.query)
        items = _items(select, scope, expressions)
        names = unique_names([value.field for _, value in items])
        labels = [
            output(value).label(sa.quoted_name(n, True))
            for (_, value), n in zip(items, names, strict=True)
        ]
        fields = tuple(v.field.named(n) for (_, v), n in zip(items, names, strict=True))
        made = sa.select(*labels)
        made = made.select_from(source) if source is not None else made
        if outer is not None:
            made = made.correlate(*outer.sources())
        if select.where is not None:
            made = made.where(_where(scope, expressions, select.where))
        made, grouping = _grouped(made, select, scope, expressions, items)
        made = made.distinct() if select.distinct else made
        ordering = Ordering(expressions, grouping, select.distinct)
        made = made.order_by(*ordering.keys(query, labels, fields, items))
        made = _offset(made, query.offset)
        return (made.limit(select.top) if select.top is not None else made), fields


_Items = list[tuple[nodes.Item, Value]]


def _items(select: nodes.Select, scope: Scope, expressions: Expressions) -> _Items:
    items: _Items = []
    for item in select.items:
        if isinstance(item.expression, nodes.Star):
            star = item.expression
            items += [(item, value) for value in scope.select_star(star.path, star.place)]
            continue
        value = expressions.value(item.expression)
        items.append((item, renamed(value, item.alias.text if item.alias else value.field.name)))
    return items


def _grouped(
    made: sa.Select, select: nodes.Select, scope: Scope, expressions: Expressions, items: _Items
) -> tuple[sa.Select, Grouping | None]:
    """Add GROUP BY and HAVING; there are no groups without either or an aggregate."""
    keys = tuple(_meant(key, select, expressions) for key in select.group_by)
    values = [expressions.value(key) for key in keys]
    for node, value in zip(select.group_by, values, strict=True):
        if value.is_aggregate or value.is_window:
            what = "an aggregate" if value.is_aggregate else "a function over a window"
            raise UsageError(f"GROUP BY cannot hold {what}", *place_of(node))
    made = made.group_by(*(value.sql for value in values)) if values else made
    if not keys and select.having is None and not any(v.is_aggregate for _, v in items):
        return made, None
    grouping = Grouping(scope, expressions, keys)
    for item, _ in items:
        grouping.check(item.expression)
    if select.having is None:
        return made, grouping
    having = expressions.condition(select.having)
    if having.is_window:
        raise UsageError("HAVING cannot hold a function over a window", *place_of(select.having))
    grouping.check(select.having)
    return made.having(having.sql), grouping


def _meant(
    node: nodes.Expression, select: nodes.Select, expressions: Expressions
) -> nodes.Expression:
    """Return what a GROUP BY means: an alias or number of SELECT, where no column has the name."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, int):
        if not 1 <= node.value <= len(select.items):
            found = counted(len(select.items), "column")
            raise UsageError(f"GROUP BY {node.value}: SELECT has {found}", *node.place)
        return select.items[node.value - 1].expression
    if not isinstance(node, nodes.Column) or len(node.path) > 1 or expressions.knows(node):
        return node
    by_alias = {item.alias.text: item.expression for item in select.items if item.alias}
    return by_alias.get(node.path[0].text, node)


def _cast_outputs(select: Any, own: tuple[Field, ...], fields: tuple[Field, ...]) -> sa.Select:
    whole = select.subquery()
    columns = []
    for column, f, g in zip(whole.c, own, fields, strict=True):
        if f.datatype == g.datatype:
            columns.append(column)
            continue
        # A column of nothing but NULL has no type that could be cast.
        value = column if f.datatype else sa.null()
        columns.append(sa.cast(value, sql_type(g)).label(column.name))
    return sa.select(*columns).select_from(whole)


def _in_common(field: Field, other: Field) -> Field:
    """Describe a column of two queries: it has a role only where it has the same in both."""
    return field if field.role == other.role else replace(field, role="")


def _where(scope: Scope, expressions: Expressions, node: nodes.Expression) -> sa.ColumnElement:
    condition = expressions.condition(node)
    if condition.is_aggregate:
        raise UsageError("WHERE cannot hold an aggregate; use HAVING", *place_of(node))
    if condition.is_window:
        raise UsageError(
            "WHERE cannot hold a function over a window; nest a sub-query", *place_of(node)
        )
    is_match = scope.has_band or has_band(condition.sql)
    return keep_for_last(condition.sql) if is_match else condition.sql


def _offset(select: Any, offset: int | None) -> Any:
    return select.offset(offset) if offset is not None else select


def _limited(select: Any, max_rows: int) -> Any:
    """Limit the rows where it spares the engine work: what is sorted, and what TOP limits already.

    Else the rows stream, and whoever takes them stops: DuckDB gathers rows behind a large LIMIT,
    and the first would come late.
    """
    current = getattr(select, "_limit", None)
    if current is not None:
        return select.limit(min(current, max_rows))
    ordered = len(select._order_by_clauses) > 0
    return select.limit(max_rows) if ordered or max_rows < FEW_ROWS else select
