import threading
import time

import pytest

from tests.support.engine import Queries
from vo_service.errors import QueryTimeoutError, UsageError
from vo_service.query.engine import Statement
from vo_service.query.limits import LimitedRows
from vo_service.release.field import Field

ENDLESS = (
    "SELECT COUNT(*) FROM stars a, stars b, stars c, stars d WHERE a.mag + b.mag + c.mag > d.mag"
)


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Queries:
    return Queries(tmp_path_factory.mktemp("duck") / "release")


def test_a_query_that_takes_too_long_is_stopped(queries):
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError, match="stopped after 1 s"):
        list(queries.engine.open(queries.statement(ENDLESS), 1.0))
    assert time.monotonic() - started < 30
    assert queries.value("SELECT COUNT(*) FROM stars") == 500


def test_closing_stops_a_query_and_may_be_done_twice(queries):
    rows = queries.engine.open(queries.statement("SELECT * FROM stars"), 30.0)
    next(iter(rows))
    rows.close()
    rows.close()


def test_two_queries_run_beside_each_other(queries):
    first = iter(queries.engine.open(queries.statement("SELECT id FROM stars"), 30.0))
    assert next(first).num_rows == 500
    assert queries.value("SELECT COUNT(*) FROM notes") == 3


def test_many_threads_get_their_own_rows(queries):
    seen: list[int] = []

    def ask(number: int) -> None:
        seen.append(queries.value(f"SELECT id FROM stars WHERE id = {number}"))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(24))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/oddsky-should-not-exist'",
        "ATTACH '/tmp/x.duckdb' AS x",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
    ],
)
def test_the_engine_itself_has_no_way_out(queries, sql):
    with pytest.raises(Exception, match=r"refused|read at the moment|Cannot|range|convert"):
        list(queries.engine.open(Statement(sql, [], (Field("x", "int"),)), 5.0))


def test_a_number_out_of_range_is_told_without_the_engines_words(queries):
    with pytest.raises(UsageError, match="leaves the range of its type"):
        queries.rows("SELECT CAST(9e18 AS BIGINT) * 9 FROM stars")


def test_a_text_that_is_no_number_is_told(queries):
    with pytest.raises(UsageError, match="cannot be converted"):
        queries.rows("SELECT CAST(kind AS INTEGER) FROM stars")


@pytest.mark.parametrize(
    ("most", "kept", "over"), [(0, 0, True), (4, 4, True), (5, 5, False), (9, 5, False)]
)
def test_rows_are_limited_and_overflow_is_known(most, kept, over):
    import pyarrow as pa

    batches = [
        pa.RecordBatch.from_pydict({"x": [1, 2, 3]}),
        pa.RecordBatch.from_pydict({"x": [4, 5]}),
    ]
    limited = LimitedRows(iter(batches), most)
    assert sum(b.num_rows for b in limited) == kept
    assert limited.overflowed == over
