"""The rows that are linked, fetched from a real service, and what the command refuses."""

import signal
import subprocess
import time

import numpy as np
import pytest
import pyvo
from click.testing import CliRunner

from sampclient.cli import link
from sampclient.errors import LinkError
from sampclient.selections import (
    select_isolated,
    select_query,
    select_similar,
    select_strangest,
    select_table,
)
from sampclient.service import Service
from sampclient.table import LinkedTable, fetch_table
from tests.integration.test_commands import refusal
from tests.support.service import ODDSKY

ALL = 1_000_000


def linked(service: str, query: str) -> LinkedTable:
    return fetch_table(Service(service), select_query(Service(service), query), ALL)


def test_the_objects_come_whole_in_the_order_of_the_service(service: str):
    table = fetch_table(Service(service), select_table(Service(service)), ALL)
    theirs = pyvo.dal.TAPService(f"{service}/tap").search("SELECT * FROM oddsky.objects").to_table()
    assert table.title == "oddsky.objects"
    assert table.rows.colnames == theirs.colnames
    assert table.rows["obj_id"].tolist() == theirs["obj_id"].tolist()
    np.testing.assert_allclose(table.rows["ra"], theirs["ra"], rtol=1e-15)
    np.testing.assert_allclose(table.rows["nad_x"], np.ma.filled(theirs["nad_x"], np.nan))
    assert table.rows["name"].tolist() == theirs["name"].tolist()
    assert table.rows["ra"].unit == "deg"


def test_the_same_question_has_the_same_identifier(service: str):
    query = "SELECT TOP 9 obj_id FROM oddsky.objects ORDER BY nad_rank"
    first, second = (linked(url, query) for url in (service, f"{service}/"))
    other = linked(service, query.replace("9", "8"))
    assert first.table_id == second.table_id != other.table_id
    assert first.title != other.title  # Aladin knows a table by its title alone


def test_a_query_that_leaves_out_what_the_link_needs_is_completed(service: str):
    query = "SELECT TOP 9 nad_rank AS r, obj_id FROM oddsky.objects ORDER BY nad_rank"
    table = linked(service, query)
    assert table.rows["r"].tolist() == list(range(1, 10))
    theirs = pyvo.dal.TAPService(f"{service}/tap").search(
        "SELECT TOP 9 name, ra, dec, z, spectrum_url FROM oddsky.objects ORDER BY nad_rank"
    )
    for name in ("name", "ra", "dec", "z", "spectrum_url"):
        assert table.rows[name].tolist() == theirs.to_table()[name].tolist()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT name FROM oddsky.objects", "no column obj_id"),
        ("SELECT obj_id FROM oddsky.objects WHERE ra < 0", "are no rows"),
        ("SELECT obj_idd FROM oddsky.objects", "did you mean 'obj_id'"),
        ("SELECT obj_id + 1 AS obj_id FROM oddsky.objects", "no objects of oddsky.objects"),
        ("DROP TABLE oddsky.objects", "line 1"),
    ],
)
def test_a_query_that_cannot_be_linked_is_refused(service: str, query: str, said: str):
    with pytest.raises(LinkError, match=said):
        linked(service, query)


def test_a_table_that_cannot_be_linked_is_named_with_those_that_can(service: str):
    with pytest.raises(LinkError, match=r"'oddsky\.maps'.*oddsky\.objects"):
        select_table(Service(service), "oddsky.maps")


def test_a_top_list_is_ordered_along_a_map(service: str):
    theirs = pyvo.dal.TAPService(f"{service}/tap")
    for detector, x in (("pca_worst", "whole_x"), ("nad", "nad_x"), ("knn", "whole_x")):
        rows = fetch_table(
            Service(service), select_strangest(Service(service), detector, 20), ALL
        ).rows
        assert (np.diff(rows[x][~np.isnan(rows[x])]) >= 0).all()
        query = (
            f"SELECT obj_id FROM oddsky.scores WHERE detector = '{detector}' AND score_rank <= 20"
        )
        if detector == "nad":
            query = "SELECT TOP 20 obj_id FROM oddsky.objects ORDER BY nad_rank"
        assert sorted(rows["obj_id"]) == sorted(theirs.search(query)["obj_id"])


def test_similar_objects_come_with_the_object_first(service: str):
    theirs = pyvo.dal.TAPService(f"{service}/tap").search(
        "SELECT TOP 5 obj_id, neighbour_id FROM oddsky.neighbours "
        "WHERE region_id = 'nad' AND obj_id IN (SELECT MIN(obj_id) FROM oddsky.objects) "
        "ORDER BY nb_rank"
    )
    obj_id = int(theirs["obj_id"][0])
    rows = fetch_table(
        Service(service), select_similar(Service(service), obj_id, "nad", 5), ALL
    ).rows
    assert rows["obj_id"].tolist() == [obj_id, *theirs["neighbour_id"].tolist()]
    assert rows["similarity_rank"].tolist() == [0, 1, 2, 3, 4, 5]


def test_isolated_objects_have_the_most_distant_neighbours_on_the_map(service: str):
    rows = fetch_table(Service(service), select_isolated(Service(service), "nad", 7), ALL).rows
    distances = pyvo.dal.TAPService(f"{service}/tap").search(
        "SELECT isolation_dist FROM oddsky.region_scores WHERE region_id = 'nad'"
    )["isolation_dist"]
    assert rows["isolation_dist"].tolist() == np.sort(distances)[::-1][:7].tolist()


@pytest.mark.parametrize(
    ("select", "known"),
    [
        (lambda s: select_strangest(s, "nope", 3), "consensus.*forest_v1.*nad"),
        (lambda s: select_strangest(s, "x' OR 1=1 --", 3), "no detector"),
        (lambda s: select_similar(s, 1, "nope", 3), "halpha, hbeta"),
        (lambda s: select_similar(s, 1, "nad", 3), "no object 1"),
        (lambda s: select_isolated(s, "nope", 3), "halpha, hbeta"),
    ],
)
def test_a_list_that_is_not_there_is_told_with_those_that_are(service: str, select, known: str):
    with pytest.raises(LinkError, match=known):
        select(Service(service))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--detector", "nad", "--query", "SELECT"], "--query and --detector choose different"),
        (["--isolated", "nad", "--like", "5", "--region", "nad"], "--like and --isolated"),
        (["--like", "5"], "--like and --region belong together"),
        (["--region", "nad"], "--like and --region belong together"),
        (["--top", "5"], "--top shortens a list"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], said: str):
    done = CliRunner().invoke(link, options)
    assert done.exit_code == 2
    assert said in done.output


def test_the_command_refuses_in_one_sentence(service: str):
    assert "No service answers" in refusal("link", "--service", "http://127.0.0.1:9")
    assert "no column obj_id" in refusal(
        "link", "--service", service, "--query", "SELECT name FROM oddsky.objects"
    )


def test_ctrl_c_leaves_no_hub_behind(service: str, tmp_path, monkeypatch):
    lock = tmp_path / "lock"
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:file://{lock}")
    command = [str(ODDSKY), "link", "--service", service, "--query",
               "SELECT TOP 3 obj_id FROM oddsky.objects"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as p:
        deadline = time.monotonic() + 60
        while not lock.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        p.send_signal(signal.SIGINT)
        said = p.communicate(timeout=20)[0]
    assert p.returncode == 0
    assert "3 rows of oddsky rows" in said
    assert "started one" in said
    assert "The link is ended" in said
    assert "Traceback" not in said
    assert not lock.exists()
