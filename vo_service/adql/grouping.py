"""What may stand beside an aggregate."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from vo_service.adql import nodes
from vo_service.adql.aggregates import AGGREGATES
from vo_service.adql.expressions import Expressions
from vo_service.adql.places import place_of
from vo_service.adql.resolve import Scope
from vo_service.errors import UsageError

_AGGREGATES = {*AGGREGATES, "IVO_STRING_AGG", "IVO_HISTOGRAM"}
_Leaf = nodes.Column | nodes.Star | nodes.Query


class Grouping:
    """The groups of one SELECT.

    Parameters
    ----------
    scope : Scope
    expressions : Expressions
    keys : tuple of Expression
        Of GROUP BY.
    """

    def __init__(self, scope: Scope, expressions: Expressions, keys: tuple[nodes.Expression, ...]):
        self._scope = scope
        self._expressions = expressions
        self._keys = keys
        plain = [expressions.value(k) for k in keys if isinstance(k, nodes.Column)]
        self._columns = frozenset().union(*(v.columns for v in plain))

    def check(self, node: nodes.Expression) -> None:
        """Refuse an expression with a column that has no single value in a group.

        Raises
        ------
        UsageError
            Naming the column and what to do.
        """
        for leaf in self._leaves(node):
            loose = self._scope.own(self._used(leaf)) - self._columns
            if loose:
                name = min(loose).split(".", 1)[1]
                place = leaf.place if not isinstance(leaf, nodes.Query) else place_of(leaf)
                raise UsageError(
                    f"'{name}' has no single value in a group; "
                    "put it into GROUP BY or into an aggregate",
                    *place,
                )

    def _used(self, leaf: _Leaf) -> frozenset[str]:
        if isinstance(leaf, nodes.Column):
            return self._expressions.value(leaf).columns
        if isinstance(leaf, nodes.Query):
            return self._expressions.query(leaf).columns
        values = self._scope.select_star(leaf.path, leaf.place)
        return frozenset().union(*(v.columns for v in values))

    def _leaves(self, node: Any) -> Iterator[_Leaf]:
        """Yield what uses columns outside aggregates and keys."""
        if node in self._keys:
            return
        if isinstance(node, nodes.Window):
            # What a window orders by is a plain expression of the group.
            for part in (*node.call.arguments, *node.partition, *(o for o, _ in node.order)):
                yield from self._leaves(part)
        elif isinstance(node, _Leaf):
            yield node
        elif isinstance(node, tuple):
            for part in node:
                yield from self._leaves(part)
        elif is_dataclass(node) and not (isinstance(node, nodes.Call) and node.name in _AGGREGATES):
            for f in fields(node):
                yield from self._leaves(getattr(node, f.name))
