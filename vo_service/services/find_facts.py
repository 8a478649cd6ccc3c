"""What is known of the objects of spectra: position, redshift, how odd they are in each region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from vo_service.adql import nodes
from vo_service.formats.result import Param
from vo_service.query.engine import Statement
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.services.holdings import Holding, parts_with_spectra
from vo_service.services.run_query import fetch_rows, fetch_statement, make_statement

Facts = Mapping[int, tuple[Param, ...]]
"""By obj_id."""

ODDNESS = "oddness:"
"""Role of a column with the rank in a region, before the region's name."""

ANY = 2**62
"""Stands for the obj_id in a statement that is made once."""

KNOWN_AS = {
    "name": ("spec:Spectrum.Target.Name", "OBJECT"),
    "survey_id": ("spec:Spectrum.DataID.DatasetID", "DS_IDENT"),
    "ra": ("", "RA"),
    "dec": ("", "DEC"),
    "redshift": ("spec:Spectrum.Target.Redshift", "REDSHIFT"),
    "subclass": ("spec:Spectrum.Target.SpectralClass", "SPECTYPE"),
    "sn": ("spec:Spectrum.Derived.SNR", "DER_SNR"),
    "consensus": ("", ""),
}
"""The facts that are told: utype in the Spectrum data model and FITS keyword, by role."""


@dataclass(frozen=True, slots=True)
class Region:
    """A wavelength region in which spectra are compared, rest frame, vacuum [Angstrom]."""

    name: str
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of galaxy spectra, rest frame, vacuum [Angstrom]."""

    label: str
    wave: float
    kind: str


def find_facts(holding: Holding, obj_ids: Sequence[int]) -> Facts:
    """Find what is known of objects; one of which nothing is known has none.

    Parameters
    ----------
    holding : Holding
    obj_ids : sequence of int
    """
    table = holding.once(find_objects)
    if table is None or not obj_ids:
        return {}
    fields = told_fields(table)
    return {
        row[0]: tuple(_param(f, value) for f, value in zip(fields, row[1:], strict=True))
        for batch in fetch_statement(_statement(holding, table, obj_ids), holding)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    }


def find_regions(holding: Holding) -> tuple[Region, ...]:
    """Return the regions of a release, by their limits; none where it does not tell them."""
    return tuple(
        Region(*row) for row in _read(holding, "regions", ("region_id", "lo", "hi"), "lo, hi")
    )


def find_lines(holding: Holding) -> tuple[Line, ...]:
    """Return the lines of a release, by wavelength; none where it does not tell them."""
    return tuple(
        Line(*row) for row in _read(holding, "lines", ("label", "wave", "kind"), "wave, label")
    )


def find_survey(holding: Holding) -> str:
    """Return the survey that the spectra come from, empty where it is not told."""
    rows = _read(holding, "releases", ("survey",), "survey")
    return rows[0][0] if rows else ""


def find_objects(holding: Holding) -> Table | None:
    """Return the table that tells most of the objects of spectra."""
    tables = (t for part in parts_with_spectra(holding.release) for t in part.tables)
    names = {t.full_name for t in tables if t.by_role("id") and t.by_role("redshift")}
    found = [t for t in holding.release.tables if t.full_name in names]
    return max(found, key=lambda t: len(told_fields(t)), default=None)


def told_fields(table: Table) -> tuple[Field, ...]:
    """Return the columns of a table that are told of its objects."""
    return tuple(f for f in table.stored if f.role in KNOWN_AS or f.role.startswith(ODDNESS))


def _statement(holding: Holding, table: Table, obj_ids: Sequence[int]) -> Statement:
    """Make the statement that reads objects; that for one is made once and given another id."""
    if len(obj_ids) == 1:
        prepared = holding.once(_prepare)
        # PostgreSQL's has its values within, and no parameters.
        if prepared.parameters == [ANY]:
            return replace(prepared, parameters=list(obj_ids))
    return make_statement(_query(table, obj_ids), holding)


def _prepare(holding: Holding) -> Statement:
    table = holding.once(find_objects)
    assert table is not None, "asked for only where it is there"
    return make_statement(_query(table, [ANY]), holding)


def _query(table: Table, obj_ids: Sequence[int]) -> nodes.Query:
    fields = (_role(table, "id"), *told_fields(table))
    columns = tuple(nodes.Column((nodes.Name(f.name, delimited=True),)) for f in fields)
    source = nodes.TableName((nodes.Name(table.schema), nodes.Name(table.name)))
    chosen = nodes.InList(columns[0], tuple(map(nodes.Literal, obj_ids)), negated=False)
    return nodes.Query(nodes.Select(tuple(map(nodes.Item, columns)), (source,), chosen))


def _param(field: Field, value: Any) -> Param:
    told, keyword = _as_told(field)
    return Param(told, value, keyword)


@cache
def _as_told(field: Field) -> tuple[Field, str]:
    utype, keyword = KNOWN_AS.get(field.role, ("", ""))
    return replace(field, utype=utype or field.utype), keyword


def _role(table: Table, role: str) -> Field:
    field = table.by_role(role)
    assert field is not None, "asked for only where it is there"
    return field


def _read(
    holding: Holding, name: str, columns: tuple[str, ...], order: str
) -> list[tuple[Any, ...]]:
    """Read some columns of a table that describes the run; nothing where it lacks them."""
    table = next((t for t in holding.release.tables if t.full_name == f"oddsky.{name}"), None)
    if table is None or not set(columns) <= {f.name for f in table.stored}:
        return []
    query = f"SELECT DISTINCT {', '.join(columns)} FROM {table.full_name} ORDER BY {order}"
    return [
        row
        for batch in fetch_rows(query, holding)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
