"""Recipes of example queries: roles stand for columns until tables are found that have them."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vo_service.release.field import Field
from vo_service.release.statistics import NUMBERS
from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name

LINE_WIDTH = 92
MOST_CLASSES = 50
BINS = 20

_FACT = re.compile(r"\$(?!bin\()(\w+)")
_BIN = re.compile(r"\$bin\((\w+):([^)]+)\)")
_REFERENCE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_BARE = re.compile(r"\[(\w+):([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Recipe:
    """An example that is not bound to tables yet; see examples.toml.

    Attributes
    ----------
    id, group, name, about, query, needs : str
    headline : bool
        Whether it stands on the home page too.
    each : bool
        Whether there is one for every table beside the survey's.
    """

    id: str
    group: str
    name: str
    about: str
    query: str
    needs: str = ""
    headline: bool = False
    each: bool = False


@cache
def read_recipes() -> tuple[Recipe, ...]:
    """Read all recipes, in their order."""
    text = (files("vo_service.services") / "examples.toml").read_text()
    return tuple(Recipe(**written) for written in tomllib.loads(text)["example"])


def fill(text: str, facts: Mapping[str, object]) -> str | None:
    """Put facts in the place of $names; None when one is not known."""
    if any(name not in facts for name in _FACT.findall(text)):
        return None
    return _FACT.sub(lambda found: str(facts[found[1]]), text)


def write_query(
    recipe: Recipe,
    tables: tuple[Table, ...],
    facts: Mapping[str, object],
    bound: Mapping[str, Table] | None = None,
) -> str | None:
    """Write a recipe's query for the tables of a release.

    Parameters
    ----------
    recipe : Recipe
    tables : tuple of Table
        Where to look for roles.
    facts : mapping of str to object
    bound : mapping of str to Table, optional
        Tables that are given, by alias.

    Returns
    -------
    str or None
        None when a role, a fact or the limits of a column are not there.
    """
    text, needs = fill(recipe.query, facts), fill(recipe.needs, facts)
    if text is None or needs is None:
        return None
    chosen = {
        alias: _choose(roles, (bound[alias],) if bound and alias in bound else tables)
        for alias, roles in _asked(text, needs).items()
    }
    found = {alias: table for alias, table in chosen.items() if table is not None}
    if len(found) < len(chosen):
        return None
    widths = [_bin_width(found[alias], role) for alias, role in _BIN.findall(text)]
    if None in widths:
        return None
    text = _BIN.sub(lambda m: f"{_bin_width(found[m[1]], m[2]):g}", text)
    text = _REFERENCE.sub(lambda m: _columns_or_table(found[m[1]], m[1], m[2]), text)
    text = _BARE.sub(lambda m: quote_name(next(_having(found[m[1]], m[2])).name), text)
    return _wrapped(text.strip())


def _asked(text: str, needs: str) -> dict[str, list[str]]:
    """Return the roles that a query asks of each alias."""
    asked: dict[str, list[str]] = {}
    wanted = text + (f"{{{needs}}}" if needs else "")
    for alias, roles in _REFERENCE.findall(wanted) + _BARE.findall(wanted):
        asked.setdefault(alias, []).extend(roles.split())
    return asked


def _choose(roles: list[str], tables: tuple[Table, ...]) -> Table | None:
    """Return the table that has all roles, and most of those that may be missing."""
    required = [role for role in roles if not role.endswith("?")]
    wanted = {role.rstrip("?") for role in roles}
    fit = [t for t in tables if all(any(_having(t, role)) for role in required)]
    return max(fit, key=lambda t: sum(any(_having(t, r)) for r in wanted), default=None)


def _having(table: Table, role: str) -> Iterator[Field]:
    """Yield the columns of a table that a role stands for."""
    if role == "@number":
        yield from _numbers(table)
    elif role == "@class":
        yield from _classes(table)
    elif role.endswith("*"):
        yield from (f for f in table.fields if f.role.startswith(role[:-1]))
    elif found := table.by_role(role):
        yield found


def _numbers(table: Table) -> Iterator[Field]:
    """Yield the first measured number that is no identifier and no position."""
    for f in sorted(table.stored, key=lambda f: not f.principal):
        plain = not f.role and not f.is_array and not f.ucd.startswith(("meta.id", "pos."))
        if plain and f.datatype in NUMBERS and _span(table, f):
            yield f
            return


def _classes(table: Table) -> Iterator[Field]:
    """Yield the first text with few different values."""
    for f in table.stored:
        measured = table.measured.get(f.name)
        if f.is_text and measured and 1 < (measured.n_distinct or 0) <= MOST_CLASSES:
            yield f
            return


def _span(table: Table, field: Field) -> float:
    measured = table.measured.get(field.name)
    if measured is None or measured.min_value is None or measured.max_value is None:
        return 0.0
    return measured.max_value - measured.min_value


def _bin_width(table: Table, role: str) -> float | None:
    """Return the round number nearest above the width of one bin; None without limits."""
    field = next(_having(table, role), None)
    width = _span(table, field) / BINS if field else 0.0
    if not 0 < width < math.inf:
        return None
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * 0.999)


def _columns_or_table(table: Table, alias: str, roles: str | None) -> str:
    if not roles:
        return f"{table.full_name} AS {alias}"
    fields = [f for role in roles.split() for f in _having(table, role.rstrip("?"))]
    return ", ".join(f"{alias}.{quote_name(f.name)}" for f in fields)


def _wrapped(text: str) -> str:
    """Break long lists of columns."""
    return "\n".join(line for long in text.splitlines() for line in _broken(long))


def _broken(line: str) -> Iterator[str]:
    while len(line) > LINE_WIDTH and ", " in line[:LINE_WIDTH]:
        end = line.rindex(", ", 0, LINE_WIDTH) + 1
        yield line[:end]
        line = "  " + line[end:].lstrip()
    yield line
