"""Where in the text an expression stands."""

from typing import Any

from vo_service.adql import nodes


def place_of(node: Any) -> nodes.Place:
    """Return where an expression begins, as well as it is known."""
    if hasattr(node, "place"):
        return node.place
    for name in ("value", "left", "operand", "query", "body"):
        if getattr(node, name, None) is not None:
            return place_of(getattr(node, name))
    operands = getattr(node, "operands", None)
    return place_of(operands[0]) if operands else (1, 1)
