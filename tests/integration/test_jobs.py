"""Asynchronous jobs and uploads over HTTP, as pyvo and plain clients use them."""

import http.server
import io
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvo
import requests
from astropy.io.votable import parse
from astropy.table import Table

from tests.support.service import Server, running
from tests.unit.vo_service.uws.test_worker import until

ENDLESS = """
SELECT COUNT(*) AS n
FROM oddsky.window_scores AS a, oddsky.window_scores AS b, oddsky.window_scores AS c
WHERE SIN(a.score * b.score * c.score) > 2
"""
SHORT = "SELECT TOP 5 obj_id, ra, dec FROM oddsky.objects ORDER BY obj_id"


@pytest.fixture(scope="module")
def server(mock_release: Path, tmp_path_factory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("state")
    with running(mock_release, state, ODDSKY_QUERY_SECONDS="2", ODDSKY_STALL_SECONDS="1") as made:
        yield made


@pytest.fixture(scope="module")
def tap(server: Server) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{server.url}/tap")


def create(server: Server, query: str = SHORT, **parameters: str) -> str:
    """Create a job as a plain client does; return its URL."""
    data = {"LANG": "ADQL", "QUERY": query} | parameters
    answer = requests.post(f"{server.url}/tap/async", data, allow_redirects=False, timeout=20)
    assert answer.status_code == 303
    return answer.headers["Location"]


def phase(url: str, **parameters: str) -> str:
    return requests.get(f"{url}/phase", parameters, timeout=60).text


def test_pyvo_runs_a_job_from_creation_to_deletion(tap):
    job = tap.submit_job(SHORT, maxrec=3)
    url = job.url
    assert job.phase == "PENDING"
    job.run().wait(phases={"COMPLETED"}, timeout=20)
    table = job.fetch_result().to_table()
    assert len(table) == 3
    assert table["obj_id"].tolist() == tap.search(SHORT)["obj_id"].tolist()[:3]
    job.delete()
    assert requests.get(url, timeout=20).status_code == 404


def test_sync_and_async_give_the_same(tap):
    query = "SELECT * FROM oddsky.objects ORDER BY obj_id"
    both = tap.run_sync(query).to_table(), tap.run_async(query).to_table()
    assert both[0].colnames == both[1].colnames
    assert all((np.ma.asarray(both[0][n] == both[1][n]).filled(True)).all()
               for n in ("obj_id", "name", "ra"))  # fmt: skip


def test_a_wrong_query_is_told_with_its_place(tap):
    with pytest.raises(pyvo.dal.DALQueryError, match=r"did you mean 'obj_id'.*line 1, column 8"):
        tap.run_async("SELECT obj_idd FROM oddsky.objects")


def test_phase_run_on_creation_begins_at_once(server):
    url = create(server, PHASE="RUN")
    until(lambda: phase(url) == "COMPLETED")
    answer = requests.get(f"{url}/results/result", timeout=20)
    assert "BINARY2" in answer.headers["Content-Type"]
    assert len(parse(io.BytesIO(answer.content)).get_first_table().array) == 5


def test_a_job_answers_in_the_format_that_it_was_given(server):
    url = create(server, PHASE="RUN", RESPONSEFORMAT="csv")
    until(lambda: phase(url) == "COMPLETED")
    answer = requests.get(f"{url}/results/result", timeout=20)
    assert answer.headers["Content-Type"] == "text/csv;header=present"
    assert answer.text.splitlines()[0] == "obj_id,ra,dec"
    assert requests.head(f"{url}/results/result", timeout=20).headers["Content-Length"] == str(
        len(answer.content)
    )


def test_wait_holds_back_until_the_phase_changes(server):
    url = create(server)
    begin = time.monotonic()
    assert phase(url, WAIT="1") == "PENDING"
    assert time.monotonic() - begin >= 1
    begin = time.monotonic()
    assert phase(url, WAIT="20", PHASE="QUEUED") == "PENDING"
    assert time.monotonic() - begin < 5
    threading.Timer(0.3, requests.post, (f"{url}/phase", {"PHASE": "RUN"})).start()
    assert phase(url, WAIT="-1", PHASE="PENDING") != "PENDING"


def test_an_aborted_job_stops_in_the_engine_within_a_second(server):
    url = create(server, ENDLESS, PHASE="RUN")
    until(lambda: phase(url) == "EXECUTING")
    time.sleep(0.5)
    requests.post(f"{url}/phase", {"PHASE": "ABORT"}, timeout=20)
    time.sleep(1)
    assert phase(url) == "ABORTED"
    assert server.is_idle()


def test_a_deleted_job_stops_too(server):
    url = create(server, ENDLESS, PHASE="RUN")
    until(lambda: phase(url) == "EXECUTING")
    answer = requests.post(url, {"ACTION": "DELETE"}, allow_redirects=False, timeout=20)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{server.url}/tap/async")
    time.sleep(1)
    assert server.is_idle()


def test_a_job_that_takes_too_long_is_stopped(server):
    url = create(server, ENDLESS, EXECUTIONDURATION="1")
    requests.post(f"{url}/executionduration", {"EXECUTIONDURATION": "1"}, timeout=20)
    requests.post(f"{url}/phase", {"PHASE": "RUN"}, timeout=20)
    until(lambda: phase(url) == "ERROR")
    answer = requests.get(f"{url}/error", timeout=20)
    assert answer.status_code == 200
    assert "stopped after 1 s" in answer.text


def test_a_synchronous_query_that_takes_too_long_is_408_and_names_async(server):
    answer = requests.get(f"{server.url}/tap/sync", {"LANG": "ADQL", "QUERY": ENDLESS}, timeout=20)
    assert answer.status_code == 408
    assert "use async" in answer.text
    assert server.is_idle()


def test_a_client_that_leaves_before_the_first_byte_frees_the_engine(mock_release, tmp_path):
    with running(mock_release, tmp_path) as server:
        query = {"LANG": "ADQL", "QUERY": ENDLESS}
        with pytest.raises(requests.Timeout):
            requests.get(f"{server.url}/tap/sync", query, timeout=1)
        time.sleep(1)
        assert server.is_idle()


def test_a_client_that_stops_reading_is_let_go(server):
    query = "SELECT a.* FROM oddsky.window_scores AS a, oddsky.objects AS b"
    parameters = {"LANG": "ADQL", "QUERY": query, "MAXREC": "20000000"}
    answer = requests.get(f"{server.url}/tap/sync", parameters, stream=True, timeout=20)
    chunks = answer.iter_content(1 << 16)
    assert next(chunks)
    time.sleep(4)
    assert server.is_idle()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for _ in chunks:
            pass


def test_parameters_change_while_pending_and_not_later(server):
    url = create(server)
    requests.post(f"{url}/parameters", {"QUERY": SHORT.replace("5", "2")}, timeout=20)
    requests.post(f"{url}/phase", {"PHASE": "RUN"}, timeout=20)
    until(lambda: phase(url) == "COMPLETED")
    assert len(parse(io.BytesIO(requests.get(f"{url}/results/result").content)).get_first_table().array) == 2  # fmt: skip  # noqa: E501
    late = requests.post(f"{url}/parameters", {"QUERY": SHORT}, timeout=20)
    assert late.status_code == 400
    assert "can no longer be changed" in late.text


def test_the_list_is_filtered(server):
    url = create(server, RUNID="listed")
    listed = requests.get(f"{server.url}/tap/async", {"PHASE": "PENDING"}, timeout=20).text
    assert url in listed
    assert "COMPLETED" not in listed
    last = requests.get(f"{server.url}/tap/async", {"LAST": "1"}, timeout=20).text
    assert last.count("<uws:jobref") == 1
    assert url in last
    none = requests.get(f"{server.url}/tap/async", {"AFTER": "2999-01-01T00:00:00Z"}, timeout=20)
    assert "<uws:jobref" not in none.text


@pytest.mark.parametrize(
    ("path", "data", "status", "said"),
    [
        ("", {"PHASE": "GO"}, 400, "PHASE is 'GO'; it must be RUN or ABORT"),
        ("", {"MAXREC": "-3"}, 400, "MAXREC is '-3'"),
        ("", {"UPLOAD": "t1"}, 400, "must be a name, a comma and a URI"),
        ("", {"UPLOAD": "t1,param:x"}, 400, "a part 'x' that the request lacks"),
        ("", {"UPLOAD": "select,param:x"}, 400, "plain ADQL identifier"),
        ("", {"UPLOAD": "a,param:x;A,param:y"}, 400, "names two tables"),
        ("", {"UPLOAD": "a,file:///etc/passwd"}, 400, "only param:, http and https"),
        ("", {"UPLOAD": "a,http://127.0.0.1:1/x"}, 400, "private address"),
        ("", {"UPLOAD": "a,http://[::1]/x"}, 400, "private address"),
        ("", {"UPLOAD": "a,http://localhost/x"}, 400, "private address"),
        ("/nope", {"PHASE": "RUN"}, 404, "no job 'nope'"),
        ("/nope/phase", {"PHASE": "RUN"}, 404, "no job 'nope'"),
    ],
)
def test_what_is_wrong_is_told(server, path, data, status, said):
    answer = requests.post(
        f"{server.url}/tap/async{path}", {"LANG": "ADQL", "QUERY": SHORT} | data, timeout=20
    )
    assert answer.status_code == status
    assert said in answer.text
    assert 'value="ERROR"' in answer.text


def test_times_that_are_wrong_or_too_late(server):
    url = create(server)
    wrong = requests.post(f"{url}/destruction", {"DESTRUCTION": "tomorrow"}, timeout=20)
    assert (wrong.status_code, "ISO 8601" in wrong.text) == (400, True)
    requests.post(f"{url}/destruction", {"DESTRUCTION": "2999-01-01T00:00:00"}, timeout=20)
    destruction = requests.get(f"{url}/destruction", timeout=20).text
    assert destruction.endswith("Z")
    assert destruction < "2100"


UPLOAD = Table({"id": [1, 2, 3], "B": [1.5, np.nan, 2.5], "b": ["x", "Ångström", ""]})


def test_an_upload_comes_back_as_it_was(tap):
    back = tap.run_sync("SELECT * FROM TAP_UPLOAD.mine", uploads={"mine": UPLOAD}).to_table()
    assert back["id"].tolist() == [1, 2, 3]
    assert back.colnames[1] == "B"
    assert np.ma.asarray(back["B"])[0] == 1.5
    assert back[back.colnames[2]].tolist()[1] == "Ångström"


def test_an_upload_joins_the_tables_sync_and_async(tap):
    theirs = tap.search(SHORT).to_table()["obj_id", "ra"]
    query = """
        SELECT o.name, u.ra AS mine FROM TAP_UPLOAD.u AS u
        JOIN oddsky.objects AS o ON o.obj_id = u.obj_id ORDER BY u.obj_id
    """
    for run in (tap.run_sync, tap.run_async):
        assert run(query, uploads={"u": theirs})["mine"].tolist() == theirs["ra"].tolist()


def test_an_upload_is_fetched_from_where_that_is_allowed(mock_release, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    UPLOAD.write(folder / "up.vot", format="votable")
    handler = lambda *a: http.server.SimpleHTTPRequestHandler(*a, directory=str(folder))  # noqa: E731
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        threading.Thread(target=files.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{files.server_address[1]}"
        with running(mock_release, tmp_path / "s", ODDSKY_UPLOAD_HOSTS="127.0.0.1") as server:

            def ask(uri: str) -> requests.Response:
                data = {"LANG": "ADQL", "QUERY": "SELECT id FROM TAP_UPLOAD.t", "FORMAT": "csv",
                        "UPLOAD": f"t,{uri}"}  # fmt: skip
                return requests.post(f"{server.url}/tap/sync", data, timeout=20)

            assert ask(f"{base}/up.vot").text.split() == ["id", "1", "2", "3"]
            assert "answers with status 404" in ask(f"{base}/none.vot").text
            assert "cannot be fetched from localhost" in ask("http://localhost:1/x").text
        files.shutdown()


def test_jobs_survive_a_restart_and_a_kill(mock_release, tmp_path):
    with running(mock_release, tmp_path) as first:
        done = create(first, PHASE="RUN")
        until(lambda: phase(done) == "COMPLETED")
        endless = create(first, ENDLESS, PHASE="RUN")
        waiting = create(first)
        until(lambda: phase(endless) == "EXECUTING")
    with running(mock_release, tmp_path) as second:
        done, endless, waiting = (
            u.replace(first.url, second.url) for u in (done, endless, waiting)
        )
        assert len(requests.get(f"{done}/results/result", timeout=20).content) > 500
        until(lambda: phase(endless) == "EXECUTING")
        assert phase(waiting) == "PENDING"
        second.kill()
    with running(mock_release, tmp_path) as third:
        path = urllib.parse.urlsplit(done).path
        assert len(requests.get(f"{third.url}{path}/results/result", timeout=20).content) > 500
