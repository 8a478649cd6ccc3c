"""Semantics as in ADQL, not as in the engine: one test for each trap."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from tests.support.engine import star_rows


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 2", 0),
        ("-7 / 2", -3),
        ("7 / -2", -3),
        ("1 / 0", None),
        ("1.0 / 0", None),
        ("5 / 2.0", 2.5),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % 0", None),
        ("7.5 % 2", 1.5),
        ("MOD(7, 0)", None),
        ("0xFF", 255),
        ("LOG(EXP(1))", 1.0),
        ("LOG10(1000)", 3.0),
        ("LOG(0)", None),
        ("LOG(-1)", None),
        ("SQRT(-1)", None),
        ("ACOS(2)", None),
        ("ASIN(-1.5)", None),
        ("POWER(-1, 0.5)", None),
        ("COT(0)", None),
        ("ROUND(2.567, 2)", 2.57),
        ("ROUND(1250, -2)", 1300.0),
        ("TRUNCATE(-2.567, 1)", -2.5),
        ("TRUNCATE(1299, -2)", 1200.0),
        ("CAST(2.7 AS INTEGER)", 2),
        ("CAST(-2.7 AS INTEGER)", -2),
        ("CAST('abc' AS CHAR(2))", "ab"),
        ("COALESCE(NULL, 3)", 3),
        ("'a' || 'b'", "ab"),
        ("'a' || NULL", None),
        ("CASE WHEN 1 = 2 THEN 1 END", None),
        ("(3 + 1) / 2", 2),
        ("(7 - 1) % 4", 2),
        ("6 ^ 3", 5),
        ("1 | 6 & 3", 3),
        ("~5", -6),
        ("1 + 2 | 4", 7),
        ("0xF0 & 0x3C", 48),
        ("EXP(1000)", None),
        ("EXP(-1000)", 0.0),
        ("POWER(10, 400)", None),
        ("POWER(0, -1)", None),
        ("POWER(-2, 3)", -8.0),
        ("ROUND(2.5)", 3.0),
        ("ROUND(-2.5)", -3.0),
        ("CAST('12.9' AS INTEGER)", 12),
        ("CAST(2.0 AS VARCHAR)", "2"),
        ("CAST(CAST('2020-01-01' AS TIMESTAMP) AS VARCHAR)", "2020-01-01T00:00:00"),
        ("CAST(CAST('2020-01-01T01:00:00+01:00' AS TIMESTAMP) AS CHAR(19))", "2020-01-01T00:00:00"),
    ],
)
def test_values_are_those_of_adql(queries, expression, expected):
    value = queries.value(f"SELECT TOP 1 {expression} AS v FROM stars")
    assert value == (
        pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected
    )


@pytest.mark.parametrize(
    ("expression", "datatype"),
    [
        ("COUNT(*)", "long"),
        ("SUM(n)", "long"),
        ("SUM(mag)", "double"),
        ("AVG(n)", "double"),
        ("MIN(mag)", "float"),
        ("MAX(kind)", "char"),
        ("MAX(n) + 1", "int"),
        ("MAX(n) + 1.5", "double"),
        ("MAX(n) / 2", "int"),
        ("MAX(n) & 1", "int"),
        ("RANK() OVER (ORDER BY COUNT(*))", "long"),
    ],
)
def test_types_are_ours_not_the_engines(queries, expression, datatype):
    translated = queries.translate(f"SELECT {expression} AS v FROM stars")
    assert translated.fields[0].datatype == datatype
    queries.rows(f"SELECT {expression} AS v FROM stars")


def test_rand_lies_between_zero_and_one(queries):
    values = [v for (v,) in queries.rows("SELECT RAND() FROM stars")]
    assert 0 <= min(values) < max(values) < 1


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_null_comes_last_in_both_directions(queries, direction):
    values = [v for (v,) in queries.rows(f"SELECT mag FROM stars ORDER BY mag {direction}")]
    known = [v for v in values if v is not None]
    assert len(known) < len(values)
    assert values[: len(known)] == sorted(known, reverse=direction == "DESC")


def test_like_minds_case_and_ilike_does_not(queries):
    assert queries.value("SELECT COUNT(*) FROM stars WHERE kind LIKE 'GIANT'") == 0
    assert queries.value("SELECT COUNT(*) FROM stars WHERE kind ILIKE 'GIANT'") > 0


def test_intersect_binds_tighter_than_except(queries):
    one, three = "SELECT id FROM stars WHERE id = 1", "SELECT id FROM notes WHERE id = 3"
    rows = queries.rows(f"SELECT id FROM notes EXCEPT {one} INTERSECT {three}")
    assert sorted(rows) == [(1,), (3,)]


def test_top_then_offset(queries):
    assert queries.rows("SELECT TOP 2 id FROM stars ORDER BY id OFFSET 3") == [(3,), (4,)]


def test_using_makes_one_column(queries):
    translated = queries.translate("SELECT * FROM stars JOIN notes USING (id)")
    assert [f.name for f in translated.fields].count("id") == 1
    assert translated.fields[0].name == "id"


def test_a_template_becomes_a_link(queries):
    assert queries.value("SELECT link FROM stars WHERE id = 7") == "http://odd.example/x/7"


def test_hidden_columns_are_hidden(queries):
    assert all(not f.name.startswith("_") for f in queries.translate("SELECT * FROM stars").fields)


def test_units_follow_arithmetic(queries):
    items = "mag - 1 AS a, mag * 2 AS b, ra / mag AS c, ra + mag AS d, MAX(ra) AS e"
    text = f"SELECT {items} FROM stars GROUP BY mag, ra"
    fields = {f.name: f.unit for f in queries.translate(text).fields}
    assert (fields["a"], fields["b"], fields["d"], fields["e"]) == ("mag", "mag", "", "deg")
    assert u.Unit(fields["c"], format="vounit") == u.deg / u.mag


CONES = [
    (10.0, 20.0, 30.0),
    (0.0, 90.0, 25.0),
    (359.9, -45.0, 10.0),
    (180.0, 0.0, 120.0),
    (77.0, -89.9, 5.0),
]


@pytest.mark.parametrize(("ra", "dec", "radius"), CONES)
@pytest.mark.parametrize(
    "condition",
    [
        "1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', {ra}, {dec}, {r}))",
        "CONTAINS(POINT(ra, dec), CIRCLE(POINT({ra}, {dec}), {r})) = 1",
        "DISTANCE(POINT(ra, dec), POINT({ra}, {dec})) <= {r}",
        "DISTANCE({ra}, {dec}, ra, dec) < {r}",
        "{r} >= DISTANCE(ra, dec, {ra}, {dec})",
        "CONTAINS(POINT(ra + 0, dec), CIRCLE({ra}, {dec}, {r})) = 1",
        "NOT CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, {r})) = 0",
        "CONTAINS(POINT({ra}, {dec}), CIRCLE(ra, dec, {r})) = 1",
    ],
)
def test_every_form_of_a_cone_is_what_astropy_says(queries, condition, ra, dec, radius):
    stars = star_rows()
    sky = SkyCoord(stars["ra"].to_numpy(), stars["dec"].to_numpy(), unit="deg")
    expected = np.flatnonzero(sky.separation(SkyCoord(ra, dec, unit="deg")).deg <= radius)
    text = condition.format(ra=ra, dec=dec, r=radius)
    found = queries.rows(f"SELECT id FROM stars WHERE {text} ORDER BY id")
    assert [i for (i,) in found] == expected.tolist()


def test_distances_are_those_of_astropy(queries):
    stars = star_rows()
    sky = SkyCoord(stars["ra"].to_numpy(), stars["dec"].to_numpy(), unit="deg")
    rows = queries.rows("SELECT DISTANCE(POINT(ra, dec), POINT(33, -12)) FROM stars ORDER BY id")
    expected = sky.separation(SkyCoord(33, -12, unit="deg")).deg
    assert np.allclose([d for (d,) in rows], expected, rtol=0, atol=1e-9)


def test_a_constant_cone_reads_ranges_and_a_join_does_not(queries):
    cone = queries.statement("SELECT id FROM stars WHERE DISTANCE(ra, dec, 10, 20) < 1")
    assert "_hpx29" in cone.sql
    assert " OR " in cone.sql


def test_literals_are_parameters_and_equal_ones_share_one(queries):
    statement = queries.statement(
        "SELECT n % 7, COUNT(*) FROM stars WHERE kind = 'it''s $1' GROUP BY n % 7"
    )
    assert "it's" not in statement.sql
    assert statement.parameters.count(7) == 1
    assert queries.rows("SELECT id FROM stars WHERE kind = 'it''s $1'") == []


def test_no_more_rows_than_asked_are_fetched(queries):
    assert "LIMIT" in str(queries.translate("SELECT id FROM stars", 5).select)
    from vo_service.adql.compile import compile_select

    assert (
        5 in compile_select(queries.translate("SELECT TOP 9 id FROM stars", 5).select, "duckdb")[1]
    )
    assert (
        3 in compile_select(queries.translate("SELECT TOP 3 id FROM stars", 5).select, "duckdb")[1]
    )


def test_small_integers_do_not_overflow(queries):
    rows = queries.rows(
        "SELECT tiny - 8, tiny * tiny, little + little FROM observations WHERE id = 2"
    )
    assert rows == [(247, 65025, 65534)]


def test_a_text_beside_a_timestamp_is_a_time(queries):
    text = "SELECT id FROM observations WHERE taken {} ORDER BY id"
    assert queries.rows(text.format("> '2000-01-01'")) == [(1,), (4,)]
    assert queries.rows(text.format("= '2020-02-29 12:00:00'")) == [(1,)]
    assert queries.rows(text.format("BETWEEN '1999-12-31' AND '2020-02-29T13:00:00+01:00'")) == [
        (1,),
        (2,),
    ]


def test_units_are_converted(queries):
    translated = queries.translate("SELECT IN_UNIT(wave * 2, 'nm') AS w FROM observations")
    assert translated.fields[0].unit == "nm"
    assert queries.rows("SELECT IN_UNIT(wave * 2, 'nm') FROM observations WHERE id = 1") == [
        (1000,)
    ]


def test_a_set_of_queries_has_a_type_that_holds_both(queries):
    fields = queries.translate("SELECT n FROM stars UNION SELECT mag FROM stars").fields
    assert (fields[0].name, fields[0].datatype) == ("n", "float")
    rows = queries.rows("SELECT NULL AS a FROM notes UNION SELECT note FROM notes ORDER BY 1")
    assert rows == [("a",), ("b",), ("c",), (None,)]


def test_a_set_within_a_query_sees_the_row_around(queries):
    inner = "SELECT n.id FROM notes n WHERE n.id = s.id UNION SELECT id FROM notes WHERE id = -s.id"
    rows = queries.rows(f"SELECT s.id FROM stars s WHERE EXISTS ({inner}) ORDER BY 1")
    assert rows == [(1,), (3,)]
