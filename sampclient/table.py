"""The linked table: the same rows in every program, and which object each one is."""

import hashlib
from dataclasses import dataclass

import numpy as np
from astropy.table import Table

from sampclient.errors import LinkError, MessageError
from sampclient.service import Service, TableRoles

FACTS = ("name", "ra", "dec", "redshift", "consensus", "access:spectrum")
"""Roles that the link shows or needs; a query that leaves them out is given them."""


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """Rows and what their columns are for.

    Attributes
    ----------
    table_id : str
        The same for the same question to the same service, so that a program that has the table
        already is not given it twice.
    title : str
    rows : Table
    roles : dict
        Column by role, those that are in `rows`.
    """

    table_id: str
    title: str
    rows: Table
    roles: dict[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    def obj_id(self, row: int) -> int:
        """Return the object of a row.

        Raises
        ------
        MessageError
            When the table has no such row.
        """
        if not 0 <= row < len(self.rows):
            raise MessageError(f"row {row} is outside the table's {len(self.rows)} rows")
        return int(self.rows[self.roles["id"]][row])

    def obj_ids(self, rows: tuple[int, ...]) -> list[int]:
        """Return the objects of rows, as `obj_id` does."""
        return [self.obj_id(row) for row in rows]

    def value(self, role: str, row: int) -> object:
        """Return a row's value by its role; None when there is none."""
        column = self.roles.get(role)
        if column is None:
            return None
        value = self.rows[column][row]
        is_null = np.ma.is_masked(value) or (isinstance(value, np.floating) and np.isnan(value))
        return None if is_null else value


def fetch_table(service: Service, name: str, query: str, max_rows: int) -> LinkedTable:
    """Fetch the rows to link.

    Parameters
    ----------
    service : Service
    name : str
        Table to link whole; empty for the first that has identifiers and positions.
    query : str
        ADQL whose rows are linked instead; empty for none.
    max_rows : int

    Raises
    ------
    LinkError
        When there is no such table, or the rows cannot be told apart.
    """
    objects = _choose(service.list_tables(), name)
    rows = service.fetch(query or f"SELECT * FROM {objects.name}", max_rows)
    identifier = objects.columns["id"]
    if identifier not in rows.colnames:
        raise LinkError(f"The query's rows have no column {identifier}; add it to the SELECT.")
    if len(rows) == 0:
        raise LinkError("The query gives no rows; there is nothing to link.")
    rows = _complete(service, objects, rows)
    rows.meta.clear()
    roles = {role: column for role, column in objects.columns.items() if column in rows.colnames}
    title = "oddsky query" if query else objects.name
    return LinkedTable(_table_id(service, objects, query), title, rows, roles)


def _choose(tables: dict[str, TableRoles], name: str) -> TableRoles:
    linkable = {n: t for n, t in tables.items() if t.is_linkable}
    if not linkable:
        raise LinkError("The service has no table with identifiers and positions to link.")
    if name and name not in linkable:
        raise LinkError(f"Cannot link table '{name}'; the service offers {', '.join(linkable)}.")
    return linkable[name] if name else next(iter(linkable.values()))


def _complete(service: Service, objects: TableRoles, rows: Table) -> Table:
    """Add what the link needs and the query left out."""
    identifier = objects.columns["id"]
    wanted = [objects.columns[role] for role in FACTS if role in objects.columns]
    missing = [column for column in wanted if column not in rows.colnames]
    if not missing:
        return rows
    columns = ", ".join([identifier, *missing])
    facts = service.fetch(f"SELECT {columns} FROM {objects.name}", 10_000_000)
    facts.sort(identifier)
    ids, known = np.asarray(rows[identifier]), np.asarray(facts[identifier])
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    if not (known[place] == ids).all():
        raise LinkError(f"Some rows of the query are no objects of {objects.name}.")
    for column in missing:
        rows[column] = facts[column][place]
    return rows


def _table_id(service: Service, objects: TableRoles, query: str) -> str:
    digest = hashlib.sha256(f"{service.url} {objects.name} {query}".encode()).hexdigest()
    return f"oddsky-{digest[:12]}"
