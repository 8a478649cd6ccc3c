from pathlib import Path

import pytest

from vo_service.adql.parser import MAX_NESTING, parse
from vo_service.errors import UsageError
from vo_service.release.types import arrow_schema

CORPUS = Path("tests/data/adql")
VALID = [q for q in (CORPUS / "valid.sql").read_text().splitlines() if not q.startswith("--")]
INVALID = [line.split("\t") for line in (CORPUS / "invalid.tsv").read_text().splitlines()]


@pytest.mark.parametrize("query", VALID)
def test_a_valid_query_runs_and_gives_what_its_fields_promise(queries, query):
    text = query if "FROM" in query else f"{query}\nFROM stars"
    table = queries.table(text)
    translated = queries.translate(text)
    assert table.schema == arrow_schema(translated.fields)
    names = [f.name.lower() for f in translated.fields]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("query", "message", "place"), INVALID)
def test_an_invalid_query_is_refused_with_its_place(queries, query, message, place):
    with pytest.raises(UsageError) as refused:
        queries.translate(query)
    assert str(refused.value) == f"{message} ({place})"


@pytest.mark.parametrize("text", ["", "  \n ", "SELECT " + "(" * (MAX_NESTING + 1)])
def test_what_is_empty_or_too_deep_is_refused(text):
    with pytest.raises(UsageError, match=r"empty|nests"):
        parse(text)


def test_deep_but_allowed_nesting_parses():
    depth = MAX_NESTING - 1
    parse("SELECT " + "(" * depth + "1" + ")" * depth + " FROM t")


def test_places_count_lines(queries):
    with pytest.raises(UsageError, match=r"line 3, column 9"):
        queries.translate("SELECT id\nFROM stars\n  WHERE idd = 1")
