"""A private SAMP hub, programs on it that behave as seen of the real ones, and a small table."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from astropy.table import Table
from pyvo import samp
from rich.console import Console

from sampclient.deliver import Copies
from sampclient.link import Link
from sampclient.listeners import Clicked, Listeners, Selected
from sampclient.table import LinkedTable
from sampclient.tell import Teller

samp.conf.use_internet = False
N = 40
LOAD, HIGHLIGHT, SELECT = "table.load.votable", "table.highlight.row", "table.select.rowList"
SPECTRUM, SCRIPT = "spectrum.load.ssa-generic", "script.aladin.send"
EXTRA = {"Aladin": (SCRIPT,)}
COPIES = ("topcat", "aladin", "oddsky viewer")


def until(test: Callable[[], object], seconds: float = 10) -> object:
    """Wait until a test is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := test():
            return value
        time.sleep(0.02)
    raise AssertionError("what was waited for did not come")


@pytest.fixture
def private_samp(tmp_path, monkeypatch) -> str:
    """Point every SAMP library at a lock file that nobody else knows."""
    lock = tmp_path / "samp-lock"
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:file://{lock}")
    return str(lock)


@pytest.fixture
def hub_server(private_samp) -> Iterator[samp.SAMPHubServer]:
    server = samp.SAMPHubServer(addr="127.0.0.1", web_profile=False)
    server.start()
    yield server
    if server.is_running:
        server.stop()


class Program:
    """Stands in for a program: it takes a table, and refuses rows of tables that it has not.

    Attributes
    ----------
    heard : list of (str, dict)
    shown : str or None
        The row that it is on: the last that was clicked here, or that it was told of.
    """

    def __init__(self, name: str):
        self.heard: list[tuple[str, dict]] = []
        self.tables: dict[str, str] = {}
        self.shown: str | None = None
        self.client = samp.SAMPIntegratedClient(name=name, addr="127.0.0.1")
        self.client.connect()
        for mtype in (LOAD, HIGHLIGHT, SELECT, SPECTRUM, *EXTRA.get(name, ())):
            self.client.bind_receive_notification(mtype, self._on_notification, declare=False)
            self.client.bind_receive_call(mtype, self._on_call, declare=False)
        self.client.declare_subscriptions()

    def highlight(self, table_id: str, row: object) -> None:
        self.shown = row
        self.send(HIGHLIGHT, **{"table-id": table_id, "row": row})

    def send(self, mtype: str, **params: object) -> None:
        self.client.notify_all({"samp.mtype": mtype, "samp.params": params})

    def spectra(self) -> list[str]:
        return [p["url"] for mtype, p in self.heard if mtype == SPECTRUM]

    def rows(self) -> list[str]:
        return [p["row"] for mtype, p in self.heard if mtype == HIGHLIGHT and p["row"] != "-1"]

    def close(self) -> None:
        self.client.disconnect()

    def _on_notification(self, _key, _sender, mtype, params, _extra) -> None:
        self.heard.append((mtype, params))
        if mtype == LOAD:
            self.tables[params["table-id"]] = params["url"]
        if mtype == HIGHLIGHT and params["row"] != "-1":
            self.shown = params["row"]

    def _on_call(self, _key, _sender, message_id, mtype, params, _extra) -> None:
        self._on_notification(_key, _sender, mtype, params, _extra)
        self.client.reply(message_id, self._answer(mtype, params))

    def _answer(self, mtype: str, params: dict) -> dict:
        if mtype == LOAD:
            return {"samp.status": "samp.ok", "samp.result": {}}
        if mtype == SCRIPT:
            planes = "".join(f"PlaneID {title}\n" for title in self.titles())
            return {"samp.status": "samp.ok", "samp.result": {"script.result": planes}}
        known = params.get("table-id") in self.tables
        text = "Row out of range" if known else "No table loaded with this identifier"
        return {"samp.status": "samp.error", "samp.error": {"samp.errortxt": text}}

    def titles(self) -> list[str]:
        return [p["name"] for mtype, p in self.heard if mtype == LOAD]


@pytest.fixture
def program(hub_server) -> Iterator[Program]:
    made = Program("topcat")
    yield made
    made.close()


def make_table() -> LinkedTable:
    rows = Table(
        {
            "obj_id": np.arange(N) + 2**62,
            "name": [f"J{i:03d}" for i in range(N)],
            "ra": np.linspace(0, 300, N),
            "dec": np.linspace(-60, 60, N),
            "z": np.where(np.arange(N) == 3, np.nan, 0.1),
            "consensus_rank": np.arange(N) + 1,
            "nad_rank": N - np.arange(N),
            "spectrum_url": [f"http://odd.example/spectra/{i}" for i in range(N)],
        }
    )
    roles = {
        "id": "obj_id", "name": "name", "ra": "ra", "dec": "dec", "redshift": "z",
        "consensus": "consensus_rank", "oddness:nad": "nad_rank", "access:spectrum": "spectrum_url",
    }  # fmt: skip
    return LinkedTable("oddsky-test", "oddsky.objects", rows, roles)


@pytest.fixture
def table() -> LinkedTable:
    return make_table()


class RunningLink:
    """A link that runs in a thread, and what it writes."""

    def __init__(self, table: LinkedTable):
        self._output = io.StringIO()
        teller = Teller(Console(file=self._output, width=200))
        urls = {name: f"http://files/{name.split()[-1]}.vot" for name in COPIES}
        self._listeners = Listeners()
        self._listeners.add(Clicked, teller.clicked)
        self._listeners.add(Clicked, lambda e: teller.reasons([f"reason of {e.obj_id - 2**62}"]))
        self._listeners.add(Selected, teller.selected)
        self.link = Link(self._listeners, teller.say, lambda name, origin: True)
        self.link.open()
        self.link.add(table, Copies(table.table_id, table.title, urls))
        self._thread = threading.Thread(target=self.link.run)
        self._thread.start()

    @property
    def written(self) -> str:
        return self._output.getvalue()

    @property
    def clicked(self) -> int | None:
        return self.link.clicked and self.link.clicked.obj_id

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self.link.stop()
        self._thread.join(20)
        self.link.close()
        self._listeners.close()


@pytest.fixture
def running(private_samp, table) -> Iterator[RunningLink]:
    """Run a link; with a `hub_server` asked for before it, on that hub."""
    made = RunningLink(table)
    yield made
    made.stop()
    assert not os.path.exists(private_samp) or not made.link.hub.is_own  # noqa: PTH110
