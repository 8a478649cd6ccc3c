"""One corpus of ADQL, the same answers from DuckDB and PostgreSQL."""

import math
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.engine import PostgresQueries, Queries
from tests.support.postgres import Server

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
