"""Other links on the hub: who gives a table to the programs when several have the same.

Each link says which tables it has and since when. The oldest that has a table gives it, and passes
spectra on; the others watch, and the next takes over when it goes.
"""

from collections.abc import Mapping
from typing import Any

SINCE = "oddsky.link.since"
TABLES = "oddsky.link.tables"


class Peers:
    """The other links.

    Parameters
    ----------
    since : int
        When this link began [ns]: the elder leads.
    """

    def __init__(self, since: int):
        self._since = since
        self._others: dict[str, tuple[int, frozenset[str]]] = {}

    def describe(self, table_ids: list[str]) -> dict[str, str]:
        """Return what to say of ourselves on the hub."""
        return {SINCE: str(self._since), TABLES: " ".join(table_ids)}

    def hear(self, client_id: str, about: Mapping[str, Any]) -> None:
        """Take note of what a program says of itself, if it is a link."""
        since, tables = about.get(SINCE), about.get(TABLES)
        if isinstance(since, str) and since.isdecimal() and isinstance(tables, str):
            self._others[client_id] = int(since[:20]), frozenset(tables.split())

    def leave(self, client_id: str) -> bool:
        """Forget a program; return whether it was a link."""
        return self._others.pop(client_id, None) is not None

    def clear(self) -> None:
        """Forget all: a new hub numbers its programs anew."""
        self._others.clear()

    def leads(self, table_id: str) -> bool:
        """Return whether it is on this link to give a table and pass on its spectra."""
        others = list(self._others.values())  # another thread may hear of one more
        return not any(since < self._since and table_id in tables for since, tables in others)
