"""What the simple protocols can do (SimpleDALRegExt 1.1): cone search and SSA."""

from dataclasses import dataclass

from vo_service.errors import NotFoundError
from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name
from vo_service.services.coverage import find_coverage
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows
from vo_service.services.search_cone import find_cone_table
from vo_service.services.search_spectra import has_spectra
from vo_service.settings import Settings

TEST_RADIUS = 0.01
"""Of a cone around a row, which finds it [deg]."""


@dataclass(frozen=True, slots=True)
class SimpleCapabilities:
    """What a registry is told of cone search and SSA.

    Attributes
    ----------
    position : (float, float), optional
        Where a search finds something, ICRS [deg]; None where there is no table to search.
    radius : float
        Of such a search [deg].
    default_rows, most_rows : int
        Of an answer.
    has_spectra : bool
        Whether SSA answers.
    data_sources : tuple of str
        Origins of the spectra, in SSA's words.
    """

    position: tuple[float, float] | None
    radius: float
    default_rows: int
    most_rows: int
    has_spectra: bool
    data_sources: tuple[str, ...]


def list_simple_capabilities(holding: Holding, settings: Settings) -> SimpleCapabilities:
    """Say what the simple protocols can do with the release that is held."""
    return SimpleCapabilities(
        position=holding.once(_find_position),
        radius=TEST_RADIUS,
        default_rows=settings.default_rows,
        most_rows=settings.most_rows,
        has_spectra=has_spectra(holding),
        data_sources=find_coverage(holding).data_sources,
    )


def _find_position(holding: Holding) -> tuple[float, float] | None:
    try:
        table = find_cone_table(holding, None)
    except NotFoundError:
        return None
    rows = [row for batch in fetch_rows(_query(table), holding) for row in batch.to_pylist()]
    return (round(rows[0]["ra"], 4), round(rows[0]["dec"], 4)) if rows else None


def _query(table: Table) -> str:
    names = [quote_name(f.name) for f in map(table.by_role, ("ra", "dec")) if f is not None]
    chosen = ", ".join(
        f"{name} AS {alias}" for name, alias in zip(names, ("ra", "dec"), strict=True)
    )
    known = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return f"SELECT TOP 1 {chosen} FROM {table.full_name} WHERE {known}"
