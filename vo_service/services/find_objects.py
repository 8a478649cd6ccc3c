"""Objects by what a person types: an identifier, a name or a position."""

import re
from typing import Any

from vo_service.errors import NotFoundError, UsageError
from vo_service.release.tap_schema import quote_name
from vo_service.services.holdings import Holding
from vo_service.services.object_queries import OBJECT_FACTS
from vo_service.services.run_query import fetch_rows
from vo_service.services.survey_tables import SurveyTables, column, columns

MOST_FOUND = 50
"""One more is looked for, to know whether there are."""

RADIUS_ARCSEC = 60.0
LEAST_NAME = 3
"""Shorter pieces of a name fit too many."""

_NUMBER = r"[+-]?\d+(?:\.\d*)?"
_DEGREES = re.compile(rf"({_NUMBER})[\s,;]+({_NUMBER})\Z")
_PART = r"(\d{1,3})[\s:hd°](\d{1,2})[\s:m'](\d{1,2}(?:\.\d*)?)s?\"?"
_SEXAGESIMAL = re.compile(rf"{_PART}[\s,;]*([+-]){_PART}\Z")

Found = dict[str, Any]
"""Values by role."""


def find_objects(holding: Holding, text: str) -> list[Found]:
    """Return what fits, the nearest or the first by name first; one more than `MOST_FOUND` at most.

    Parameters
    ----------
    holding : Holding
    text : str
        obj_id; the survey's identifier; a name or a piece of it; or right ascension and
        declination, ICRS, in degrees or as hours, minutes, seconds and degrees, minutes, seconds.

    Raises
    ------
    UsageError
        When nothing is given, or a position is none.
    NotFoundError
        When nothing fits.
    """
    wanted = " ".join(text.split())
    if not wanted:
        raise UsageError("Give an obj_id, a name, or a position in degrees such as 150.1 2.2.")
    tables = SurveyTables.find(holding.release)
    position = parse_position(wanted)
    if position:
        found = _near(holding, tables, *position)
        where = f"within {RADIUS_ARCSEC:g} arcsec of {position[0]:.5f} {position[1]:+.5f}"
    else:
        found = _named(holding, tables, wanted)
        where = f"'{wanted[:60]}' as its obj_id, identifier in the survey or name"
    if not found:
        raise NotFoundError(f"No object of this release has {where}." if not position else
                            f"No object of this release lies {where}.")  # fmt: skip
    return found


def parse_position(text: str) -> tuple[float, float] | None:
    """Return right ascension and declination [deg]; None when the text is no position.

    Raises
    ------
    UsageError
        When it is one outside the sky.
    """
    if found := _DEGREES.match(text):
        ra, dec = float(found[1]), float(found[2])
    elif found := _SEXAGESIMAL.match(text):
        hours, minutes, seconds, sign, *rest = found.groups()
        ra = 15 * _sixties(hours, minutes, seconds)
        dec = float(f"{sign}1") * _sixties(*rest)
    else:
        return None
    if not (0 <= ra <= 360 and -90 <= dec <= 90):
        raise UsageError(
            f"'{text[:60]}' is no position: right ascension goes from 0 to 360 degrees, "
            "declination from -90 to 90."
        )
    return ra, dec


def _sixties(whole: str, minutes: str, seconds: str) -> float:
    return float(whole) + float(minutes) / 60 + float(seconds) / 3600


def _near(holding: Holding, tables: SurveyTables, ra: float, dec: float) -> list[Found]:
    main = tables.objects
    distance = f"DISTANCE({column(main, 'ra', 'o')}, {column(main, 'dec', 'o')}, {ra}, {dec})"
    where = f"{distance} < {RADIUS_ARCSEC / 3600:.8f}"
    return _fetch(holding, tables, where, "separation", {"separation": distance})


def _named(holding: Holding, tables: SurveyTables, text: str) -> list[Found]:
    main = tables.objects
    tests = []
    if text.lstrip("-").isdigit() and len(text) <= 19:
        tests.append(f"{column(main, 'id', 'o')} = {int(text)}")
    literal = text.replace("'", "''")
    if main.by_role("survey_id"):
        tests.append(f"{column(main, 'survey_id', 'o')} = '{literal}'")
    # LIKE has no escape in ADQL: what holds its wildcards is compared as a whole.
    if main.by_role("name") and len(text) >= LEAST_NAME and not set(text) & set("%_"):
        tests.append(f"LOWER({column(main, 'name', 'o')}) LIKE '%{literal.lower()}%'")
    if not tests:
        return []
    name = main.by_role("name") or main.by_role("id")
    assert name is not None
    return _fetch(holding, tables, " OR ".join(tests), quote_name(name.name), {})


def _fetch(
    holding: Holding, tables: SurveyTables, where: str, order: str, computed: dict[str, str]
) -> list[Found]:
    main = tables.objects
    asked = columns(main, (*OBJECT_FACTS, "ra", "dec", "sn"), "o")
    written = [text for _, text in asked.values()] + [f"{t} AS {n}" for n, t in computed.items()]
    query = (
        f"SELECT TOP {MOST_FOUND + 1} {', '.join(written)} FROM {main.full_name} AS o "
        f"WHERE {where} ORDER BY {order}"
    )
    rows = (row for batch in fetch_rows(query, holding) for row in batch.to_pylist())
    return [dict(zip((*asked, *computed), row.values(), strict=True)) for row in rows]
