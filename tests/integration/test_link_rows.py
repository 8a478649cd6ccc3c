"""The rows that are linked, fetched from a real service, and what the command refuses."""

import signal
import subprocess
import time

import numpy as np
import pytest
import pyvo

from sampclient.errors import LinkError
from sampclient.service import Service
from sampclient.table import fetch_table
from tests.integration.test_commands import refusal
from tests.support.service import ODDSKY

ALL = 1_000_000


def test_the_objects_come_whole_in_the_order_of_the_service(service: str):
    table = fetch_table(Service(service), "", "", ALL)
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
    first, second = (fetch_table(Service(url), "", query, ALL) for url in (service, f"{service}/"))
    other = fetch_table(Service(service), "", query.replace("9", "8"), ALL)
    assert first.table_id == second.table_id != other.table_id


def test_a_query_that_leaves_out_what_the_link_needs_is_completed(service: str):
    query = "SELECT TOP 9 nad_rank AS r, obj_id FROM oddsky.objects ORDER BY nad_rank"
    table = fetch_table(Service(service), "", query, ALL)
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
        ("SELECT obj_id FROM oddsky.objects WHERE ra < 0", "gives no rows"),
        ("SELECT obj_idd FROM oddsky.objects", "did you mean 'obj_id'"),
        ("SELECT obj_id + 1 AS obj_id FROM oddsky.objects", "no objects of oddsky.objects"),
        ("DROP TABLE oddsky.objects", "line 1"),
    ],
)
def test_a_query_that_cannot_be_linked_is_refused(service: str, query: str, said: str):
    with pytest.raises(LinkError, match=said):
        fetch_table(Service(service), "", query, ALL)


def test_a_table_that_cannot_be_linked_is_named_with_those_that_can(service: str):
    with pytest.raises(LinkError, match=r"'oddsky\.maps'.*oddsky\.objects"):
        fetch_table(Service(service), "oddsky.maps", "", ALL)


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
    assert "3 rows of oddsky query" in said
    assert "started one" in said
    assert "The link is ended" in said
    assert "Traceback" not in said
    assert not lock.exists()
