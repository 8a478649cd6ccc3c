"""What is known of the objects of spectra: position, redshift, how odd they are in each region."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from vo_service.adql import nodes
from vo_service.formats.result import Param
from vo_service.query.engine import Statement
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_few, fetch_rows, make_statement
from vo_service.services.survey_tables import find_main

Facts = Mapping[int, tuple[Param, ...]]
"""By obj_id."""

ODDNESS = "oddness:"
"""Role of a column with the rank in a region, before the region's name."""

RELEASES = "oddsky.releases"

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


def find_facts(holding: Holding, obj_ids: Sequence[int]) -> Facts:
    """Find what is known of objects; one of which nothing is known has none.

    Parameters
    ----------
    holding : Holding
    obj_ids : sequence of int
    """
    table = find_main(holding.release)
    if table is None or not obj_ids:
        return {}
    fields = told_fields(table)
    return {
        row[0]: tuple(_param(f, value) for f, value in zip(fields, row[1:], strict=True))
        for row in fetch_few(_statement(holding, table, obj_ids), holding)
    }


def find_survey(holding: Holding) -> str:
    """Return the survey that the spectra come from, empty where it is not told."""
    if not any(t.full_name == RELEASES for t in holding.release.tables):
        return ""
    batches = fetch_rows(f"SELECT MIN(survey) AS survey FROM {RELEASES}", holding)
    return next(name for batch in batches for name in batch["survey"].to_pylist()) or ""


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
    table = find_main(holding.release)
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
