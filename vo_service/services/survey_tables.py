"""The tables of a release that tell of single objects, found by the roles of their columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_service.errors import NotFoundError
from vo_service.release.field import Field
from vo_service.release.release import Release
from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name

IDENTIFIER_TYPES = ("long", "int")

MAP_POINT = ("region", "map_method", "map_x", "map_y")
"""Roles of the maps by other methods than the one whose places stand with the objects."""


@dataclass(frozen=True, slots=True)
class SurveyTables:
    """Where to look an object up.

    Attributes
    ----------
    objects : Table
        One row per object, with position and identifier.
    others : tuple of Table
        What else the release holds.
    """

    objects: Table
    others: tuple[Table, ...]

    @classmethod
    def find(cls, release: Release) -> "SurveyTables":
        """Find the tables of a release; a survey's come before what is published beside it.

        Raises
        ------
        NotFoundError
            When no table has objects with whole numbers as identifiers and positions.
        """
        main = find_main(release)
        if main is None or not main.has_sky:
            raise NotFoundError("This release holds no objects with identifiers and positions.")
        beside = _published_beside(release)
        ordered = sorted(release.tables, key=lambda t: t.full_name in beside)
        return cls(main, tuple(t for t in ordered if t is not main))

    def having(self, *roles: str) -> Table | None:
        """Return the first other table whose columns have all these roles."""
        return next((t for t in self.others if all(map(t.by_role, roles))), None)

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix in the roles of the objects' columns, in their order."""
        roles = (f.role for f in self.objects.fields)
        found = (r.removeprefix(prefix).split(":")[0] for r in roles if r.startswith(prefix))
        return tuple(dict.fromkeys(found))


def find_map_points(tables: SurveyTables) -> Table | None:
    """Return the table with the maps of other methods; None where there are none."""
    points = tables.having("id", *MAP_POINT)
    return points if points and points.rows else None


def map_name(region: str, method: str) -> str:
    """Name a map of another method, as its picture and its place are called."""
    return f"{region}-{method}"


def find_main(release: Release) -> Table | None:
    """Return the table with a row for each object; None where no table has identifiers.

    A survey's own comes before what is published beside it, and one with positions before others;
    of several the one that tells most of its objects by roles.
    """
    beside = _published_beside(release)
    fit = [t for t in release.tables if _identifies(t)]
    own = [t for t in fit if t.full_name not in beside]
    return max(own or fit, key=_tells, default=None)


def column(table: Table, role: str, alias: str = "") -> str:
    """Write the column of a role as it stands in a query.

    Raises
    ------
    KeyError
        When the table has none.
    """
    field = table.by_role(role)
    if field is None:
        raise KeyError(role)
    return f"{alias}.{quote_name(field.name)}" if alias else quote_name(field.name)


def columns(table: Table, roles: Sequence[str], alias: str) -> dict[str, tuple[Field, str]]:
    """Return those of the roles that a table has, each with its column and how it is written."""
    found = ((role, table.by_role(role)) for role in roles)
    return {role: (f, f"{alias}.{quote_name(f.name)}") for role, f in found if f}


def _published_beside(release: Release) -> set[str]:
    return {t.full_name for p in release.parts if p.kind == "publish" for t in p.tables}


def _identifies(table: Table) -> bool:
    identifier = table.by_role("id")
    return identifier is not None and identifier.datatype in IDENTIFIER_TYPES


def _tells(table: Table) -> tuple[bool, int]:
    return table.has_sky, sum(bool(field.role) for field in table.fields)
