"""Queries to SQLAlchemy: FROM, then SELECT, then what comes behind."""

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.annotate import unique_names
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.expressions import Expressions
from vo_service.adql.grouping import check_grouping
from vo_service.adql.joins import Joins
from vo_service.adql.places import place_of
from vo_service.adql.resolve import Scope
from vo_service.adql.values import Value, renamed
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
        No more rows are fetched, whatever TOP says.

    Raises
    ------
    UsageError
        When a name is unknown or ambiguous, or a type does not fit, with line and column.
    """
    translator = _Translator(catalogue, base_url)
    select, fields = translator.query(query, None)
    if max_rows is not None:
        select = _limited(select, max_rows)
    return Translated(select, fields)


class _Translator:
    """One translation: remembers the named queries of WITH."""

    def __init__(self, catalogue: Catalogue, base_url: str):
        self._catalogue = catalogue
        self._base_url = base_url
        self._named: dict[str, tuple[sa.FromClause, tuple[Field, ...]]] = {}

    def query(self, query: nodes.Query, outer: Scope | None) -> tuple[Any, tuple[Field, ...]]:
        for name, named in query.named:
            select, fields = self.query(named, None)
            self._named[name.text] = (select.cte(sa.quoted_name(name.text, True)), fields)
        if isinstance(query.body, nodes.Select):
            return self._select(query.body, query, outer)
        select, fields = self._body(query.body, outer)
        if query.order_by:
            select = select.order_by(*self._order_outputs(select, fields, query))
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
        (left, fields), (right, others) = (
            self._body(body.left, outer),
            self._body(body.right, outer),
        )
        if len(fields) != len(others):
            counts = f"{len(fields)} and {len(others)} columns"
            raise UsageError(f"{body.operator} joins queries of {counts}; make them equal")
        name = body.operator.lower() + ("_all" if body.keep_all else "")
        combine = getattr(sa, {"except": "except_"}.get(name, name))
        # Each side as a sub-query: precedence, ORDER BY and LIMIT within it are then plain.
        sides = [sa.select(*side.subquery().c) for side in (left, right)]
        whole = combine(*sides).subquery()
        return sa.select(*whole.c), tuple(map(_in_common, fields, others))

    def _select(
        self, select: nodes.Select, query: nodes.Query, outer: Scope | None
    ) -> tuple[sa.Select, tuple[Field, ...]]:
        scope = Scope(self._base_url, outer)
        source = Joins(scope, self._catalogue, self._named, self.query).join(select.sources)
        expressions = Expressions(scope, self.query)
        items = self._items(select, scope, expressions)
        names = unique_names([value.field for _, value in items])
        labels = [
            _output(value).label(sa.quoted_name(n, True))
            for (_, value), n in zip(items, names, strict=True)
        ]
        fields = tuple(replace(v.field, name=n) for (_, v), n in zip(items, names, strict=True))
        made = sa.select(*labels)
        made = made.select_from(source) if source is not None else made
        if select.where is not None:
            made = made.where(_where(expressions, select.where))
        made = self._grouped(made, select, expressions, items)
        made = made.distinct() if select.distinct else made
        for expression, descending in query.order_by:
            key = self._order_key(expression, labels, items, fields, expressions)
            made = made.order_by(_ordered(key, descending))
        made = _offset(made, query.offset)
        return (made.limit(select.top) if select.top is not None else made), _visible(fields)

    def _items(
        self, select: nodes.Select, scope: Scope, expressions: Expressions
    ) -> list[tuple[nodes.Item, Value]]:
        items: list[tuple[nodes.Item, Value]] = []
        for item in select.items:
            if isinstance(item.expression, nodes.Star):
                items += [(item, value) for value in scope.select_star(item.expression.path)]
                continue
            value = expressions.value(item.expression)
            items.append(
                (item, renamed(value, item.alias.text if item.alias else value.field.name))
            )
        return items

    def _grouped(
        self, made: sa.Select, select: nodes.Select, expressions: Expressions, items: list
    ) -> sa.Select:
        by_alias = {item.alias.text: item.expression for item, _ in items if item.alias}
        keys: list[tuple[nodes.Expression, Value]] = []
        for written in select.group_by:
            node = _meant(written, by_alias, expressions)
            keys.append((node, expressions.value(node)))
        having = expressions.condition(select.having) if select.having is not None else None
        check_grouping(keys, items, having, bool(select.group_by))
        made = made.group_by(*(value.sql for _, value in keys)) if keys else made
        return made.having(having.sql) if having is not None else made

    def _order_key(
        self,
        node: nodes.Expression,
        labels: list,
        items: list,
        fields: tuple[Field, ...],
        expressions: Expressions,
    ) -> Any:
        place = _output_place(node, fields, [item for item, _ in items])
        return labels[place] if place is not None else expressions.value(node).sql

    def _order_outputs(self, select: Any, fields: tuple[Field, ...], query: nodes.Query) -> list:
        columns, keys = list(select.selected_columns), []
        for node, descending in query.order_by:
            place = _output_place(node, fields, [])
            if place is None:
                raise UsageError(
                    "Order a set of queries by the name or number of a column", *place_of(node)
                )
            keys.append(_ordered(columns[place], descending))
        return keys


def _meant(
    node: nodes.Expression, by_alias: dict[str, nodes.Expression], expressions: Expressions
) -> nodes.Expression:
    """Return what a GROUP BY means: an alias of SELECT, where no column has the name."""
    if not isinstance(node, nodes.Column) or len(node.path) > 1 or expressions.knows(node):
        return node
    return by_alias.get(node.path[0].text, node)


def _output_place(
    node: nodes.Expression, fields: tuple[Field, ...], items: list[nodes.Item]
) -> int | None:
    """Return which column of the answer an ORDER BY means, or None."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, int):
        if not 1 <= node.value <= len(fields):
            raise UsageError(
                f"ORDER BY {node.value}: the answer has {len(fields)} columns", *node.place
            )
        return node.value - 1
    if isinstance(node, nodes.Column) and len(node.path) == 1:
        names = [f.name for f in fields]
        if node.path[0].text in names:
            return names.index(node.path[0].text)
    expressions = [item.expression for item in items]
    return (
        expressions.index(node)
        if node in expressions and nodes.Star not in map(type, expressions)
        else None
    )


def _output(value: Value) -> sa.ColumnElement:
    """Give an output the type that its Field promises; plain columns have it already."""
    is_column = isinstance(value.sql, sa.Column | sa.sql.elements.ColumnClause)
    field = value.field if value.field.datatype else replace(value.field, datatype="int")
    return value.sql if is_column else sa.cast(value.sql, sql_type(field))


def _visible(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(f if f.datatype else replace(f, datatype="int") for f in fields)


def _in_common(field: Field, other: Field) -> Field:
    """Describe a column of two queries: it has a role only where it has the same in both."""
    return field if field.role == other.role else replace(field, role="")


def _where(expressions: Expressions, node: nodes.Expression) -> sa.ColumnElement:
    condition = expressions.condition(node)
    if condition.is_aggregate:
        raise UsageError("WHERE cannot hold an aggregate; use HAVING", *place_of(node))
    return condition.sql


def _ordered(key: Any, descending: bool) -> Any:
    """Order NULL last in both directions, on every engine."""
    return (sa.desc(key) if descending else sa.asc(key)).nulls_last()


def _offset(select: Any, offset: int | None) -> Any:
    return select.offset(offset) if offset is not None else select


def _limited(select: Any, max_rows: int) -> Any:
    current = getattr(select, "_limit", None)
    return select.limit(max_rows if current is None else min(current, max_rows))
