"""One corpus of ADQL, the same answers from DuckDB and PostgreSQL."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.engine import PostgresQueries, Queries
from tests.support.postgres import Server
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.table import Table
from vo_service.release.types import arrow_schema

RELATIVE = 1e-12
FILES = ("valid.sql", "engines.sql")
QUERIES = [
    line
    for name in FILES
    for line in Path("tests/data/adql", name).read_text().splitlines()
    if not line.startswith("--")
]


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[tuple[Queries, Queries]]:
    root = tmp_path_factory.mktemp("two") / "release"
    duck = Queries(root)
    other = PostgresQueries(duck, postgres.make_database("two_engines"))
    yield duck, other
    other.close()


def ordering(row: tuple) -> tuple:
    """Return a key by which rows of both engines line up, however their floats are rounded."""
    return tuple((type(v).__name__, f"{v:.9g}" if isinstance(v, float) else repr(v)) for v in row)


def same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=RELATIVE)
    if isinstance(a, list) and isinstance(b, list):
        if len(a) == len(b) == 2 and None not in a + b and min(abs(a[1]), abs(b[1])) > 90 - 1e-12:
            return a[1] * b[1] > 0  # at a pole the longitude means nothing
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def rows(table: pa.Table, is_ordered: bool) -> list[tuple]:
    found = [tuple(row.values()) for row in table.to_pylist()]
    return found if is_ordered else sorted(found, key=ordering)


@pytest.mark.parametrize("query", QUERIES)
def test_both_engines_give_the_same_rows(engines, query):
    text = query if "FROM" in query else f"{query}\nFROM stars"
    if "RAND()" in text:
        text = text.replace(", RAND()", "")
    first, second = (engine.table(text) for engine in engines)
    assert first.schema == second.schema
    is_ordered = "ORDER BY" in text
    pairs = list(zip(rows(first, is_ordered), rows(second, is_ordered), strict=True))
    assert [(a, b) for a, b in pairs if not all(map(same, a, b))] == []


TYPES = Table(
    "cat",
    "types",
    "Every type, and the edges of each",
    (
        Field("flag", "boolean", "Flag", ucd="meta.code"),
        Field("tiny", "unsignedByte", "Byte", ucd="meta.number"),
        Field("small", "short", "Short", ucd="meta.number"),
        Field("whole", "int", "Int", ucd="meta.number"),
        Field("wide", "long", "Long", ucd="meta.number", indexed=True),
        Field("narrow", "float", "Float", ucd="meta.number"),
        Field("broad", "double", "Double", ucd="meta.number"),
        Field("word", "unicodeChar", "Text", ucd="meta.note", arraysize="*"),
        Field("moment", "char", "Time", ucd="time", arraysize="*", xtype="timestamp"),
        Field("bytes", "unsignedByte", "Bytes", ucd="meta.number", arraysize="*"),
        Field("shorts", "short", "Shorts", ucd="meta.number", arraysize="2"),
        Field("reals", "double", "Doubles", ucd="meta.number", arraysize="*"),
        Field("flags", "boolean", "Flags", ucd="meta.code", arraysize="*"),
    ),
)
TYPE_ROWS = {
    "flag": [True, False, None],
    "tiny": [0, 255, None],
    "small": [-(2**15), 2**15 - 1, None],
    "whole": [-(2**31), 2**31 - 1, None],
    "wide": [-(2**63), 2**63 - 1, None],
    "narrow": [-3.4028234663852886e38, 1.401298464324817e-45, None],
    "broad": [1.7976931348623157e308, 5e-324, None],
    "word": ["", "a\\'\"\n\tÅ 星 🌟", None],
    "moment": [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), None],
    "bytes": [[0, 255], [], None],
    "shorts": [[-1, 1], [0, None], None],
    "reals": [[1e308, None, -0.5], [], None],
    "flags": [[True, None], [], None],
}


def test_every_type_comes_from_the_database_as_it_went_there(tmp_path: Path, postgres: Server):
    root = tmp_path / "types"
    releases.prepare_root(root)
    with PartWriter(root / "work" / "p") as writer:
        writer.write_table(TYPES, pa.table(TYPE_ROWS, schema=arrow_schema(TYPES.fields)))
        writer.finish("publish", "p", {})
    releases.adopt_part(root, root / "work" / "p", "p")
    duck = Queries(root, releases.publish(root, ["p"]))
    other = PostgresQueries(duck, postgres.make_database("every_type"))
    for queries in (duck, other):
        found = queries.table("SELECT * FROM types ORDER BY tiny")
        assert found.schema == arrow_schema(TYPES.fields)
        assert found.to_pydict() == TYPE_ROWS
    other.close()


def test_every_table_of_a_survey_is_the_same(mock_release: Path, postgres: Server):
    duck = Queries(mock_release, releases.Release.open(mock_release))
    other = PostgresQueries(duck, postgres.make_database("survey"))
    for table in duck.release.tables:
        text = f"SELECT * FROM {table.full_name}"
        first, second = duck.table(text), other.table(text)
        assert first.schema == second.schema
        assert rows(first, False) == rows(second, False), table.full_name
    other.close()
