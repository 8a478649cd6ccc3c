"""The ADQL that tells all of one object; the page shows the same queries that it runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name
from vo_service.services.survey_tables import (
    MAP_POINT,
    SurveyTables,
    column,
    columns,
    find_map_points,
)

OBJECT_FACTS = ("id", "name", "redshift", "consensus")
"""What is said of another object where it is named."""

POSITION = ("ra", "dec")
"""Said beside it in lists, which other programs plot on the sky."""

MOST_REPEATS = 100


@dataclass(frozen=True, slots=True)
class ObjectQuery:
    """A query about one object.

    Attributes
    ----------
    title : str
        What its rows are.
    text : str
        ADQL.
    columns : dict of str to Field
        By role, in the order of the query.
    """

    title: str
    text: str
    columns: dict[str, Field]


def query_object(tables: SurveyTables, obj_id: int) -> ObjectQuery:
    """Ask for all that the main table says, in the columns' own names."""
    main = tables.objects
    text = f"SELECT *\nFROM {main.full_name}\nWHERE {column(main, 'id')} = {obj_id}"
    return ObjectQuery("Everything the main table says", text, {f.name: f for f in main.fields})


def query_findings(tables: SurveyTables, obj_id: int) -> dict[str, ObjectQuery]:
    """Ask for scores, reasons, lines, similar objects and maps, as far as the release has them."""
    written = {
        "scores": _scores(tables, obj_id),
        "reasons": _reasons(tables, obj_id),
        "lines": _lines(tables, obj_id),
        "similar": _similar(tables, obj_id),
        "elsewhere": _elsewhere(tables, obj_id),
    }
    return {name: query for name, query in written.items() if query}


def query_repeats(tables: SurveyTables, obj_id: int, source: int) -> ObjectQuery:
    """Ask for the other spectra of the same source."""
    main = tables.objects
    asked = columns(main, (*OBJECT_FACTS, "sn", "primary"), "o")
    own, its_source = column(main, "id", "o"), column(main, "source", "o")
    text = (
        f"SELECT TOP {MOST_REPEATS} {_list(asked)}\nFROM {main.full_name} AS o\n"
        f"WHERE {its_source} = {source} AND {own} <> {obj_id}\nORDER BY {column(main, 'id')}"
    )
    return ObjectQuery("Other spectra of the same source", text, _fields(asked))


def query_list(tables: SurveyTables, rank: str, count: int) -> str:
    """Write the query of a top list: the strangest first by the column of a rank's role."""
    main = tables.objects
    field = main.by_role(rank)
    asked = columns(main, ("id", "name", rank, "redshift", *POSITION), "o")
    assert field is not None, "asked for only where it is there"
    name = quote_name(field.name)
    return (
        f"SELECT TOP {count} {_list(asked)}\nFROM {main.full_name} AS o\n"
        f"WHERE o.{name} IS NOT NULL\nORDER BY {name}"
    )


def query_named(tables: SurveyTables, ids: Sequence[str]) -> str:
    """Write the query that tells who these objects are."""
    asked = columns(tables.objects, (*OBJECT_FACTS, *POSITION), "o")
    return (
        f"SELECT {_list(asked)}\nFROM {tables.objects.full_name} AS o\n"
        f"WHERE {column(tables.objects, 'id', 'o')} IN ({', '.join(ids)})"
    )


def _scores(tables: SurveyTables, obj_id: int) -> ObjectQuery | None:
    scores = tables.having("id", "detector", "score", "score_rank")
    if scores is None:
        return None
    asked = columns(scores, ("detector", "score_rank", "score"), "s")
    detectors = tables.having("detector", "detector_about")
    join = ""
    if detectors:
        asked |= columns(detectors, ("detector_about", "detector_family"), "d")
        join = _join(detectors, "d", "detector", column(scores, "detector", "s"))
    text = _select(asked, scores, "s", join, obj_id)
    text += f"\nORDER BY {column(scores, 'score_rank')}, {column(scores, 'detector', 's')}"
    return ObjectQuery("Its rank in every detector", text, _fields(asked))


def _reasons(tables: SurveyTables, obj_id: int) -> ObjectQuery | None:
    reasons = tables.having("id", "reason_rank", "reason")
    if reasons is None:
        return None
    asked = columns(reasons, ("reason_rank", "reason", "reason_wave", "cause"), "r")
    text = _select(asked, reasons, "r", "", obj_id)
    text += f"\nORDER BY {column(reasons, 'reason_rank')}"
    return ObjectQuery("Why it is odd", text, _fields(asked))


def _lines(tables: SurveyTables, obj_id: int) -> ObjectQuery | None:
    fits = tables.having("id", "line", "line_flux")
    if fits is None:
        return None
    asked, join, order = columns(fits, ("line",), "f"), "", column(fits, "line", "f")
    lines = tables.having("line", "line_label", "line_wave")
    if lines:
        asked |= columns(lines, ("line_label", "line_wave", "line_family"), "l")
        join = _join(lines, "l", "line", column(fits, "line", "f"))
        order = column(lines, "line_wave", "l")
    taken = {field.name for field, _ in asked.values()} | {column(fits, "id")}
    measured = [f for f in fits.fields if f.name not in taken]
    asked |= {f.role or f.name: (f, f"f.{quote_name(f.name)}") for f in measured}
    text = f"{_select(asked, fits, 'f', join, obj_id)}\nORDER BY {order}"
    return ObjectQuery("Its emission lines", text, _fields(asked))


def _similar(tables: SurveyTables, obj_id: int) -> ObjectQuery | None:
    neighbours = tables.having("id", "region", "neighbour_rank", "neighbour")
    if neighbours is None:
        return None
    main = tables.objects
    asked = columns(neighbours, ("region", "neighbour_rank", "neighbour_distance"), "n")
    asked |= columns(main, OBJECT_FACTS, "o")
    for name in tables.names("oddness:"):
        asked |= columns(main, (f"map:{name}:x", f"map:{name}:y"), "o")
    join = _join(main, "o", "id", column(neighbours, "neighbour", "n"))
    text = _select(asked, neighbours, "n", join, obj_id)
    text += f"\nORDER BY {column(neighbours, 'region')}, {column(neighbours, 'neighbour_rank')}"
    return ObjectQuery("Similar objects in every region", text, _fields(asked))


def _elsewhere(tables: SurveyTables, obj_id: int) -> ObjectQuery | None:
    points = find_map_points(tables)
    if points is None:
        return None
    asked = columns(points, MAP_POINT, "m")
    text = _select(asked, points, "m", "", obj_id)
    text += f"\nORDER BY {column(points, 'region')}, {column(points, 'map_method')}"
    return ObjectQuery("Its places on the maps of other methods", text, _fields(asked))


def _select(
    asked: dict[str, tuple[Field, str]], table: Table, alias: str, join: str, obj_id: int
) -> str:
    return (
        f"SELECT {_list(asked)}\nFROM {table.full_name} AS {alias}\n{join}"
        f"WHERE {column(table, 'id', alias)} = {obj_id}"
    )


def _join(table: Table, alias: str, role: str, other: str) -> str:
    return f"JOIN {table.full_name} AS {alias} ON {column(table, role, alias)} = {other}\n"


def _list(asked: dict[str, tuple[Field, str]]) -> str:
    return ", ".join(written for _, written in asked.values())


def _fields(asked: dict[str, tuple[Field, str]]) -> dict[str, Field]:
    return {role: field for role, (field, _) in asked.items()}
