"""The linked table: the same rows in every program, and which object each one is."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pyvo
from astropy.table import Table

from sampclient.errors import LinkError, MessageError
from sampclient.selections import Rows, find_objects, name_rows
from sampclient.service import Service, TableRoles

FACTS = ("name", "ra", "dec", "redshift", "consensus", "access:spectrum")
"""Roles that the link shows or needs; rows that leave them out are given them, and all maps."""

NAMED = 1000
"""So many objects are asked for by name; of more, the facts of all are fetched, which is faster."""


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """Rows and what their columns are for.

    Attributes
    ----------
    table_id : str
        The same for the same rows of the same question to the same service, so that a program that
        has the table already is not given it twice, and one that has older rows is.
    title : str
    rows : Table
    roles : dict
        Column by role, those that are in `rows`.
    is_whole : bool
        Whether they are all objects of the service.
    query : str
        ADQL that gives the rows again; empty when they came otherwise.
    """

    table_id: str
    title: str
    rows: Table
    roles: dict[str, str]
    is_whole: bool = False
    query: str = ""
    _ids: np.ndarray = field(init=False, repr=False)
    _order: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ids = np.asarray(self.rows[self.roles["id"]], np.int64)
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_order", np.argsort(ids, kind="stable"))

    def __len__(self) -> int:
        return len(self.rows)

    def obj_id(self, row: int) -> int:
        """Return the object of a row.

        Raises
        ------
        MessageError
            When the table has no such row.
        """
        return int(self.obj_ids(np.array([row]))[0])

    def obj_ids(self, rows: np.ndarray) -> np.ndarray:
        """Return the objects of rows, int64, as `obj_id` does."""
        outside = rows[(rows < 0) | (rows >= len(self))]
        if outside.size:
            raise MessageError(f"row {outside[0]} is outside the table's {len(self)} rows")
        return self._ids[rows]

    def rows_of(self, obj_ids: Iterable[int]) -> np.ndarray:
        """Return the rows of objects, int64; of an object with several, the first.

        Raises
        ------
        LinkError
            When the table has no such object.
        """
        wanted = np.fromiter((int(i) for i in obj_ids), np.int64)
        if wanted.size == 0:
            return wanted
        place = np.searchsorted(self._ids, wanted, sorter=self._order)
        rows = self._order[np.minimum(place, len(self) - 1)]
        strangers = wanted[self._ids[rows] != wanted]
        if strangers.size:
            raise LinkError(f"There is no object {strangers[0]} in the linked rows ({self.title}).")
        return rows

    def value(self, role: str, row: int) -> object:
        """Return a row's value by its role; None when there is none."""
        column = self.roles.get(role)
        if column is None:
            return None
        value = self.rows[column][row]
        is_null = np.ma.is_masked(value) or (isinstance(value, np.floating) and np.isnan(value))
        return None if is_null else value


def fetch_table(service: Service, wanted: Rows, max_rows: int) -> LinkedTable:
    """Fetch the rows to link.

    Raises
    ------
    LinkError
        When the rows cannot be fetched, are none, or cannot be told apart.
    """
    rows = service.fetch(wanted.query, max_rows)
    linked = link_rows(service, wanted, rows)
    is_whole = wanted.is_whole and len(rows) < max_rows
    return replace(linked, is_whole=is_whole, query=wanted.query)


def link_given(service: Service, given: "Table | pyvo.dal.DALResults") -> LinkedTable:
    """Make rows that the user has fit to be linked, as `link_rows` does.

    Raises
    ------
    LinkError
        When they are no rows, or have no identifiers.
    """
    rows = given.to_table() if isinstance(given, pyvo.dal.DALResults) else given
    if not isinstance(rows, Table):
        raise LinkError(
            f"Cannot show what is of type {type(given).__name__}; give ADQL, a Table or a result "
            "of pyvo."
        )
    question = f"rows with {', '.join(rows.colnames)}"
    objects = find_objects(service)
    ids = rows[objects.columns["id"]].tolist() if objects.columns["id"] in rows.colnames else []
    return link_rows(service, Rows(objects, name_rows(f"{question} {ids}"), question), rows.copy())


def link_rows(service: Service, wanted: Rows, rows: Table) -> LinkedTable:
    """Make rows fit to be linked: add what the programs need and the rows leave out.

    Parameters
    ----------
    service : Service
    wanted : Rows
        What the rows answer; the same question has the same table identifier.
    rows : Table
        With the objects' identifiers, in any order.

    Raises
    ------
    LinkError
        When the rows have no identifiers, or are none.
    """
    objects = wanted.table
    identifier = objects.columns["id"]
    if identifier not in rows.colnames:
        raise LinkError(f"The rows have no column {identifier}; add it to the SELECT.")
    if rows[identifier].dtype.kind not in "iu":
        raise LinkError(
            f"Column {identifier} is of type {rows[identifier].dtype}; give integers of 64 bits, "
            "as other types round it."
        )
    if len(rows) == 0:
        raise LinkError("There are no rows, so there is nothing to link.")
    rows = _map_first(objects, _complete(service, objects, rows), wanted.region)
    rows.meta.clear()
    roles = {role: column for role, column in objects.columns.items() if column in rows.colnames}
    table_id = _table_id(service, wanted, np.asarray(rows[identifier], np.int64))
    return LinkedTable(table_id, wanted.title, rows, roles)


def _map_first(objects: TableRoles, rows: Table, region: str) -> Table:
    """Return the rows with the places on a map in front: TOPCAT plots its first numbers."""
    x, y = (objects.columns.get(f"map:{region}:{axis}") for axis in "xy")
    if not (x in rows.colnames and y in rows.colnames):
        return rows
    first = [objects.columns["id"], x, y]
    return rows[first + [name for name in rows.colnames if name not in first]]


def _complete(service: Service, objects: TableRoles, rows: Table) -> Table:
    """Add what the link needs and the query left out."""
    identifier = objects.columns["id"]
    maps = [column for role, column in objects.columns.items() if role.startswith("map:")]
    wanted = [*(objects.columns[role] for role in FACTS if role in objects.columns), *maps]
    missing = [column for column in wanted if column not in rows.colnames]
    if not missing:
        return rows
    ids = np.asarray(rows[identifier], np.int64)
    query = f"SELECT {', '.join([identifier, *missing])} FROM {objects.name}"
    if len(ids) <= NAMED:
        query += f" WHERE {identifier} IN ({', '.join(map(str, ids.tolist()))})"
    facts = service.fetch(query, 10_000_000)
    facts.sort(identifier)
    known = np.asarray(facts[identifier])
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    if len(known) == 0 or not (known[place] == ids).all():
        raise LinkError(f"Some of the rows are no objects of {objects.name}.")
    for column in missing:
        rows[column] = facts[column][place]
    return rows


def _table_id(service: Service, wanted: Rows, ids: np.ndarray) -> str:
    asked = f"{service.url} {wanted.table.name} {wanted.query}"
    return f"oddsky-{hashlib.sha256(asked.encode() + ids.tobytes()).hexdigest()[:12]}"
