import threading
import time

import pyarrow as pa
import pytest

from tests.support.engine import Queries
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.compile import compile_select
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.errors import FatalError, QueryTimeoutError, UsageError
from vo_service.query.engine import Statement, Upload
from vo_service.query.limits import LimitedRows
from vo_service.release.field import Field
from vo_service.release.table import Table

ENDLESS = (
    "SELECT COUNT(*) FROM stars a, stars b, stars c, stars d WHERE a.mag + b.mag + c.mag > d.mag"
)


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Queries:
    return Queries(tmp_path_factory.mktemp("duck") / "release")


def test_a_query_that_takes_too_long_is_stopped(queries):
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"stopped after 1 s.*use async"):
        list(queries.engine.open(queries.statement(ENDLESS), 1.0))
    assert time.monotonic() - started < 30
    assert queries.value("SELECT COUNT(*) FROM stars") == 500


def test_a_few_rows_are_those_of_the_batches(queries):
    statement = queries.statement("SELECT * FROM observations ORDER BY id")
    batches = list(queries.engine.open(statement, 30.0))
    expected = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    found = queries.engine.open(statement, 30.0).fetch_few()
    assert len(found) > 2
    assert [tuple(map(_listed, row)) for row in found] == expected


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def test_a_query_for_a_few_rows_is_stopped_too(queries):
    with pytest.raises(QueryTimeoutError):
        queries.engine.open(queries.statement(ENDLESS), 1.0).fetch_few()
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
    batches = [
        pa.RecordBatch.from_pydict({"x": [1, 2, 3]}),
        pa.RecordBatch.from_pydict({"x": [4, 5]}),
    ]
    limited = LimitedRows(iter(batches), most)
    assert sum(b.num_rows for b in limited) == kept
    assert limited.overflowed == over


UPLOADED = Table(
    "tap_upload",
    "t1",
    "An upload",
    (
        Field("a", "long"),
        Field("A", "double"),
        Field("byte", "unsignedByte"),
        Field("when", "char", arraysize="*", xtype="timestamp"),
        Field("list", "float", arraysize="*"),
    ),
    physical=("c1", "c2", "c3", "c4", "c5"),
)
UPLOADED_ROWS = pa.table(
    [
        pa.array([3, 1, None]),
        pa.array([0.5, float("nan"), None]),
        pa.array([255, None, 0], pa.uint8()),
        pa.array([0, None, 10**15], pa.timestamp("us")),
        pa.array([[1.5], None, []], pa.list_(pa.float32())),
    ],
    names=["a", "A", "byte", "when", "list"],
)


def uploading(queries: Queries, text: str) -> Statement:
    catalogue = Catalogue([*queries.catalogue.tables, UPLOADED])
    translated = translate(parse(text), catalogue, "")
    sql, parameters = compile_select(translated.select, "duckdb")
    upload = Upload("t1", UPLOADED.fields, UPLOADED_ROWS)
    return Statement(sql, parameters, translated.fields, (upload,))


def test_an_upload_comes_back_as_it_was_with_nan_as_null(queries):
    statement = uploading(queries, "SELECT * FROM tap_upload.t1")
    rows = pa.Table.from_batches(list(queries.engine.open(statement, 30.0)))
    assert rows["a"].to_pylist() == [3, 1, None]
    assert [list(column.to_pylist()) for column in rows.columns[1:]] == [
        [0.5, None, None],
        *(UPLOADED_ROWS[i].to_pylist() for i in (2, 3, 4)),
    ]


def test_an_upload_joins_and_no_other_query_sees_it(queries):
    text = 'SELECT s.id, t1."A" FROM stars s JOIN tap_upload.t1 ON s.id = t1.a'
    rows = queries.engine.open(uploading(queries, text), 30.0)
    assert sorted(i for b in rows for i in b["id"].to_pylist()) == [1, 3]
    other = Statement("SELECT c1 FROM temp.t1", [], (Field("a", "long"),))
    with pytest.raises(FatalError):
        list(queries.engine.open(other, 5.0))


def test_a_query_named_as_an_upload_does_not_hide_it(queries):
    text = "WITH t1 AS (SELECT 7 AS a FROM notes) SELECT u.a FROM tap_upload.t1 AS u, t1"
    rows = pa.Table.from_batches(list(queries.engine.open(uploading(queries, text), 30.0)))
    assert sorted(set(rows["a"].to_pylist()) - {None}) == [1, 3]
