"""The regions in which a release compares its spectra, and the lines that lie there."""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_service.release.tap_schema import quote_name
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows


@dataclass(frozen=True, slots=True)
class Region:
    """A wavelength region, rest frame, vacuum.

    Attributes
    ----------
    name : str
    lo, hi : float
        Limits [Angstrom], rounded.
    pixels : int
        Of the common grid, the first at `lo`.
    about : str
    """

    name: str
    lo: float
    hi: float
    pixels: int
    about: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of galaxy spectra: rest wavelength in vacuum [Angstrom]."""

    name: str
    label: str
    wave: float
    kind: str
    family: str


REGION_ROLES = ("region", "region_lo", "region_hi", "region_pixels", "region_about")
LINE_ROLES = ("line", "line_label", "line_wave", "line_kind", "line_family")


def find_regions(holding: Holding) -> tuple[Region, ...]:
    """Return the regions of a release, by their limits; none where it does not tell them."""
    return holding.once(_read_regions)


def find_lines(holding: Holding) -> tuple[Line, ...]:
    """Return the lines of a release, by wavelength; none where it does not tell them."""
    return holding.once(_read_lines)


def _read_regions(holding: Holding) -> tuple[Region, ...]:
    regions = (Region(*row) for row in _read(holding, REGION_ROLES))
    return tuple(sorted(regions, key=lambda region: (region.lo, region.hi, region.name)))


def _read_lines(holding: Holding) -> tuple[Line, ...]:
    lines = (Line(*row) for row in _read(holding, LINE_ROLES))
    return tuple(sorted(lines, key=lambda line: (line.wave, line.label)))


def _read(holding: Holding, roles: Sequence[str]) -> set[tuple]:
    """Read the table whose columns have all these roles; no row without one."""
    table = next((t for t in holding.release.tables if all(map(t.by_role, roles))), None)
    if table is None:
        return set()
    names = {field.role: quote_name(field.name) for field in table.fields}
    query = f"SELECT {', '.join(names[role] for role in roles)} FROM {table.full_name}"
    return {tuple(row.values()) for rows in fetch_rows(query, holding) for row in rows.to_pylist()}
