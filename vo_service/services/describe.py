"""What the service says of itself, computed from the registries that do the work."""

from dataclasses import dataclass

from vo_service.adql.functions import declared_features
from vo_service.errors import NotFoundError
from vo_service.formats.registry import FORMATS, Format
from vo_service.release.table import Table
from vo_service.release.tap_schema import SCHEMA_DESCRIPTIONS
from vo_service.services.holdings import Holding


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and its tables."""

    name: str
    description: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A query to begin with."""

    title: str
    query: str


def list_formats() -> tuple[Format, ...]:
    """Return the output formats of TAP."""
    return FORMATS


def list_features() -> dict[str, list[str]]:
    """Return the forms of optional language features by feature type."""
    features: dict[str, list[str]] = {}
    for kind, form, _ in declared_features():
        features.setdefault(kind, []).append(form)
    return features


def list_schemas(holding: Holding) -> tuple[Schema, ...]:
    """Return all schemas with their tables, in the order of publication."""
    tables: dict[str, list[Table]] = {}
    for table in holding.release.tables:
        tables.setdefault(table.schema, []).append(table)
    return tuple(
        Schema(name, SCHEMA_DESCRIPTIONS.get(name, ""), tuple(members))
        for name, members in tables.items()
    )


def find_table(holding: Holding, name: str) -> Table:
    """Return a table by its full name.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    for table in holding.release.tables:
        if table.full_name == name:
            return table
    raise NotFoundError(f"There is no table '{name[:80]}'; /tap/tables lists all.")


def count_spectra(holding: Holding) -> int:
    """Count the spectra that can be fetched."""
    return sum(map(len, holding.stores))


def make_examples(holding: Holding) -> tuple[Example, ...]:
    """Write queries to begin with, from the roles of the columns that are there."""
    tables = [t for t in holding.release.tables if t.has_sky and t.by_role("id")]
    if not tables:
        return ()
    table = tables[0]
    examples = [_strangest(table), _nearby(table)]
    similar = next((t for t in holding.release.tables if t.by_role("neighbour")), None)
    if similar is not None:
        examples.insert(1, _similar(table, similar))
    return tuple(e for e in examples if e)


def _strangest(table: Table) -> Example | None:
    ranks = [f for f in table.fields if f.role == "consensus" or f.role.startswith("rank:")]
    if not ranks:
        return None
    shown = _names(table, "name", "id", "ra", "dec", "redshift")
    columns = ", ".join(shown) + ",\n  " + ", ".join(f.name for f in ranks)
    query = f"SELECT TOP 20 {columns}\nFROM {table.full_name}\nORDER BY {ranks[0].name}"
    return Example("The 20 strangest spectra, and what each detector thinks of them", query)


def _similar(table: Table, similar: Table) -> Example | None:
    ranks = [f.name for f in table.fields if f.role.startswith("oddness:")]
    identifier, other, place = (similar.by_role(r) for r in ("id", "neighbour", "neighbour_rank"))
    region, main = similar.by_role("region"), table.by_role("id")
    if not (ranks and identifier and other and place and region and main):
        return None
    wanted = next((r for r in table.fields if r.role == "oddness:nad"), None)
    odd = wanted.name if wanted else ranks[0]
    region_name = odd.removesuffix("_rank")
    shown = ", ".join(f"b.{name}" for name in _names(table, "name", "redshift"))
    query = (
        f"SELECT n.{place.name}, n.dist, {shown}\n"
        f"FROM {table.full_name} AS a\n"
        f"JOIN {similar.full_name} AS n ON n.{identifier.name} = a.{main.name}\n"
        f"JOIN {table.full_name} AS b ON b.{main.name} = n.{other.name}\n"
        f"WHERE a.{odd} = 1 AND n.{region.name} = '{region_name}' AND n.{place.name} <= 5\n"
        f"ORDER BY n.{place.name}"
    )
    title = f"The five spectra most similar to the strangest one in the region {region_name}"
    return Example(title, query)


def _nearby(table: Table) -> Example:
    ra, dec = _names(table, "ra", "dec")
    shown = ", ".join(_names(table, "name", "ra", "dec", "redshift"))
    query = (
        f"SELECT {shown}\nFROM {table.full_name}\n"
        f"WHERE DISTANCE(POINT({ra}, {dec}), POINT(180, 30)) < 15"
    )
    return Example("All within 15 degrees of a position", query)


def _names(table: Table, *roles: str) -> list[str]:
    return [f.name for role in roles if (f := table.by_role(role))]
