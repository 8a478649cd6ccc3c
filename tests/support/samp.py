"""A private SAMP hub and programs on it that behave as the real ones were seen to."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyvo import samp

samp.conf.use_internet = False

LOAD, HIGHLIGHT, SELECT = "table.load.votable", "table.highlight.row", "table.select.rowList"
SPECTRUM, SCRIPT = "spectrum.load.ssa-generic", "script.aladin.send"
EXTRA = {"Aladin": (SCRIPT,)}


def until(test: Callable[[], object], seconds: float = 10) -> object:
    """Wait until a test is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := test():
            return value
        time.sleep(0.02)
    raise AssertionError("what was waited for did not come")


@contextmanager
def running_hub() -> Iterator[samp.SAMPHubServer]:
    """Run a hub where SAMP_HUB says until the block ends."""
    server = samp.SAMPHubServer(addr="127.0.0.1", web_profile=False)
    server.start()
    try:
        yield server
    finally:
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
        with suppress(OSError):  # the hub may have gone before
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


def own_browser(folder: Path) -> tuple[dict[str, str], Path]:
    """Return an environment whose browser writes down what it is to open, and where it does."""
    opened, browser = folder / "opened", folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    browser.chmod(0o755)
    return {**os.environ, "BROWSER": str(browser)}, opened
