"""Other links on the hub: who gives a table to the programs when several have the same.

Each link says which tables it has, how to ask for them, and since when it runs. The oldest that has
a table gives it, and passes spectra on; the others watch, and the next takes over when it goes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sampclient.table import LinkedTable

SINCE = "oddsky.link.since"
TABLES = "oddsky.link.tables"


@dataclass(frozen=True, slots=True)
class Shown:
    """A table that another link shows, and the ADQL that gives its rows; empty when none does."""

    table_id: str
    title: str
    query: str


class Peers:
    """The other links.

    Parameters
    ----------
    since : int
        When this link began [ns]: the elder leads.
    """

    def __init__(self, since: int):
        self._since = since
        self._others: dict[str, tuple[int, dict[str, Shown]]] = {}

    def describe(self, tables: Iterable[LinkedTable]) -> dict[str, str]:
        """Return what to say of ourselves on the hub."""
        shown = [[t.table_id, t.title, t.query] for t in tables]
        return {SINCE: str(self._since), TABLES: json.dumps(shown)}

    def hear(self, client_id: str, about: Mapping[str, Any]) -> None:
        """Take note of what a program says of itself, if it is a link."""
        try:
            since, tables = int(about[SINCE]), json.loads(about[TABLES])
            shown = [Shown(*map(str, table)) for table in tables]
        except (KeyError, TypeError, ValueError, RecursionError):
            return
        self._others[client_id] = since, {table.table_id: table for table in shown}

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

    def shown(self) -> list[Shown]:
        """Return what the other links show, the eldest first."""
        others = sorted(self._others.values(), key=lambda other: other[0])
        return [table for _, tables in others for table in tables.values()]
