"""What PostgreSQL is sent: of what a user wrote, nothing but letters, digits and spaces."""

import re

import pytest

from vo_service.adql.compile import compile_select
from vo_service.errors import UsageError


def compiled(queries, text: str) -> str:
    sql, parameters = compile_select(
        queries.translate(text).select, "postgresql", (("cat", "r7_cat"),)
    )
    assert parameters == []
    return sql


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE x; --", "\\' OR 1=1 --", '"', "$$", "${1}", "é\n/*", "E'\\x27'", ":a %s ?"],
)
def test_a_text_is_written_in_escapes_alone(queries, text):
    sql = compiled(
        queries, f"SELECT id FROM stars WHERE kind = '{text.replace(chr(39), 2 * chr(39))}'"
    )
    (literal,) = re.findall(r"U&'([^']*)'", sql)
    assert re.fullmatch(r"([A-Za-z0-9 ]|\\\+[0-9A-F]{6})*", literal)
    decoded = re.sub(r"\\\+([0-9A-F]{6})", lambda found: chr(int(found[1], 16)), literal)
    assert decoded == text
    assert sql.count("'") == 2


def test_numbers_have_the_types_of_adql(queries):
    sql = compiled(queries, "SELECT 5, -5, 5000000000, 1.5, 1e300 FROM stars")
    assert "CAST(5 AS INTEGER)" in sql
    assert "CAST(5000000000 AS BIGINT)" in sql
    assert "CAST('1e+300' AS DOUBLE PRECISION)" in sql


def test_schemas_have_the_names_of_the_load(queries):
    sql = compiled(queries, "SELECT s.id FROM cat.stars s, cat.notes, tap_schema.tables")
    assert '"r7_cat"."stars"' in sql
    assert '"r7_cat"."notes"' in sql
    assert '"tap_schema"."tables"' in sql


def test_a_name_that_looks_like_a_parameter_is_left_alone(queries):
    text = 'SELECT id AS "$1", n AS "a$9" FROM stars WHERE n = 3'
    sql, parameters = compile_select(queries.translate(text).select, "duckdb")
    assert parameters == [3]
    assert '"$1"' in sql
    assert '"a$9"' in sql


def test_nul_is_refused(queries):
    with pytest.raises(UsageError, match="character NUL"):
        compiled(queries, "SELECT id FROM stars WHERE kind = '\0'")
