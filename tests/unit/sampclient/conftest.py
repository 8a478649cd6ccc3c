"""A private SAMP hub, programs on it that behave as seen of the real ones, and a small table."""

import io
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from astropy.table import Table
from pyvo import samp
from rich.console import Console

from sampclient import ownhub
from sampclient.deliver import Copies
from sampclient.link import Link
from sampclient.listeners import Clicked, Listeners, Selected
from sampclient.table import LinkedTable
from sampclient.tell import Teller
from tests.support.samp import Program, running_hub
from tests.support.service import free_port

N = 40
COPIES = ("topcat", "aladin", "oddsky viewer")


@pytest.fixture
def private_samp(tmp_path, monkeypatch) -> str:
    """Point every SAMP library at a lock file and a port that nobody else knows."""
    monkeypatch.setattr(ownhub, "WEB_PORT", free_port())
    lock = tmp_path / "samp-lock"
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:file://{lock}")
    return str(lock)


@pytest.fixture
def hub_server(private_samp) -> Iterator[samp.SAMPHubServer]:
    with running_hub() as server:
        yield server


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
    return LinkedTable("oddsky-test", "oddsky.objects", rows, roles, is_whole=True)


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
        self.link.add(table, Copies(table.table_id, table.title, urls, "sdss"))
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
