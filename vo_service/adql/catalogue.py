"""The tables that queries may name, found by name."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from vo_service.adql.nodes import Name
from vo_service.errors import UsageError
from vo_service.release.table import Table

UPLOAD_SCHEMA = "tap_upload"


class Catalogue:
    """Published tables by name, and what was probably meant when there is none.

    Parameters
    ----------
    tables : iterable of Table
    authority : str
        Of the identifiers that the service gives, put in the place of {authority} in templates.
    """

    def __init__(self, tables: Iterable[Table], authority: str = ""):
        self.tables = tuple(tables)
        self.authority = authority
        self._by_full: dict[str, Table] = {}
        self._by_short: dict[str, tuple[Table, ...]] = {}
        self._add(self.tables)

    def with_uploads(self, tables: Iterable[Table]) -> "Catalogue":
        """Return a catalogue that knows some more tables, which come with one query.

        Parameters
        ----------
        tables : iterable of Table
            Of the schema TAP_UPLOAD, in any case; names of columns may be anything.
        """
        made = Catalogue((), self.authority)
        uploads = tuple(replace(t, schema=UPLOAD_SCHEMA) for t in tables)
        made.tables = self.tables + uploads
        made._by_full, made._by_short = dict(self._by_full), dict(self._by_short)
        made._add(uploads)
        return made

    def find(self, path: tuple[Name, ...]) -> Table:
        """Return the table of a name, with or without its schema.

        Raises
        ------
        UsageError
            When there is none, or a name without schema fits several.
        """
        text = ".".join(name.text for name in path)
        # Names are the same in any case, unless they are delimited.
        key = ".".join(name.text.lower() for name in path)
        full = self._by_full.get(key)
        candidates = (full,) if full else self._by_short.get(key, ()) if len(path) == 1 else ()
        found = [t for t in candidates if _is_spelt(t, path)]
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(t.full_name for t in found)
            raise UsageError(f"Table '{text}' may be {names}; write its schema", *path[0].place)
        guess = nearest(text, [*self._by_full, *self._by_short])
        meant = next((t.full_name for t in self.tables if t.name.lower() == guess), guess)
        raise UsageError(f"There is no table '{text}'{suggest(meant)}", *path[0].place)

    def _add(self, tables: tuple[Table, ...]) -> None:
        for table in tables:
            name = table.name.lower()
            self._by_full[f"{table.schema.lower()}.{name}"] = table
            self._by_short[name] = (*self._by_short.get(name, ()), table)


def _is_spelt(table: Table, path: tuple[Name, ...]) -> bool:
    """Whether the delimited parts of a name are exactly the table's."""
    parts = (table.schema, table.name)[-len(path) :]
    is_upload = table.schema == UPLOAD_SCHEMA
    return all(
        not name.delimited or name.text == part or (is_upload and part == UPLOAD_SCHEMA)
        for name, part in zip(path, parts, strict=True)
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like another."""
    found = get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def suggest(name: str | None) -> str:
    """Say what was probably meant."""
    return f"; did you mean '{name}'?" if name else ""
