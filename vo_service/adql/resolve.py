"""Which column a name means: the tables of FROM, and those of the queries around."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from vo_service.adql import nodes
from vo_service.adql.catalogue import UPLOAD_SCHEMA, Catalogue, nearest, suggest
from vo_service.adql.nodes import Column, Name
from vo_service.adql.values import Point, Value
from vo_service.errors import UsageError
from vo_service.release import sky
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.release.types import sql_type


@dataclass(eq=False)
class Binding:
    """A table of FROM under the name by which the query knows it.

    Attributes
    ----------
    name : str
        Alias, or the table's own name.
    path : tuple of str
        Names that may stand before a column.
    fields : tuple of Field
    source : FromClause
    table : Table, optional
        The published table, for stored ones.
    """

    name: str
    path: tuple[str, ...]
    fields: tuple[Field, ...]
    source: sa.FromClause
    table: Table | None = None

    @cached_property
    def _exact(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def _folded(self) -> dict[str, list[Field]]:
        folded: dict[str, list[Field]] = {}
        for f in self.fields:
            folded.setdefault(f.name.lower(), []).append(f)
        return folded

    @cached_property
    def _physical(self) -> dict[str, str]:
        return self.table.physical_names if self.table and self.table.physical else {}

    def find(self, name: Name) -> list[Field]:
        """Return the columns that a name may mean; a regular one is of any case."""
        found = self._exact.get(name.text)
        if found is not None:
            return [found]
        return [] if name.delimited else self._folded.get(name.text, [])

    def column(self, field: Field) -> sa.ColumnElement:
        """Return a column; a stored table's is made when it is asked for."""
        if self.table is None:
            return self.source.c[field.name]
        return self.stored(self._physical.get(field.name, field.name), sql_type(field))

    def stored(self, name: str, kind: sa.types.TypeEngine) -> sa.ColumnElement:
        """Return a column of a stored table by its name in the engine."""
        column: sa.ColumnClause = sa.column(sa.quoted_name(name, True), kind)
        column.table = self.source
        return column

    def key(self, field: Field) -> str:
        """Name a column among all of a query."""
        return f"{id(self)}.{field.name}"


