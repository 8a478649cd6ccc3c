"""What may stand beside an aggregate."""

from vo_service.adql import nodes
from vo_service.adql.places import place_of
from vo_service.adql.values import Condition, Value
from vo_service.errors import UsageError


def check_grouping(
    keys: list[tuple[nodes.Expression, Value]],
    items: list[tuple[nodes.Item, Value]],
    having: Condition | None,
    is_grouped: bool,
) -> None:
    """Refuse columns that have no single value in a group.

    Parameters
    ----------
    keys : list of (Expression, Value)
        Of GROUP BY.
    items : list of (Item, Value)
        Of SELECT.
    having : Condition, optional
    is_grouped : bool
        Whether there is a GROUP BY.

    Raises
    ------
    UsageError
        Naming the column and what to do.
    """
    for node, value in keys:
        if value.is_aggregate:
            raise UsageError("GROUP BY cannot hold an aggregate", *place_of(node))
    if not is_grouped and having is None and not any(v.is_aggregate for _, v in items):
        return
    grouped = frozenset().union(*(value.columns for _, value in keys))
    nodes_of_keys = [node for node, _ in keys]
    for item, value in items:
        if item.expression in nodes_of_keys or value.columns <= grouped:
            continue
        raise UsageError(
            f"'{value.field.name}' has no single value in a group; "
            "put it into GROUP BY or into an aggregate",
            *place_of(item.expression),
        )
