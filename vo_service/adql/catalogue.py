"""The tables that queries may name, found by name."""

from collections.abc import Iterable
from difflib import get_close_matches

from vo_service.adql.nodes import Name
from vo_service.errors import UsageError
from vo_service.release.table import Table


class Catalogue:
    """Published tables by name, and what was probably meant when there is none.

    Parameters
    ----------
    tables : iterable of Table
    """

    def __init__(self, tables: Iterable[Table]):
        self.tables = tuple(tables)
        self._by_full = {t.full_name: t for t in self.tables}
        self._by_short: dict[str, list[Table]] = {}
        for table in self.tables:
            self._by_short.setdefault(table.name, []).append(table)

    def with_uploads(self, tables: Iterable[Table]) -> "Catalogue":
        """Return a catalogue that knows uploaded tables too."""
        added = tuple(tables)
        return Catalogue((*self.tables, *added)) if added else self

    def find(self, path: tuple[Name, ...]) -> Table:
        """Return the table of a name, with or without its schema.

        Raises
        ------
        UsageError
            When there is none, or a name without schema fits several.
        """
        text = ".".join(name.text for name in path)
        if text in self._by_full:
            return self._by_full[text]
        candidates = self._by_short.get(text, []) if len(path) == 1 else []
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = " and ".join(t.full_name for t in candidates)
            raise UsageError(f"Table '{text}' may be {names}; write its schema", *path[0].place)
        guess = nearest(text, [*self._by_full, *self._by_short])
        full = next((t.full_name for t in self.tables if t.name == guess), guess)
        raise UsageError(f"There is no table '{text}'{suggest(full)}", *path[0].place)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like another."""
    found = get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def suggest(name: str | None) -> str:
    """Say what was probably meant."""
    return f"; did you mean '{name}'?" if name else ""
