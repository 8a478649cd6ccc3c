"""`oddsky load` and `oddsky serve --database` as a user starts them, on a real server."""

import csv
import io
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from tests.integration.test_commands import oddsky, refusal
from tests.support.engine import NOTES, STARS, make_release, star_rows
from tests.support.postgres import Server
from tests.support.service import ODDSKY, free_port, serving
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.loads import LOCK
from vo_service.release.part import PartWriter
from vo_service.release.postgres import load_release
from vo_service.release.table import Table

SLOW_INDEX = """
CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS '
BEGIN
  IF EXISTS (SELECT FROM oddsky_loads.loads WHERE state = ''loading'') THEN
    PERFORM pg_sleep(60);
  END IF;
END';
CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION wait();
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_release(tmp_path / "release")
    return tmp_path / "release"


@pytest.fixture
def database(postgres: Server, request: pytest.FixtureRequest) -> str:
    return postgres.make_database(f"load_{abs(hash(request.node.name)) % 10**9}")


def publish_more(root: Path) -> None:
    """Publish a second release: the notes of the first, and one more of each kind of row."""
    with PartWriter(root / "work" / "q") as writer:
        rows = star_rows().slice(0, 1).set_column(0, "id", pa.array([1000]))
        writer.write_table(STARS, rows)
        writer.write_table(NOTES, pa.table({"id": [1000], "note": ["new"]}))
        writer.finish("publish", "q", {})
    releases.adopt_part(root, root / "work" / "q", "q")
    releases.publish(root, ["p", "q"])


def load(root: Path, database: str) -> None:
    """Do what the command does, without its start."""
    load_release(releases.Release.open(root), database, None, lambda _table, _rows: None)


def wait_for_lock(database: str) -> None:
    """Wait until the server has seen that a killed load is gone."""
    deadline = time.monotonic() + 60
    with psycopg.connect(database, autocommit=True) as connection:
        while connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone() == (False,):
            assert time.monotonic() < deadline, "the killed load still holds its lock"
            time.sleep(0.05)


def ask(url: str, query: str) -> list[list[str]]:
    """Return the rows of a query, without their heading."""
    parameters = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})
    with urllib.request.urlopen(f"{url}/tap/sync?{parameters}", timeout=60) as answer:
        return list(csv.reader(io.StringIO(answer.read().decode())))[1:]


def served(database: str) -> list[tuple]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT load, release, state FROM oddsky_loads.loads ORDER BY load"
        ).fetchall()


def schemas(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace")}


def test_a_loaded_release_is_served_and_a_new_one_is_taken_up(
    root: Path, database: str, tmp_path: Path
):
    said = oddsky("load", root, "--database", database)
    assert said.returncode == 0, said.stderr
    assert "release 1" in said.stdout
    with serving(root, tmp_path / "state", "--database", database) as url:
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["500"]]
        publish_more(root)
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["500"]]
        load(root, database)
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["501"]]
        text = "SELECT s.id, note FROM stars s JOIN notes n ON s.id = n.id WHERE s.id > 500"
        assert ask(url, text) == [["1000", "new"]]
        rows = ask(url, "SELECT n_rows FROM tap_schema.tables WHERE table_name = 'cat.stars'")
        assert rows == [["501"]]
    assert served(database) == [(1, 1, "old"), (2, 2, "served")]


def test_rows_are_indexed_and_sorted_by_their_place_on_the_sky(root: Path, database: str):
    publish_more(root)
    load(root, database)
    with psycopg.connect(database) as connection:
        ((sorting,),) = connection.execute(
            "SELECT correlation FROM pg_stats WHERE schemaname = 'r1_cat' AND attname = '_hpx29'"
        ).fetchall()
        indexed = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'r1_cat' AND tablename = 'stars'"
        ).fetchall()
    assert sorting > 0.99
    assert {definition.split("(")[1] for (definition,) in indexed} == {"id)", "_hpx29)", "_z)"}


@pytest.fixture
def killed(root: Path, database: str) -> Iterator[None]:
    """Load a release; then begin to load another, and kill that when it makes its first index."""
    load(root, database)
    publish_more(root)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SLOW_INDEX)
        process = subprocess.Popen([ODDSKY, "load", root, "--database", database])
        deadline = time.monotonic() + 60
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while connection.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline, "the load made no index"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        connection.execute("DROP EVENT TRIGGER slow")
    yield


def test_a_killed_load_leaves_the_old_release_served(
    killed: None, root: Path, database: str, tmp_path: Path
):
    assert served(database) == [(1, 1, "served"), (2, 2, "loading")]
    with serving(root, tmp_path / "state", "--database", database) as url:
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["500"]]
        wait_for_lock(database)
        load(root, database)
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["501"]]
    assert served(database) == [(1, 1, "old"), (3, 2, "served")]
    assert not any(name.startswith("r2_") for name in schemas(database))


def test_a_long_query_neither_blocks_a_load_nor_is_broken_by_it(
    root: Path, database: str, tmp_path: Path
):
    load(root, database)
    text = "SELECT a.id FROM stars a, stars b, stars c WHERE a.id = b.id OR b.id < 4"
    with serving(root, tmp_path / "state", "--database", database) as url:
        parameters = urllib.parse.urlencode(
            {"LANG": "ADQL", "QUERY": text, "FORMAT": "csv", "MAXREC": "1400000"}
        )
        with urllib.request.urlopen(f"{url}/tap/sync?{parameters}", timeout=60) as dump:
            assert dump.readline().strip() == b"id"
            for _ in range(3):
                load(root, database)
            assert served(database)[-1][2] == "served"
            assert "r1_cat" in schemas(database)
            assert sum(1 for _ in dump) == 500 * 500 + 4 * 499 * 500


def test_two_loads_do_not_run_at_once(root: Path, database: str):
    load(root, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        assert "Another load runs" in refusal("load", root, "--database", database)


def test_a_reader_of_few_rights_serves_what_the_owner_loaded(
    root: Path, database: str, postgres: Server, tmp_path: Path
):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE web LOGIN")
    said = oddsky("load", root, "--database", database, "--reader", "web")
    assert said.returncode == 0, said.stderr
    limited = database.replace("//oddsky@", "//web@")
    with serving(root, tmp_path / "state", "--database", limited) as url:
        assert ask(url, "SELECT COUNT(*), MAX(ROUND(mag)) FROM stars")[0][0] == "500"
    assert "may not create schemas" in refusal("load", root, "--database", limited)


def test_a_role_that_is_not_there_is_told_before_anything_is_loaded(root: Path, database: str):
    said = refusal("load", root, "--database", database, "--reader", "nobody_here")
    assert "no role 'nobody_here'" in said
    assert "oddsky_loads" not in schemas(database)


def test_a_service_that_may_not_read_is_told_how(root: Path, database: str, tmp_path: Path):
    load(root, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    limited = database.replace("//oddsky@", "//stranger@")
    said = refusal("serve", "--from", root, "--state", tmp_path / "s", "--database", limited)
    assert "--reader" in said


def test_a_database_of_another_encoding_is_refused(root: Path, postgres: Server):
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' "
            "LOCALE_PROVIDER libc LOCALE 'C'"
        )
    assert "not encoded in UTF-8" in refusal("load", root, "--database", postgres.url("latin"))


def test_a_name_that_postgresql_would_cut_is_refused(tmp_path: Path, database: str):
    name = "a" * 64
    field = Field(name, "int", "A number", ucd="meta.number")
    releases.prepare_root(tmp_path / "r")
    with PartWriter(tmp_path / "r" / "work" / "p") as writer:
        writer.write_table(Table("cat", "t", "Table", (field,)), pa.table({name: [1]}))
        writer.finish("publish", "p", {})
    releases.adopt_part(tmp_path / "r", tmp_path / "r" / "work" / "p", "p")
    releases.publish(tmp_path / "r", ["p"])
    assert name in refusal("load", tmp_path / "r", "--database", database)


def test_what_cannot_be_reached_is_told_without_its_password(root: Path, tmp_path: Path):
    url = f"postgresql://odd:secret@127.0.0.1:{free_port()}/sky"
    for command in (["load", root], ["serve", "--from", root, "--state", tmp_path]):
        said = refusal(*command, "--database", url)
        assert "database does not answer" in said
        assert "secret" not in said


def test_an_empty_database_is_told(root: Path, database: str, tmp_path: Path):
    said = refusal("serve", "--from", root, "--state", tmp_path, "--database", database)
    assert "holds no release; run oddsky load" in said


def test_a_directory_that_lacks_the_loaded_release_is_told(
    root: Path, database: str, tmp_path: Path
):
    load(root, database)
    other = tmp_path / "other"
    make_release(other)
    info = other / "releases" / "1" / "release.json"
    info.write_text(info.read_text().replace('"created": "2', '"created": "1'))
    said = refusal("serve", "--from", other, "--state", tmp_path / "s", "--database", database)
    assert "another release 1" in said


def test_a_database_that_restarts_is_away_for_a_while_only(
    root: Path, postgres: Server, database: str, tmp_path: Path
):
    load(root, database)
    with serving(root, tmp_path / "state", "--database", database) as url:
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["500"]]
        postgres.stop()
        try:
            with pytest.raises(urllib.error.HTTPError) as away:
                ask(url, "SELECT COUNT(*) FROM stars")
            assert away.value.code == 503
            assert "does not answer at the moment; try again" in away.value.read().decode()
        finally:
            postgres.start()
        assert ask(url, "SELECT COUNT(*) FROM stars") == [["500"]]


def test_many_clients_see_one_release_or_the_other(root: Path, database: str, tmp_path: Path):
    """While a new release is put in place, no answer mixes the tables of two."""
    load(root, database)
    publish_more(root)
    text = "SELECT (SELECT COUNT(*) FROM stars) AS a, (SELECT COUNT(*) FROM notes) AS b FROM notes"
    with serving(root, tmp_path / "state", "--database", database) as url:
        seen: set[tuple[str, ...]] = set()
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                seen.add(tuple(ask(url, text)[0]))

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        load(root, database)
        while ("501", "4") not in seen:
            time.sleep(0.05)
        done.set()
        for thread in threads:
            thread.join()
    assert seen == {("500", "3"), ("501", "4")}
