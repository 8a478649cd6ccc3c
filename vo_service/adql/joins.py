"""FROM: tables, sub-queries and joins, bound into a scope."""

from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.bands import has_band, keep_for_last
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.conditions import require_comparable
from vo_service.adql.expressions import Expressions
from vo_service.adql.places import place_of
from vo_service.adql.resolve import Binding, QueryTranslator, Scope, bind_table
from vo_service.adql.values import Value, renamed
from vo_service.errors import UsageError
from vo_service.release.field import Field


class Joins:
    """Bind the FROM of one SELECT.

    Parameters
    ----------
    scope : Scope
        Filled with the tables.
    catalogue : Catalogue
    named : dict
        Queries of WITH by name.
    translate_query : callable
        For derived tables.
    """

    def __init__(
        self,
        scope: Scope,
        catalogue: Catalogue,
        named: dict[str, tuple[sa.FromClause, tuple[Field, ...]]],
        translate_query: QueryTranslator,
    ):
        self._scope = scope
        self._catalogue = catalogue
        self._named = named
        self._query = translate_query

    def join(self, sources: tuple[nodes.Reference, ...]) -> Any:
        """Return all of FROM as one clause; None without any."""
        clause = None
        for source in sources:
            bound, _ = self._reference(source)
            clause = bound if clause is None else clause.join(bound, sa.true())
        return clause

    def _reference(self, node: nodes.Reference) -> tuple[Any, list[Binding]]:
        if isinstance(node, nodes.Join):
            return self._join(node)
        binding = self._derived(node) if isinstance(node, nodes.DerivedTable) else self._table(node)
        place = node.alias.place if isinstance(node, nodes.DerivedTable) else node.path[0].place
        self._scope.add(binding, place)
        return binding.source, [binding]

    def _table(self, node: nodes.TableName) -> Binding:
        if len(node.path) == 1 and node.path[0].text in self._named:
            source, fields = self._named[node.path[0].text]
            alias = sa.quoted_name(node.alias.text, True) if node.alias else None
            name = alias or node.path[0].text
            return Binding(name, (name,), fields, source.alias(alias) if alias else source)
        return bind_table(self._catalogue.find(node.path), node.alias)

    def _derived(self, node: nodes.DerivedTable) -> Binding:
        select, fields = self._query(node.query, None)
        name = node.alias.text
        return Binding(name, (name,), fields, select.subquery(sa.quoted_name(name, True)))

    def _join(self, node: nodes.Join) -> tuple[Any, list[Binding]]:
        left, left_bindings = self._reference(node.left)
        right, right_bindings = self._reference(node.right)
        names = list(node.using)
        if node.natural:
            names = _common(left_bindings, right_bindings)
        if names:
            condition = sa.and_(
                *(self._merge(n, left_bindings, right_bindings, node) for n in names)
            )
        elif node.on is not None:
            condition = self._on(node.on)
        elif node.natural:
            condition = sa.true()
        else:
            raise UsageError("A JOIN needs ON, USING or NATURAL", *node.place)
        whole = {
            "INNER": lambda: left.join(right, condition),
            "LEFT": lambda: left.outerjoin(right, condition),
            "RIGHT": lambda: right.outerjoin(left, condition),
            "FULL": lambda: left.outerjoin(right, condition, full=True),
        }[node.kind]()
        return whole, left_bindings + right_bindings

    def _on(self, node: nodes.Expression) -> sa.ColumnElement:
        condition = Expressions(self._scope, self._query).condition(node)
        if condition.is_aggregate or condition.is_window:
            raise UsageError("ON cannot hold an aggregate or a window", *place_of(node))
        if not has_band(condition.sql):
            return condition.sql
        self._scope.has_band = True
        return keep_for_last(condition.sql)

    def _merge(
        self, name: nodes.Name, left: list[Binding], right: list[Binding], node: nodes.Join
    ) -> sa.ColumnElement:
        """Make one column of two that are equal (SQL-92, section 7.5)."""
        a, b = self._column(name, left), self._column(name, right)
        require_comparable(a, b, name.place)
        merged = self._scope.merged.get(a.field.name, a)
        sql = {"RIGHT": b.sql, "FULL": sa.func.coalesce(merged.sql, b.sql)}.get(
            node.kind, merged.sql
        )
        whole = Value(sql, a.field, a.columns | b.columns)
        self._scope.merged[a.field.name] = renamed(whole, a.field.name)
        return merged.sql == b.sql

    def _column(self, name: nodes.Name, bindings: list[Binding]) -> Value:
        found = [(b, f) for b in bindings for f in b.find(name)]
        if found:
            return self._scope.value(*found[0])
        raise UsageError(f"USING needs a column '{name.text}' on both sides", *name.place)


def _common(left: list[Binding], right: list[Binding]) -> list[nodes.Name]:
    """Return the names that columns of both sides have; the same name counts once."""
    theirs = {f.name for b in right for f in b.fields}
    return [
        nodes.Name(name, True)
        for name in dict.fromkeys(f.name for b in left for f in b.fields)
        if name in theirs
    ]
