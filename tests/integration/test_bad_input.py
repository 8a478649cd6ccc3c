"""Wrong requests: the right status, one sentence, no secret, and the service goes on."""

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from astropy.io.votable import parse

from tests.integration.test_jobs import ENDLESS, create, phase
from tests.support.service import Server, running
from tests.unit.vo_service.uws.test_worker import until

SECRETS = re.compile(r"Traceback|duckdb|/tmp/|/home/|\.py\b|sqlalchemy|psycopg|site-packages", re.I)
LIMITS = {"ODDSKY_UPLOAD_BYTES": "5000", "ODDSKY_UPLOAD_ROWS": "5", "ODDSKY_MOST_JOBS": "1"}

HEAD = '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="a" datatype="int"/>'
TAIL = "</TABLE></RESOURCE></VOTABLE>"
ROWS = HEAD + "<DATA><TABLEDATA>{}</TABLEDATA></DATA>" + TAIL
ONE = ROWS.format("<TR><TD>1</TD></TR>")
BOMB = '<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'


@pytest.fixture(scope="module")
def server(mock_release: Path, tmp_path_factory) -> Iterator[Server]:
    with running(mock_release, tmp_path_factory.mktemp("state"), **LIMITS) as made:
        yield made


@pytest.fixture(autouse=True)
def goes_on(server: Server) -> Iterator[None]:
    """Whatever was asked, a good query is answered after it."""
    yield
    good = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 obj_id FROM oddsky.objects"}
    assert requests.get(f"{server.url}/tap/sync", good, timeout=20).status_code == 200


def refusal(answer: requests.Response) -> str:
    """Return the one sentence of an error document."""
    assert not SECRETS.search(answer.text), answer.text
    document = parse(io.BytesIO(answer.content), verify="exception")
    (info,) = (i for r in document.resources for i in r.infos if i.name == "QUERY_STATUS")
    assert info.value == "ERROR"
    return info.content


def upload(server: Server, data: str | bytes, query: str = "SELECT * FROM TAP_UPLOAD.t"):
    return requests.post(
        f"{server.url}/tap/sync",
        data={"LANG": "ADQL", "QUERY": query, "UPLOAD": "t,param:f"},
        files={"f": ("t.vot", data)},
        timeout=30,
    )


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ("", 400, "table t cannot be read"),
        ("not a table at all \x00", 400, "table t cannot be read"),
        (ONE[:-30], 400, "table t cannot be read"),
        (BOMB + ONE, 400, "table t cannot be read"),
        (ROWS.format("<TR><TD>one</TD></TR>"), 400, "one"),
        (ROWS.format("<TR><TD>1</TD><TD>2</TD></TR>"), 400, "table t cannot be read"),
        (ROWS.format("<TR><TD>1</TD></TR>" * 6), 400, "5"),
        (ROWS.format("<TR><TD>1</TD></TR>" * 900), 413, "larger than the 5000 bytes allowed"),
        ("<VOTABLE>" + "<RESOURCE>" * 200 + "</RESOURCE>" * 200 + "</VOTABLE>", 400, "cannot be"),
    ],
)
def test_a_broken_upload_is_refused(server, data, status, said):
    answer = upload(server, data)
    assert answer.status_code == status
    assert said in refusal(answer)


def test_names_that_need_quotes_or_differ_in_case_alone_are_served(server):
    fields = "".join(f'<FIELD name="{n}" datatype="int"/>' for n in ("a", "A", "my id", "select"))
    cells = "<TR><TD>1</TD><TD>2</TD><TD>3</TD><TD>4</TD></TR>"
    data = (
        HEAD.partition("<FIELD")[0] + fields + f"<DATA><TABLEDATA>{cells}</TABLEDATA></DATA>" + TAIL
    )
    query = 'SELECT "A", "my id" + "select" AS s, "a" FROM TAP_UPLOAD.t'
    answer = upload(server, data, query)
    assert answer.status_code == 200, answer.text
    row = parse(io.BytesIO(answer.content)).get_first_table().array[0]
    assert [int(v) for v in row] == [2, 7, 1]


def test_a_request_that_is_too_large_is_413(server):
    answer = upload(server, b"x" * (3 * 2**20))
    assert answer.status_code == 413
    assert "too large" in refusal(answer)


def test_more_jobs_than_allowed_are_429_and_told_when_to_try_again(server):
    first = create(server, ENDLESS, PHASE="RUN")
    until(lambda: phase(first) == "EXECUTING")
    data = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 obj_id FROM oddsky.objects"}
    answer = requests.post(f"{server.url}/tap/async", data, timeout=20)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many jobs" in refusal(answer)
    requests.post(f"{first}/phase", {"PHASE": "ABORT"}, timeout=20)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"MAXREC": "-1"}, "MAXREC is '-1'"),
        ({"MAXREC": "1e9"}, "MAXREC is '1e9'"),
        ({"MAXREC": "9" * 30}, "MAXREC is '9999"),
        ({"RESPONSEFORMAT": "application/pdf"}, "choose one of votable/b2"),
        ({"LANG": "SQL"}, "LANG 'SQL' is not known"),
        ({"LANG": ""}, "LANG is missing"),
        ({"QUERY": ""}, "QUERY is missing"),
        ({"QUERY": "SELECT " + "(" * 5000}, "nests more than"),
        ({"QUERY": "SELECT 1 FROM oddsky.lines; DROP TABLE oddsky.lines"}, "one query at a time"),
        ({"QUERY": "SELECT pg_sleep(100) FROM oddsky.objects"}, "There is no function PG_SLEEP"),
        ({"QUERY": "SELECT * FROM read_csv('/etc/passwd')"}, "Syntax error"),
        ({"QUERY": "SELECT * FROM \"/etc/passwd\""}, "There is no table '/etc/passwd'"),
        ({"QUERY": "SELECT * FROM duckdb_settings"}, "There is no table"),
        ({"REQUEST": "getCapabilities"}, "REQUEST must be doQuery"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(server, parameters, said):
    query = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 obj_id FROM oddsky.objects"} | parameters
    answer = requests.get(f"{server.url}/tap/sync", query, timeout=20)
    assert answer.status_code == 400
    assert said in answer.text


def test_a_huge_maxrec_is_cut_to_the_declared_limit(server):
    query = {"LANG": "ADQL", "QUERY": "SELECT obj_id FROM oddsky.objects", "MAXREC": "2000000000"}
    answer = requests.get(f"{server.url}/tap/sync", query, timeout=20)
    assert answer.status_code == 200
    assert "OVERFLOW" not in answer.text


def test_many_wrong_requests_at_once_leave_nothing_behind(server):
    def ask() -> None:
        for _ in range(20):
            upload(server, BOMB + ONE)
            requests.get(f"{server.url}/tap/sync", {"LANG": "ADQL", "QUERY": "SELECT"}, timeout=20)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.is_idle()
