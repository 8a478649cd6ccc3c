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
from sampclient.table import LinkedTable
from sampclient.tell import Teller

samp.conf.use_internet = False
N = 40


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
    """Stands in for TOPCAT: it takes a table, and refuses rows of tables that it has not."""

    def __init__(self, name: str):
        self.heard: list[tuple[str, dict]] = []
        self.tables: dict[str, str] = {}
        self.client = samp.SAMPIntegratedClient(name=name, addr="127.0.0.1")
        self.client.connect()
        for mtype in ("table.load.votable", "table.highlight.row", "spectrum.load.ssa-generic"):
            self.client.bind_receive_notification(mtype, self._on_notification)
            self.client.bind_receive_call(mtype, self._on_call)

    def highlight(self, table_id: str, row: object) -> None:
        self.send("table.highlight.row", **{"table-id": table_id, "row": row})

    def send(self, mtype: str, **params: object) -> None:
        self.client.notify_all({"samp.mtype": mtype, "samp.params": params})

    def spectra(self) -> list[str]:
        return [p["url"] for mtype, p in self.heard if mtype.startswith("spectrum")]

    def close(self) -> None:
        self.client.disconnect()

    def _on_notification(self, _key, _sender, mtype, params, _extra) -> None:
        self.heard.append((mtype, params))
        if mtype == "table.load.votable":
            self.tables[params["table-id"]] = params["url"]

    def _on_call(self, _key, _sender, message_id, mtype, params, _extra) -> None:
        self._on_notification(_key, _sender, mtype, params, _extra)
        known = params.get("table-id") in self.tables
        text = "Row out of range" if known else "No table loaded with this identifier"
        error = {"samp.status": "samp.error", "samp.error": {"samp.errortxt": text}}
        self.client.reply(message_id, error)


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
        teller = Teller(table, Console(file=self._output, width=200))
        urls = {"topcat": "http://files/topcat.vot", "aladin": "http://files/aladin.vot"}
        copies = Copies(table.table_id, table.title, urls)
        self.link = Link(table, copies, teller, lambda obj_id: [f"reason of {obj_id - 2**62}"])
        self._stopped = threading.Event()
        self.link.open()
        self._thread = threading.Thread(target=self.link.run, args=(self._stopped,))
        self._thread.start()

    @property
    def written(self) -> str:
        return self._output.getvalue()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(20)
        self.link.close()


@pytest.fixture
def running(private_samp, table) -> Iterator[RunningLink]:
    """Run a link; with a `hub_server` asked for before it, on that hub."""
    made = RunningLink(table)
    yield made
    made.stop()
    assert not os.path.exists(private_samp) or not made.link._hub.is_own  # noqa: PTH110
