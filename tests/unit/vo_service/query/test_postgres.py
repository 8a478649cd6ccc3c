import threading
import time
from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest

from tests.support.engine import PostgresQueries, Queries
from tests.support.postgres import Server
from tests.unit.vo_service.query.test_duck import ENDLESS, UPLOADED, UPLOADED_ROWS
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.compile import compile_select
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.errors import FatalError, QueryTimeoutError, TransientError, UsageError
from vo_service.query.engine import Statement, Upload
from vo_service.query.postgres_pool import Pool, PoolSettings
from vo_service.release.field import Field

MANY = "SELECT a.id, b.ra, c.mag FROM stars a, stars b, stars c WHERE c.id < 8"
"""Two million rows."""


@pytest.fixture(scope="module")
def queries(tmp_path_factory, postgres: Server) -> Iterator[PostgresQueries]:
    duck = Queries(tmp_path_factory.mktemp("postgres") / "release")
    queries = PostgresQueries(duck, postgres.make_database("engine"))
    yield queries
    queries.close()


@pytest.fixture
def watcher(queries: PostgresQueries) -> Iterator[psycopg.Connection]:
    with psycopg.connect(queries.pool.settings.url, autocommit=True) as connection:
        yield connection


def running(watcher: psycopg.Connection) -> int:
    text = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle' AND query LIKE 'COPY%'"
    )
    ((count,),) = watcher.execute(text).fetchall()
    return count


def wait_for(watcher: psycopg.Connection, count: int) -> None:
    deadline = time.monotonic() + 30
    while running(watcher) != count:
        assert time.monotonic() < deadline, f"{running(watcher)} queries run, not {count}"
        time.sleep(0.02)


def test_a_query_that_takes_too_long_is_stopped_by_the_server(queries, watcher):
    with pytest.raises(QueryTimeoutError, match=r"stopped after 1 s.*use async"):
        list(queries.engine.open(queries.statement(ENDLESS), 1.0))
    wait_for(watcher, 0)
    assert queries.value("SELECT COUNT(*) FROM stars") == 500


def test_closing_stops_a_query_before_its_first_batch(queries, watcher):
    rows = queries.engine.open(queries.statement(ENDLESS), 600.0)
    said: list[str] = []

    def read() -> None:
        with pytest.raises(TransientError) as stopped:
            list(rows)
        said.append(str(stopped.value))

    reader = threading.Thread(target=read)
    reader.start()
    wait_for(watcher, 1)
    rows.close()
    reader.join(30)
    assert said == ["The query was stopped."]
    wait_for(watcher, 0)


def test_closing_between_batches_frees_the_server_and_the_connection(queries, watcher):
    for _ in range(2 * queries.pool.settings.connections):
        rows = queries.engine.open(queries.statement(MANY), 600.0)
        assert next(iter(rows)).num_rows > 0
        rows.close()
        rows.close()
    wait_for(watcher, 0)


def test_a_query_that_never_begins_gives_its_connection_back(queries):
    for _ in range(2 * queries.pool.settings.connections):
        queries.engine.open(queries.statement(MANY), 600.0).close()
    assert queries.value("SELECT COUNT(*) FROM notes") == 3


def test_rows_come_in_batches_as_the_server_finds_them(queries):
    sizes = [batch.num_rows for batch in queries.engine.open(queries.statement(MANY), 600.0)]
    assert sum(sizes) == 500 * 500 * 8
    assert max(sizes) < 500_000


def test_a_few_rows_are_those_of_the_batches(queries):
    statement = queries.statement("SELECT * FROM observations ORDER BY id")
    batches = list(queries.engine.open(statement, 30.0))
    expected = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    found = queries.engine.open(statement, 30.0).fetch_few()
    assert len(found) > 2
    assert found == expected


def test_more_queries_than_connections_wait_or_are_told(queries):
    pool = Pool(PoolSettings(queries.pool.settings.url, 1), wait_seconds=0.1)
    first = pool.take()
    with pytest.raises(TransientError, match="in use; try again"):
        pool.take()
    pool.give_back(first, complete=False)
    pool.give_back(pool.take(), complete=False)


def test_a_connection_that_died_is_replaced(queries, watcher):
    queries.rows("SELECT id FROM notes")
    watcher.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oddsky'"
    )
    for _ in range(queries.pool.settings.connections + 1):
        assert queries.value("SELECT COUNT(*) FROM notes") == 3