@dataclass(slots=True)
class Scope:
    """The bindings of one SELECT, and the scope around a sub-query.

    Attributes
    ----------
    merged : dict
        Columns that USING or NATURAL made one, by name.
    lent : set of str
        Columns that queries within have used.
    has_band : bool
        Whether a join is a cross-match.
    """

    base_url: str
    catalogue: Catalogue
    outer: "Scope | None" = None
    bindings: list[Binding] = field(default_factory=list)
    merged: dict[str, Value] = field(default_factory=dict)
    lent: set[str] = field(default_factory=set)
    has_band: bool = False

    def add(self, binding: Binding, place: tuple[int, int]) -> None:
        """Add a table.

        Raises
        ------
        UsageError
            When its name is taken.
        """
        if any(b.name == binding.name for b in self.bindings):
            raise UsageError(f"Two tables are named '{binding.name}'; give one an alias", *place)
        self.bindings.append(binding)

    def find(self, column: Column) -> Value:
        """Return the column that a name means.

        Raises
        ------
        UsageError
            When there is none, or several.
        """
        found = self.find_or_none(column)
        if found is None:
            raise self._unknown(column)
        return found

    def find_or_none(self, column: Column) -> Value | None:
        """Return the column that a name means here or around, or None."""
        found = self._find_here(column)
        if found is None and self.outer is not None:
            found = self.outer.find_or_none(column)
            if found is not None:
                self.outer.lent |= found.columns
        return found

    def select_star(self, path: tuple[Name, ...], place: tuple[int, int]) -> list[Value]:
        """Return the columns that a star means.

        Raises
        ------
        UsageError
            When no table has the name before it.
        """
        wanted = [b for b in self.bindings if not path or _matches(b, path)]
        if not wanted:
            if not path:
                raise UsageError("* needs a table; write FROM", *place)
            text = ".".join(n.text for n in path)
            guess = suggest(nearest(text, [b.name for b in self.bindings]))
            raise UsageError(f"There is no table '{text}' in FROM{guess}", *path[0].place)
        values = [self.value(b, f) for b in wanted for f in b.fields]
        if path or not self.merged:
            return values
        rest = [v for v in values if v.field.name not in self.merged]
        return [*self.merged.values(), *rest]

    def value(self, binding: Binding, column: Field) -> Value:
        """Return a column of a table; a template is expanded with the service's base URL."""
        key = frozenset({binding.key(column)})
        if not column.template or binding.table is None:
            return Value(binding.column(column), column, key)
        return Value(self._expand(binding, column), replace(column, template=""), key)

    def sky_point(self, lon: Value, lat: Value) -> Point:
        """Make a point, with index and vector when both coordinates are one table's position."""
        for b in self._all_bindings():
            if b.table is None or not b.table.has_sky or b.table.schema == UPLOAD_SCHEMA:
                continue
            ra, dec = b.table.by_role("ra"), b.table.by_role("dec")
            assert ra is not None and dec is not None, "has_sky says so"
            same_fields = (lon.field, lat.field) == (ra, dec)
            if same_fields and lon.columns == {b.key(ra)} and lat.columns == {b.key(dec)}:
                vector = tuple(b.stored(n, sa.Double()) for n in (sky.X, sky.Y, sky.Z))
                return Point(lon, lat, vector, b.stored(sky.INDEX, sa.BigInteger()))
        return Point(lon, lat)

    def own(self, columns: frozenset[str]) -> frozenset[str]:
        """Return those of some columns that are of this SELECT, not of one around it."""
        prefixes = tuple(f"{id(b)}." for b in self.bindings)
        return frozenset(c for c in columns if c.startswith(prefixes))

    def sources(self) -> list[sa.FromClause]:
        """Return the tables that a query within may use: of this SELECT and of those around."""
        return [b.source for b in self._all_bindings()]

    def _all_bindings(self) -> list[Binding]:
        return self.bindings + (self.outer._all_bindings() if self.outer else [])

    def _find_here(self, column: Column) -> Value | None:
        *qualifier, name = column.path
        if not qualifier and name.text in self.merged:
            return self.merged[name.text]
        tables = [b for b in self.bindings if not qualifier or _matches(b, tuple(qualifier))]
        found = [(b, f) for b in tables for f in b.find(name)]
        if len(found) > 1:
            names = " and ".join(f"{b.name}.{f.name}" for b, f in found[:3])
            one = len({b.name for b, _ in found}) == 1
            do = "write it in double quotes" if one else "write its table"
            raise UsageError(f"Column '{name.text}' may be {names}; {do}", *name.place)
        return self.value(*found[0]) if found else None

    def _unknown(self, column: Column) -> UsageError:
        *qualifier, name = column.path
        if qualifier and not any(_matches(b, tuple(qualifier)) for b in self._all_bindings()):
            text = ".".join(n.text for n in qualifier)
            guess = nearest(text, [b.name for b in self._all_bindings()])
            return UsageError(f"There is no table '{text}' in FROM{suggest(guess)}", *column.place)
        tables = [b for b in self._all_bindings() if not qualifier or _matches(b, tuple(qualifier))]
        guess = nearest(name.text, [f.name for b in tables for f in b.fields])
        where = f" in {tables[0].name}" if len(tables) == 1 else ""
        return UsageError(f"There is no column '{name.text}'{where}{suggest(guess)}", *name.place)

    def _expand(self, binding: Binding, column: Field) -> sa.ColumnElement:
        """Join the pieces of a template; NULL where a column in it is NULL."""
        known = {f.name: f for f in binding.fields}
        ours = {"base": self.base_url, "authority": self.catalogue.authority}
        pieces: list[sa.ColumnElement] = []
        for i, text in enumerate(column.template.replace("}", "{").split("{")):
            if i % 2 == 0 or text in ours:
                pieces.append(sa.literal(ours[text] if i % 2 else text, sa.String))
            else:
                pieces.append(sa.cast(binding.column(known[text]), sa.String))
        whole = pieces[0]
        for piece in pieces[1:]:
            whole = whole.op("||")(piece)
        return whole


QueryTranslator = Callable[[nodes.Query, Scope | None], tuple[Any, tuple[Field, ...]]]
"""Translates a sub-query within the scope around it."""


def bind_table(table: Table, alias: Name | None) -> Binding:
    """Bind a published table or an upload."""
    schema = sa.quoted_name(table.schema, True)
    # Without columns: a query uses few of a hundred, and makes those itself.
    source = sa.table(sa.quoted_name(table.name, True), schema=schema)
    name = alias.text if alias else table.name
    path = (name,) if alias else (table.schema, table.name)
    return Binding(name, path, table.fields, source.alias(sa.quoted_name(name, True)), table)


def _matches(binding: Binding, path: tuple[Name, ...]) -> bool:
    """Whether names before a column mean a table; delimited ones are exact."""
    own = binding.path[-len(path) :]
    return len(own) == len(path) and all(
        part == name.text or (not name.delimited and part.lower() == name.text)
        for part, name in zip(own, path, strict=True)
    )
