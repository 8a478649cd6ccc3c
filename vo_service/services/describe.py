"""What is here: schemas, tables, spectra."""

from dataclasses import dataclass

from vo_service.errors import NotFoundError
from vo_service.release.table import Table
from vo_service.release.tap_schema import SCHEMA_DESCRIPTIONS
from vo_service.services.holdings import Holding


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and its tables."""

    name: str
    description: str
    tables: tuple[Table, ...]


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
