"""FROM: tables, sub-queries and joins, bound into a scope."""

from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.expressions import Expressions
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
        names = [n.text for n in node.using]
        if node.natural:
            names = [
                f.name for b in left_bindings for f in b.fields if _has(right_bindings, f.name)
            ]
        if names:
            condition = sa.and_(
                *(self._merge(n, left_bindings, right_bindings, node.kind) for n in names)
            )
        elif node.on is not None:
            condition = Expressions(self._scope, self._query).condition(node.on).sql
        elif node.natural:
            condition = sa.true()
        else:
            raise UsageError("A JOIN needs ON, USING or NATURAL")
        whole = {
            "INNER": lambda: left.join(right, condition),
            "LEFT": lambda: left.outerjoin(right, condition),
            "RIGHT": lambda: right.outerjoin(left, condition),
            "FULL": lambda: left.outerjoin(right, condition, full=True),
        }[node.kind]()
        return whole, left_bindings + right_bindings

    def _merge(
        self, name: str, left: list[Binding], right: list[Binding], kind: str
    ) -> sa.ColumnElement:
        """Make one column of two that are equal (SQL-92, section 7.5)."""
        a, b = self._column(name, left), self._column(name, right)
        merged = self._scope.merged.get(name, a)
        sql = {"RIGHT": b.sql, "FULL": sa.func.coalesce(merged.sql, b.sql)}.get(kind, merged.sql)
        whole = Value(sql, a.field, a.columns | b.columns)
        self._scope.merged[name] = renamed(whole, name)
        return merged.sql == b.sql

    def _column(self, name: str, bindings: list[Binding]) -> Value:
        for binding in bindings:
            for field in binding.fields:
                if field.name == name:
                    return self._scope.value(binding, field)
        raise UsageError(f"USING needs a column '{name}' on both sides")


def _has(bindings: list[Binding], name: str) -> bool:
    return any(f.name == name for b in bindings for f in b.fields)
