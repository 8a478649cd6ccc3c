"""Cross-matches: the same pairs as by brute force, whatever the form, and no nested loop."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from vo_service.adql.catalogue import Catalogue
from vo_service.adql.compile import compile_select
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.release.field import Field
from vo_service.release.sky import add_sky_columns, unit_vectors
from vo_service.release.table import Table

FIELDS = (
    Field("id", "long", role="id"),
    Field("ra", "double", unit="deg", role="ra"),
    Field("dec", "double", unit="deg", role="dec"),
)
SKY = Table("cat", "sky", "With positions", FIELDS)
UPLOAD = Table("TAP_UPLOAD", "mine", "An upload", FIELDS, physical=("c1", "c2", "c3"))


def positions(count: int, seed: int) -> pa.Table:
    """Positions in clumps: at both poles, on both sides of RA 0, and somewhere."""
    rng = np.random.default_rng(seed)
    lon, lat = np.array([(0, 90), (0, -90), (0, 10), (180, 0), (77, -50)], float).T
    clump = rng.integers(0, 5, count)
    lat = np.clip(lat[clump] + rng.normal(0, 0.2, count), -90, 90)
    ra = np.where(
        np.abs(lat) > 85, rng.uniform(0, 360, count), lon[clump] + rng.normal(0, 0.2, count)
    )
    return pa.table({"id": np.arange(count), "ra": ra % 360, "dec": lat})


@pytest.fixture(scope="module")
def tables():
    sky, mine = positions(400, 1), positions(300, 2)
    # The first positions are in both, so that a radius of 0 finds something.
    same = pa.concat_tables([sky.slice(0, 20), mine.slice(20)])
    return sky, same.set_column(0, "id", pa.array(np.arange(300)))


@pytest.fixture(scope="module")
def connection(tables):
    connection = duckdb.connect()
    stored = add_sky_columns(tables[0], "ra", "dec")
    mine = tables[1].rename_columns(["c1", "c2", "c3"])
    connection.execute("CREATE SCHEMA cat")
    connection.register("stored", stored)
    connection.register("uploaded", mine)
    connection.execute("CREATE TABLE cat.sky AS FROM stored")
    # Where the compiler looks for an upload.
    connection.execute("CREATE TEMP TABLE mine AS FROM uploaded")
    return connection


def run(connection, text: str) -> list[tuple]:
    catalogue = Catalogue([SKY]).with_uploads([UPLOAD])
    sql, parameters = compile_select(translate(parse(text), catalogue, "").select, "duckdb")
    return connection.execute(sql, parameters).fetchall()


def separations(a: pa.Table, b: pa.Table) -> np.ndarray:
    first, second = (
        np.stack(unit_vectors(t["ra"].to_numpy(), t["dec"].to_numpy()), axis=1) for t in (a, b)
    )
    crossed = np.linalg.norm(np.cross(first[:, None], second[None]), axis=2)
    return np.degrees(np.arctan2(crossed, first @ second.T))


CONDITIONS = [
    "1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(m.ra, m.dec, {r}))",
    "1 = CONTAINS(POINT(m.ra, m.dec), CIRCLE(POINT(s.ra, s.dec), {r}))",
    "DISTANCE(s.ra, s.dec, m.ra, m.dec) < {r}",
    "{r} >= DISTANCE(POINT(m.ra, m.dec), POINT(s.ra, s.dec))",
    "DISTANCE(s.ra, s.dec, m.ra, m.dec) < {r} + m.id - m.id",
    "DISTANCE(s.ra, s.dec, m.ra, m.dec) < {r} + s.id - s.id",
    "1 = INTERSECTS(CIRCLE(s.ra, s.dec, {r} / 2), CIRCLE(m.ra, m.dec, {r} / 2))",
]


@pytest.mark.parametrize("radius", [0.0, 1 / 3600, 0.05, 3.0, 100.0])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_form_finds_the_pairs_of_brute_force(connection, tables, condition, radius):
    expected = np.argwhere(separations(*tables) <= radius + 1e-13)
    on = condition.format(r=repr(radius))
    for join in (f"cat.sky s JOIN tap_upload.mine m ON {on}", f"cat.sky s, mine m WHERE {on}"):
        pairs = run(connection, f"SELECT s.id, m.id FROM {join} ORDER BY 1, 2")
        assert pairs == [tuple(pair) for pair in expected.tolist()]
    assert len(expected) >= 20


def test_a_negative_radius_finds_nothing(connection):
    for radius in ("-0.1", "-1 - m.id"):
        on = f"DISTANCE(s.ra, s.dec, m.ra, m.dec) < {radius}"
        assert run(connection, f"SELECT s.id FROM cat.sky s JOIN tap_upload.mine m ON {on}") == []


def test_outer_joins_keep_what_has_no_partner(connection, tables):
    near = separations(*tables) <= 0.01
    on = "DISTANCE(s.ra, s.dec, m.ra, m.dec) < 0.01"
    rows = run(connection, f"SELECT m.id, s.id FROM mine m LEFT JOIN cat.sky s ON {on}")
    alone = sorted(m for m, s in rows if s is None)
    assert alone == np.flatnonzero(~near.any(axis=0)).tolist()
    assert len(rows) == near.sum() + len(alone)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.id, b.id FROM cat.sky a JOIN cat.sky b ON {near} AND a.id < b.id",
        "SELECT a.id, b.id FROM cat.sky a JOIN cat.sky b ON a.id < b.id AND {near}",
        "SELECT a.id, b.id FROM cat.sky a JOIN cat.sky b ON {near} WHERE a.id < b.id",
        "SELECT a.id, b.id FROM cat.sky a, cat.sky b WHERE a.id < b.id AND {near}",
    ],
)
def test_another_comparison_of_two_tables_is_not_what_they_are_joined_by(connection, tables, text):
    near = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01"
    expected = np.argwhere(np.triu(separations(tables[0], tables[0]) <= 0.01, 1))
    rows = run(connection, text.format(near=near))
    assert sorted(rows) == [tuple(pair) for pair in expected.tolist()]
    catalogue = Catalogue([SKY])
    select = translate(parse(text.format(near=near)), catalogue, "").select
    assert 'coalesce("a"."id" < "b"."id"' in compile_select(select, "duckdb")[0]


def test_the_engine_joins_in_order(connection):
    on = "1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(m.ra, m.dec, 2. / 3600))"
    text = f"SELECT s.id, m.id FROM cat.sky s JOIN tap_upload.mine m ON {on}"
    catalogue = Catalogue([SKY]).with_uploads([UPLOAD])
    sql, parameters = compile_select(translate(parse(text), catalogue, "").select, "duckdb")
    connection.execute("SET nested_loop_join_threshold = 0; SET merge_join_threshold = 0")
    plan = connection.execute(f"EXPLAIN {sql}", parameters).fetchall()[0][1].upper()
    assert "IE" in plan and "NESTED" not in plan


@pytest.mark.parametrize("condition", CONDITIONS[:4])
def test_a_stored_coordinate_stands_alone_so_that_an_index_helps(condition):
    catalogue = Catalogue([SKY]).with_uploads([UPLOAD])
    text = f"SELECT s.id FROM cat.sky s JOIN tap_upload.mine m ON {condition.format(r=0.1)}"
    sql = compile_select(translate(parse(text), catalogue, "").select, "duckdb")[0]
    assert '("s"."_z" >= ' in sql and ' AND "s"."_z" <= ' in sql
