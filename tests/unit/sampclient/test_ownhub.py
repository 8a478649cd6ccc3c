"""Our own hub, as a page in a browser sees it by the Web Profile."""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
from collections.abc import Iterator

import pytest

from sampclient import ownhub
from sampclient.files import served_files
from sampclient.ownhub import OwnHub
from tests.support.samp import LOAD, Program, until
from tests.unit.sampclient.conftest import RunningLink

FRIEND = "https://odd.example"


@pytest.fixture
def hub(private_samp) -> Iterator[OwnHub]:
    made = OwnHub("test", lambda name, origin: (name, origin) == ("oddsky viewer", FRIEND), True)
    made.start()
    yield made
    made.stop()


def ask(method: str, *params: object, origin: str = FRIEND) -> object:
    transport = xmlrpc.client.Transport(headers=[("Origin", origin)])
    url = f"http://localhost:{ownhub.WEB_PORT}/"
    return getattr(xmlrpc.client.ServerProxy(url, transport).samp.webhub, method)(*params)


def fetch(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("about", "origin"),
    [
        ({"samp.name": "oddsky viewer"}, "https://elsewhere.example"),
        ({"samp.name": "another"}, FRIEND),
        ({"samp.name": ["oddsky viewer"]}, FRIEND),
        ({"samp.name": {}}, FRIEND),
        ({}, FRIEND),
        (["oddsky viewer"], FRIEND),
        (7, FRIEND),
    ],
)
def test_who_is_not_known_is_refused_and_the_next_is_answered(hub, about, origin):
    with pytest.raises(xmlrpc.client.Fault):
        ask("register", about, origin=origin)
    assert ask("register", {"samp.name": "oddsky viewer"})["samp.self-id"]


def test_a_page_reads_what_programs_tell_of_and_nothing_else(hub, tmp_path):
    page = ask("register", {"samp.name": "oddsky viewer"})
    key, reader = page["samp.private-key"], page["samp.url-translator"]
    ask("allowReverseCallbacks", key, "1")
    ask("declareSubscriptions", key, {LOAD: {}})
    secret = tmp_path / "secret"
    secret.write_text("x")
    program = Program("topcat")
    with served_files() as files:
        for name in ("told.vot", "untold.vot", "own.vot"):
            (files.folder / name).write_text("x")
        program.send(LOAD, url=files.url("told.vot"))
        program.send(LOAD, url=f"file://{secret}")
        # What a page tells itself of counts for nothing.
        own = {"samp.mtype": LOAD, "samp.params": {"url": files.url("own.vot")}}
        ask("notify", key, page["samp.self-id"], own)
        told = []
        until(lambda: told.extend(ask("pullCallbacks", key, "0")) or len(told) == 3)
        status = {
            name: fetch(reader + urllib.parse.quote(files.url(name), safe=""))
            for name in ("told.vot", "untold.vot", "own.vot")
        }
    assert status == {"told.vot": 200, "untold.vot": 403, "own.vot": 403}
    assert fetch(reader + urllib.parse.quote(f"file://{secret}", safe="")) == 403
    program.close()


def test_a_port_that_is_taken_is_said(private_samp, monkeypatch, caplog, table):
    with served_files() as files:
        monkeypatch.setattr(ownhub, "WEB_PORT", int(files.base.rpartition(":")[2]))
        monkeypatch.setattr(ownhub, "STOP_SECONDS", 0.2)
        running = RunningLink(table)
        assert "is taken" in caplog.text
        assert not running.link.hub.has_web
        running.stop()


def test_a_page_may_fetch_the_table(table):
    with served_files() as files:
        (files.folder / "a.vot").write_text("x")
        request = urllib.request.Request(
            files.url("a.vot"),
            method="OPTIONS",
            headers={"Origin": FRIEND, "Access-Control-Request-Private-Network": "true"},
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
        with urllib.request.urlopen(files.url("a.vot")) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_page_is_answered_when_there_is_something(hub):
    key = join()
    began = time.monotonic()
    threading.Timer(0.3, Program("topcat").send, (LOAD,), {"url": "http://x/a.vot"}).start()
    (call,) = ask("pullCallbacks", key, "5")
    assert call["samp.params"][-1]["samp.params"] == {"url": "http://x/a.vot"}
    assert time.monotonic() - began >= 0.3
    assert ask("pullCallbacks", key, "0") == []


@pytest.mark.parametrize("seconds", ["x", "1e99", "nan", "", ["1"]])
def test_a_wait_that_is_no_number_is_refused(hub, seconds):
    with pytest.raises(xmlrpc.client.Fault):
        ask("pullCallbacks", join(), seconds)


def test_a_page_whose_browser_is_gone_is_dismissed(hub, monkeypatch):
    key = join()
    watcher = Program("watcher")
    assert ask("pullCallbacks", key, "0") == []
    assert len(watcher.client.get_registered_clients()) == 2
    monkeypatch.setattr(ownhub, "DEAD_SECONDS", 0.1)
    until(lambda: len(watcher.client.get_registered_clients()) == 1)
    watcher.close()


def join() -> str:
    """Join as a page that takes tables; return its key."""
    key = ask("register", {"samp.name": "oddsky viewer"})["samp.private-key"]
    ask("allowReverseCallbacks", key, "1")
    ask("declareSubscriptions", key, {LOAD: {}})
    return key