def test_a_server_that_goes_away_is_told_without_its_words(queries, watcher):
    rows = iter(queries.engine.open(queries.statement(MANY), 600.0))
    next(rows)
    watcher.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oddsky'"
    )
    with pytest.raises(TransientError, match=r"does not answer at the moment; try again\.$"):
        list(rows)
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
        "CREATE TABLE public.x (i int)",
        "CREATE TEMP TABLE x (i int)",
        "DELETE FROM r1_cat.notes RETURNING 1",
        "DROP SCHEMA r1_cat CASCADE",
        "SELECT 1; SELECT 2",
        "SELECT nextval('oddsky_loads.loads_load_seq')::int",
    ],
)
def test_a_session_writes_nothing(queries, sql):
    with pytest.raises(FatalError):
        list(queries.engine.open(Statement(sql, [], (Field("x", "int"),)), 5.0))
    assert queries.value("SELECT COUNT(*) FROM notes") == 3


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT CAST(9e18 AS BIGINT) * 9 FROM stars", "leaves the range of its type"),
        ("SELECT CAST(1e300 AS REAL) FROM stars", "leaves the range of its type"),
        ("SELECT CAST(kind AS INTEGER) FROM stars", "cannot be converted"),
        ("SELECT CAST(kind AS TIMESTAMP) FROM stars", "cannot be converted"),
        ("SELECT (SELECT id FROM notes) AS x FROM stars", "more than one row"),
        ("SELECT a.id FROM stars a FULL JOIN notes b ON a.id < b.id", "compare columns"),
        ("SELECT id FROM stars WHERE kind = 'a\0b'", "holds the character NUL"),
    ],
)
def test_what_a_query_does_wrong_is_told_without_the_servers_words(queries, query, message):
    with pytest.raises(UsageError, match=message):
        queries.rows(query)


def test_a_release_that_was_removed_meanwhile_is_told(queries):
    gone = Statement('SELECT id FROM r99_cat."stars"', [], (Field("id", "long"),))
    with pytest.raises(TransientError, match="try again"):
        list(queries.engine.open(gone, 5.0))


def test_a_type_that_is_not_the_promised_one_is_a_fault(queries):
    with pytest.raises(FatalError, match="came as"):
        list(queries.engine.open(Statement("SELECT 1::bigint", [], (Field("x", "int"),)), 5.0))


@pytest.fixture
def upload(queries: PostgresQueries):
    def make(text: str) -> Statement:
        catalogue = Catalogue([*queries.catalogue.tables, UPLOADED])
        translated = translate(parse(text), catalogue, "")
        sql, parameters = compile_select(translated.select, "postgresql", queries.engine.schemas)
        table = Upload("t1", UPLOADED.fields, UPLOADED_ROWS)
        return Statement(sql, parameters, translated.fields, (table,))

    return make


def test_an_upload_comes_back_as_it_was_with_nan_as_null(queries, upload):
    statement = upload("SELECT * FROM tap_upload.t1")
    rows = pa.Table.from_batches(list(queries.engine.open(statement, 30.0)))
    assert [column.to_pylist() for column in rows.columns] == [
        [3, 1, None],
        [0.5, None, None],
        *(UPLOADED_ROWS[i].to_pylist() for i in (2, 3, 4)),
    ]
    assert rows.schema.types == UPLOADED_ROWS.schema.types


def test_an_upload_joins_and_is_gone_with_its_query(queries, upload):
    text = 'SELECT s.id, t1."A" FROM stars s JOIN tap_upload.t1 ON s.id = t1.a'
    for _ in range(queries.pool.settings.connections + 1):
        rows = queries.engine.open(upload(text), 30.0)
        assert sorted(i for b in rows for i in b["id"].to_pylist()) == [1, 3]
    with pytest.raises(TransientError):
        list(queries.engine.open(Statement("SELECT c1 FROM pg_temp.t1", [], UPLOADED.fields), 5.0))


def test_a_query_named_as_an_upload_does_not_hide_it(queries, upload):
    text = "WITH t1 AS (SELECT 7 AS a FROM notes) SELECT u.a FROM tap_upload.t1 AS u, t1"
    rows = pa.Table.from_batches(list(queries.engine.open(upload(text), 30.0)))
    assert sorted(set(rows["a"].to_pylist()) - {None}) == [1, 3]


def test_a_server_that_is_down_is_told_each_time_and_forgotten_when_it_is_back(
    queries, postgres: Server
):
    assert queries.value("SELECT COUNT(*) FROM notes") == 3
    postgres.stop()
    try:
        for _ in range(2 * queries.pool.settings.connections):
            with pytest.raises(
                TransientError, match=r"does not answer at the moment; try again\.$"
            ):
                queries.rows("SELECT id FROM notes")
    finally:
        postgres.start()
    assert queries.value("SELECT COUNT(*) FROM notes") == 3
