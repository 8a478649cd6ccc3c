"""Worked queries on the tables of a release (DALI 1.1, section 2.3)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.recipes import Recipe, fill, read_recipes, write_query
from vo_service.services.run_query import fetch_rows

MOST_BESIDE = 5
"""Tables beside the survey's that get examples of their own."""

TOP_SHARE, LEAST_TOP = 20, 10
"""A top list is one in twenty spectra, but at least ten."""


@dataclass(frozen=True, slots=True)
class Example:
    """A query that can be run as it stands.

    Attributes
    ----------
    id : str
        An XML name, unique.
    group, name : str
        Heading that it stands under, and its own; names are unique.
    about : str
        What it is good for.
    query : str
        ADQL.
    tables : tuple of str
        Full names of the tables that it asks.
    headline : bool
        Whether it is one of the first to try.
    """

    id: str
    group: str
    name: str
    about: str
    query: str
    tables: tuple[str, ...]
    headline: bool = False


def make_examples(holding: Holding) -> tuple[Example, ...]:
    """Write all examples for which the release has tables."""
    release = holding.release
    names = {t.full_name for p in release.parts if p.kind == "publish" for t in p.tables}
    beside = tuple(t for t in release.tables if t.full_name in names)
    survey = tuple(t for t in release.tables if t not in beside and t.schema != "tap_schema")
    return (*_of_survey(holding, survey), *_of_each(holding, beside[:MOST_BESIDE]))


def choose_headlines(examples: tuple[Example, ...], count: int) -> tuple[Example, ...]:
    """Return the first examples to try."""
    return tuple(sorted(examples, key=lambda e: not e.headline)[:count])


def _of_survey(holding: Holding, tables: tuple[Table, ...]) -> Iterator[Example]:
    main = next((t for t in tables if t.has_sky and t.by_role("id")), None)
    facts = _list_facts(holding, main) if main else {}
    for recipe in read_recipes():
        if not recipe.each:
            yield from _bind(holding, recipe, write_query(recipe, tables, facts), facts, recipe.id)


def _of_each(holding: Holding, tables: tuple[Table, ...]) -> Iterator[Example]:
    for table in tables:
        facts = _list_facts(holding, table)
        for recipe in read_recipes():
            if recipe.each:
                query = write_query(recipe, (table,), facts, {"t": table})
                identifier = f"{table.schema}-{table.name}-{recipe.id}"
                yield from _bind(holding, recipe, query, facts, identifier)


def _bind(
    holding: Holding,
    recipe: Recipe,
    query: str | None,
    facts: Mapping[str, object],
    identifier: str,
) -> Iterator[Example]:
    group, name, about = (fill(t, facts) for t in (recipe.group, recipe.name, recipe.about))
    if query is None or group is None or name is None or about is None:
        return
    known = {t.full_name for t in holding.release.tables}
    used = dict.fromkeys(n for n in re.findall(r"\b\w+\.\w+\b", query) if n in known)
    yield Example(identifier, group, name, about, query, tuple(used), recipe.headline)


def _list_facts(holding: Holding, table: Table) -> dict[str, object]:
    """Return what recipes may say of a table."""
    top = max(LEAST_TOP, table.rows // TOP_SHARE)
    facts: dict[str, object] = {
        "table": table.full_name,
        "about": table.description,
        "rows": table.rows,
        "half": table.rows // 2,
        "top": top,
        "chance": f"{top * top / max(table.rows, 1):.3g}",
    }
    regions = [f.role.split(":")[1] for f in table.fields if f.role.startswith("oddness:")]
    lines = [f.role.split(":")[1] for f in table.fields if f.role.startswith("ew:")]
    # From the middle of the spectrum, which most redshifts cover.
    if len(regions) > 1:
        facts["region"], facts["other"] = (regions * 2)[len(regions) // 2 :][:2]
    elif regions:
        facts["region"] = regions[0]
    if lines:
        facts["line"] = lines[len(lines) // 2]
    return facts | _find_position(holding, table)


def _find_position(holding: Holding, table: Table) -> dict[str, object]:
    """Return a position at which the table has a row, rounded to arc seconds."""
    ra, dec = table.by_role("ra"), table.by_role("dec")
    if ra is None or dec is None:
        return {}
    names = ", ".join(f'"{f.name}"' for f in (ra, dec))
    known = " AND ".join(f'"{f.name}" IS NOT NULL' for f in (ra, dec))
    query = f"SELECT TOP 1 {names} FROM {table.full_name} WHERE {known}"
    rows = [row for batch in fetch_rows(query, holding) for row in batch.to_pylist()]
    return {"ra": f"{rows[0][ra.name]:.4f}", "dec": f"{rows[0][dec.name]:.4f}"} if rows else {}
