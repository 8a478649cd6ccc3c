"""All that is known of one object: what its page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vo_service.errors import NotFoundError
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.object_queries import (
    ObjectQuery,
    query_findings,
    query_object,
    query_repeats,
)
from vo_service.services.planes import PLANES
from vo_service.services.run_query import fetch_rows
from vo_service.services.survey_tables import SurveyTables, map_name

LARGEST_ID = 2**63 - 1

Row = dict[str, Any]
"""Values by role."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object lies on one map or plane.

    Attributes
    ----------
    name : str
        A region, a diagnostic plane, or a region and a method with a dash between.
    x, y : float or None
        None where it does not lie on it.
    rank, ranked : int or None
        By oddness in the region, 1 is strangest, and how many have one; None on planes.
    x_about, y_about : str
        What the axes are.
    """

    name: str
    x: float | None
    y: float | None
    rank: int | None = None
    ranked: int | None = None
    x_about: str = ""
    y_about: str = ""

    @property
    def is_covered(self) -> bool:
        """Whether the object lies on it."""
        return self.x is not None and self.y is not None


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """An object.

    Attributes
    ----------
    obj_id : int
    facts : tuple of (Field, value)
        All columns of the main table, in their order; None where null.
    ranked : dict of str to int
        How many objects have a rank, by the role of the rank.
    places : tuple of Place
        Maps of regions first, then planes.
    elsewhere : dict of str to list of Place
        By region: the places on its maps of other methods; none where they do not hold it.
    scores, reasons, lines, similar, repeats : list of dict
        Rows of findings, values by role.
    fields : dict of str to dict of str to Field
        The columns of each of these lists, by role.
    queries : tuple of ObjectQuery
        What gives the same over TAP.
    has_spectrum : bool
    """

    obj_id: int
    facts: tuple[tuple[Field, Any], ...]
    ranked: dict[str, int]
    places: tuple[Place, ...]
    elsewhere: dict[str, list[Place]]
    scores: list[Row]
    reasons: list[Row]
    lines: list[Row]
    similar: list[Row]
    repeats: list[Row]
    fields: dict[str, dict[str, Field]]
    queries: tuple[ObjectQuery, ...]
    has_spectrum: bool

    def value(self, role: str) -> Any:
        """Return what the column of a role says; None where it is null or there is none."""
        return next((value for field, value in self.facts if field.role == role), None)

    @property
    def title(self) -> str:
        """Its name, else its identifier."""
        return self.value("name") or f"Object {self.obj_id}"

    @property
    def regions(self) -> tuple[Place, ...]:
        """The maps of regions."""
        names = {f.role.split(":")[1] for f, _ in self.facts if f.role.startswith("oddness:")}
        return tuple(p for p in self.places if p.name in names)

    @property
    def planes(self) -> tuple[Place, ...]:
        """The diagnostic planes, in their usual order."""
        others = set(self.places) - set(self.regions)
        order = {name: i for i, name in enumerate(PLANES)}
        return tuple(sorted(others, key=lambda p: (order.get(p.name, len(order)), p.name)))


def parse_obj_id(text: str) -> int:
    """Read an identifier as it stands in an address.

    Raises
    ------
    NotFoundError
        When it cannot be one.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise NotFoundError(f"There is no object '{text[:40]}'; an obj_id is a whole number.")
    if len(digits) > 19 or abs(int(text)) > LARGEST_ID:
        raise NotFoundError(f"There is no object '{text[:40]}'; an obj_id has at most 63 bits.")
    return int(text)


def describe_object(holding: Holding, obj_id: int, base_url: str) -> ObjectDescription:
    """Tell all of an object.

    Raises
    ------
    NotFoundError
        When the release has no such object.
    """
    tables = SurveyTables.find(holding.release)
    asked = query_object(tables, obj_id)
    rows = _fetch(asked, holding, base_url)
    if not rows:
        raise NotFoundError(f"There is no object with obj_id {obj_id} in this release.")
    values = rows[0]
    queries = query_findings(tables, obj_id)
    source = _value(tables.objects, "source", values)
    if source is not None:
        queries["repeats"] = query_repeats(tables, obj_id, source)
    found = {name: _fetch(query, holding, base_url) for name, query in queries.items()}
    lists = ("scores", "reasons", "lines", "similar", "repeats")
    return ObjectDescription(
        obj_id,
        tuple((f, values[f.name]) for f in tables.objects.fields),
        _count_ranked(tables.objects),
        tuple(_places(tables, values)),
        _group_places(found.get("elsewhere", [])),
        **{name: found.get(name, []) for name in lists},
        fields={name: query.columns for name, query in queries.items()},
        queries=(asked, *queries.values()),
        has_spectrum=any(obj_id in store for store in holding.stores),
    )


def _fetch(query: ObjectQuery, holding: Holding, base_url: str) -> list[Row]:
    """Return the rows of a query, values by role."""
    batches = fetch_rows(query.text, holding, base_url=base_url)
    rows = (row for batch in batches for row in batch.to_pylist())
    return [dict(zip(query.columns, row.values(), strict=True)) for row in rows]


def _places(tables: SurveyTables, values: Row) -> list[Place]:
    main = tables.objects
    names = tables.names("map:")
    ranked = _count_ranked(main)
    return [
        Place(
            name,
            _value(main, f"map:{name}:x", values),
            _value(main, f"map:{name}:y", values),
            _value(main, f"oddness:{name}", values),
            ranked.get(f"oddness:{name}"),
            _about(main, f"map:{name}:x"),
            _about(main, f"map:{name}:y"),
        )
        for name in names
        if main.by_role(f"map:{name}:x") and main.by_role(f"map:{name}:y")
    ]


def _group_places(rows: list[Row]) -> dict[str, list[Place]]:
    """Return places on maps of other methods by region."""
    grouped: dict[str, list[Place]] = {}
    for row in rows:
        name = map_name(row["region"], row["map_method"])
        grouped.setdefault(row["region"], []).append(Place(name, row["map_x"], row["map_y"]))
    return grouped


def _value(table: Table, role: str, values: Mapping[str, Any]) -> Any:
    field = table.by_role(role)
    return values[field.name] if field else None


def _about(table: Table, role: str) -> str:
    field = table.by_role(role)
    return field.description.split(";")[0] if field else ""


def _count_ranked(table: Table) -> dict[str, int]:
    """Return how many rows have each rank: the last one's."""
    ranks = ("oddness:", "rank:", "consensus")
    return {
        f.role: int(known.max_value)
        for f in table.fields
        if f.role.startswith(ranks)
        and (known := table.measured.get(f.name))
        and known.max_value is not None
    }
