"""`oddsky link` in processes of its own: several at once, and what goes away and comes back."""

import os
import xmlrpc.client
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from astropy.table import Table

from tests.support.desktop import LinkProcess
from tests.support.samp import LOAD, Program, own_browser, running_hub, until
from tests.support.service import Server, running
from tests.support.shared import missing

pytestmark = pytest.mark.alone  # their hubs want the port of the Web Profile

QUERY = "SELECT TOP 5 obj_id FROM oddsky.objects ORDER BY nad_rank"
OTHER = "SELECT TOP 4 obj_id FROM oddsky.objects ORDER BY nad_rank"


class Desk:
    """Links that share a lock file."""

    def __init__(self, service: str, folder: Path, stack: ExitStack):
        self.service, self.folder, self.lock = service, folder, folder / "lock"
        self._stack, self._count = stack, 0
        os.environ["SAMP_HUB"] = f"std-lockurl:file://{self.lock}"
        self.environment, self.opened = own_browser(folder)

    def link(self, query: str = QUERY, *options: str, service: str = "") -> LinkProcess:
        """Start a link and wait until it is open."""
        self._count += 1
        log = self.folder / f"link{self._count}.log"
        started = LinkProcess(
            service or self.service, self.environment, log, "--query", query, *options
        )
        self._stack.callback(started.process.kill)
        started.wait_for("Ctrl-C ends the link")
        return started


@pytest.fixture
def desk(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SAMP_HUB", "")  # put back as it was
    with ExitStack() as stack:
        yield Desk(service, tmp_path, stack)


def test_a_second_link_to_the_same_rows_follows_and_takes_over(desk: Desk):
    with running_hub():
        first, program = desk.link(), Program("topcat")
        first.wait_for("TOPCAT has")
        (table_id,) = program.tables
        second = desk.link()
        assert "this one follows" in second.written
        assert "this one follows" not in first.written
        assert "Start it?" not in first.written  # nobody is there to answer
        assert len(desk.opened.read_text().splitlines()) == 1
        program.highlight(table_id, "3")
        for link in (first, second):
            link.wait_for(", from TOPCAT")
        until(program.spectra)
        assert first.interrupt() == 0
        late = Program("Aladin")
        second.wait_for("Aladin has")
        assert table_id in late.tables
        assert len(program.spectra()) == 1
        assert second.interrupt() == 0
        for made in (program, late):
            made.close()


def test_a_link_to_other_rows_adds_a_table_and_replaces_the_hub_of_the_first(desk: Desk):
    first, second, program = desk.link(), desk.link(OTHER), Program("topcat")
    assert "joined the one that runs" in second.written
    assert "follows" not in second.written
    until(lambda: len(program.tables) == 2)
    for table_id in program.tables:
        program.highlight(table_id, "1")
    for link in (first, second):
        link.wait_for(", from TOPCAT")
    assert first.interrupt() == 0
    program.close()
    second.wait_for("started one", 20)
    program = Program("topcat")
    until(lambda: len(program.tables) == 1)
    program.close()
    assert second.interrupt() == 0
    assert not desk.lock.exists()


def test_a_service_that_was_restarted_is_asked_again(mock_release, tmp_path, desk: Desk):
    with running(mock_release, tmp_path / "state") as server, running_hub():
        link, program = desk.link(service=server.url), Program("topcat")
        link.wait_for("TOPCAT has")
        (table_id,) = program.tables
        server.stop()
        program.highlight(table_id, "1")
        link.wait_for("No service answers")
        assert link.clicked()  # who it is stands in the table
        again = Server(mock_release, tmp_path / "state", "--port", str(server.port))
        again.url = server.url
        try:
            again.wait()
            program.highlight(table_id, "2")
            link.wait_for("sigma at")
        finally:
            again.stop()
        assert "Traceback" not in link.written
        program.close()
        assert link.interrupt() == 0


def test_the_viewer_is_opened_joins_by_itself_and_is_given_the_table(desk: Desk):
    link = desk.link()
    (opened,) = desk.opened.read_text().split()
    assert opened.startswith(f"{desk.service}/viewer?")
    if "is taken" in link.written:
        missing("another program of this machine holds the port of the Web Profile")
    assert "CONNECT=1" in opened
    page = Page(desk.service)
    with pytest.raises(xmlrpc.client.Fault):
        Page("http://elsewhere.example")
    link.wait_for("http://elsewhere.example", 5)
    assert "--allow-web http://elsewhere.example" in link.written
    message = until(page.load)
    table = Table.read(message["url"], format="votable")
    assert table.colnames == ["obj_id", "name"]
    assert len(table) == 5
    page.answer()
    link.wait_for("oddsky viewer has")
    page.call("unregister", page.key)
    link.wait_for("oddsky viewer was closed")
    assert link.interrupt() == 0


def test_programs_are_started_when_they_are_wanted(desk: Desk):
    folder = desk.folder / "bin"
    folder.mkdir()
    for name in ("topcat", "aladin"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho $0 >> {folder}/started\n")
        program.chmod(0o755)
    desk.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    with running_hub():
        there = Program("topcat")
        link = desk.link(QUERY, "--start", "--no-viewer")
        link.wait_for("Starting Aladin")
        until((folder / "started").exists)
        assert (folder / "started").read_text() == f"{folder}/aladin\n"
        assert not desk.opened.exists()
        there.close()
        link.interrupt()


class Page:
    """A page in a browser, as the Web Profile sees it."""

    def __init__(self, origin: str):
        self._origin = origin
        self._message_id = ""
        self.key = self.call("register", {"samp.name": "oddsky viewer"})["samp.private-key"]
        self.call("declareMetadata", self.key, {"samp.name": "oddsky viewer"})
        self.call("allowReverseCallbacks", self.key, "1")
        self.call("declareSubscriptions", self.key, {LOAD: {}})

    def call(self, method: str, *params: object) -> object:
        transport = xmlrpc.client.Transport(headers=[("Origin", self._origin)])
        hub = xmlrpc.client.ServerProxy("http://localhost:21012/", transport)
        return getattr(hub.samp.webhub, method)(*params)

    def load(self) -> dict | None:
        for call in self.call("pullCallbacks", self.key, "1"):
            *_, self._message_id, message = call["samp.params"]
            if message["samp.mtype"] == LOAD:
                return message["samp.params"]
        return None

    def answer(self) -> None:
        self.call(
            "reply", self.key, self._message_id, {"samp.status": "samp.ok", "samp.result": {}}
        )
