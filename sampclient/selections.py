"""The rows that can be linked, as ADQL: the one place where the link's questions are written.

Tables and columns are found by their roles (the column `role` of TAP_SCHEMA.columns), so that
they may be called as they like.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sampclient.errors import LinkError
from sampclient.service import Service, TableRoles

DEFAULT_TOP = 200
WHOLE = "whole"
"""The map by which a list is ordered that is of no region."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A selection of objects.

    Attributes
    ----------
    table : TableRoles
        The table whose objects they are.
    title : str
        What the programs call the rows.
    query : str
        ADQL; its rows have the objects' identifiers.
    region : str
        The map that programs are to show first; empty for the table's first.
    is_whole : bool
        Whether it is the table as it stands.
    """

    table: TableRoles
    title: str
    query: str
    region: str = ""
    is_whole: bool = False


def select_table(service: Service, name: str = "") -> Rows:
    """Select a table as it stands; without a name the first that has places on the sky."""
    table = find_objects(service, name)
    return Rows(table, table.name, f"SELECT * FROM {table.name}", is_whole=True)


def select_query(service: Service, query: str) -> Rows:
    """Select the rows of a query."""
    return Rows(find_objects(service), name_rows(query), query)


def name_rows(question: str) -> str:
    """Return a title for the rows of a question: another one for each, as programs show several."""
    return f"oddsky rows {hashlib.sha256(question.encode()).hexdigest()[:4]}"


def select_strangest(service: Service, detector: str, top: int) -> Rows:
    """Select the top list of a detector or of a region.

    The list is ordered along the x axis of a map: of the region's, or else of the whole spectrum's.
    Neighbours on a map have similar spectra, so that neighbours in the list look alike.

    Raises
    ------
    LinkError
        When there is no such list; the sentence names those that are.
    """
    objects = find_objects(service)
    title = f"strangest {top} by {detector}"
    rank = next((objects.columns[k] for k in _ranks(detector) if k in objects.columns), None)
    if rank is not None:
        region = detector if f"map:{detector}:x" in objects.columns else WHOLE
        query = f"SELECT o.*\nFROM {objects.name} AS o\nWHERE o.{rank} <= {top}"
        return Rows(objects, title, query + _order(objects, region), region)
    scores = _having(service, "detector", "score_rank", "id")
    detectors = _known(service, scores, "detector")
    if detector not in detectors:
        names = sorted(
            {*detectors, *objects.names("rank:"), *objects.names("oddness:"), "consensus"}
        )
        raise LinkError(f"There is no detector '{detector}'; the service has {', '.join(names)}.")
    s = scores.columns
    query = (
        f"SELECT o.*, s.{s['score_rank']}\nFROM {scores.name} AS s\n"
        f"JOIN {objects.name} AS o ON o.{objects.columns['id']} = s.{s['id']}\n"
        f"WHERE s.{s['detector']} = '{detector}' AND s.{s['score_rank']} <= {top}"
    )
    return Rows(objects, title, query + _order(objects, WHOLE), WHOLE)


def select_similar(service: Service, obj_id: int, region: str, top: int) -> Rows:
    """Select an object and its neighbours in a region, the most similar first.

    Raises
    ------
    LinkError
        When there is no such region or object.
    """
    objects = find_objects(service)
    neighbours = _having(service, "id", "region", "neighbour_rank", "neighbour")
    _check_region(service, neighbours, region)
    n, identifier = neighbours.columns, objects.columns["id"]
    named = f"SELECT {identifier} FROM {objects.name} WHERE {identifier} = {obj_id}"
    if len(service.ask(named)) == 0:
        raise LinkError(f"There is no object {obj_id} at {service.url}; name it by its obj_id.")
    query = (
        f"SELECT o.*, COALESCE(n.{n['neighbour_rank']}, 0) AS similarity_rank\n"
        f"FROM {objects.name} AS o\n"
        f"LEFT JOIN {neighbours.name} AS n ON n.{n['neighbour']} = o.{identifier}\n"
        f"    AND n.{n['id']} = {obj_id} AND n.{n['region']} = '{region}'\n"
        f"WHERE o.{identifier} = {obj_id} OR n.{n['neighbour_rank']} <= {top}\n"
        f"ORDER BY similarity_rank"
    )
    return Rows(objects, f"like {obj_id} in {region}", query, region)


def select_isolated(service: Service, region: str, top: int) -> Rows:
    """Select the points that lie alone on a region's map, the loneliest first.

    Raises
    ------
    LinkError
        When there is no such region.
    """
    objects = find_objects(service)
    scores = _having(service, "id", "region", "isolation")
    _check_region(service, scores, region)
    s = scores.columns
    query = (
        f"SELECT TOP {top} o.*, s.{s['isolation']}\nFROM {scores.name} AS s\n"
        f"JOIN {objects.name} AS o ON o.{objects.columns['id']} = s.{s['id']}\n"
        f"WHERE s.{s['region']} = '{region}' AND s.{s['isolation']} IS NOT NULL\n"
        f"ORDER BY {s['isolation']} DESC"
    )
    return Rows(objects, f"isolated {top} in {region}", query, region)


def find_objects(service: Service, name: str = "") -> TableRoles:
    """Return the table of objects, the first with identifiers and places on the sky.

    Raises
    ------
    LinkError
        When there is none, or not the one that is named.
    """
    linkable = {n: t for n, t in service.list_tables().items() if t.is_linkable}
    if not linkable:
        raise LinkError("The service has no table with identifiers and positions to link.")
    if name and name not in linkable:
        raise LinkError(f"Cannot link table '{name}'; the service offers {', '.join(linkable)}.")
    return linkable[name] if name else next(iter(linkable.values()))


def _ranks(detector: str) -> Iterable[str]:
    return (
        ("consensus",) if detector == "consensus" else (f"rank:{detector}", f"oddness:{detector}")
    )


def _order(objects: TableRoles, region: str) -> str:
    x = objects.columns.get(f"map:{region}:x")
    return f"\nORDER BY {x}" if x else ""


def _having(service: Service, *roles: str) -> TableRoles:
    tables = service.list_tables().values()
    found = next((t for t in tables if set(roles) <= t.columns.keys()), None)
    if found is None:
        raise LinkError(f"The service at {service.url} has no table for this; give a --query.")
    return found


def _check_region(service: Service, table: TableRoles, region: str) -> None:
    regions = _known(service, table, "region")
    if region not in regions:
        raise LinkError(f"There is no region '{region}'; the service has {', '.join(regions)}.")


def _known(service: Service, table: TableRoles, role: str) -> list[str]:
    """Return the names that a table has for something."""
    column = table.columns[role]
    rows = service.ask(f"SELECT DISTINCT {column} FROM {table.name} ORDER BY {column}")
    return [str(row[column]) for row in rows]
