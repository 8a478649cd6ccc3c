"""Giving the table to a program, as each of them wants it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from sampclient.aladin import write_aladin_copy
from sampclient.errors import HubError
from sampclient.files import Files
from sampclient.hub import Hub
from sampclient.messages import make_highlight, make_load, make_script
from sampclient.table import LinkedTable
from sampclient.topcat import write_topcat_copy

PATIENCE = 90.0
"""How long a program may take to start up, and to load the table [s]."""

POLL = 0.3
ANSWER_SECONDS = 5

_log = logging.getLogger("oddsky.link")


@dataclass(frozen=True, slots=True)
class Copies:
    """The address of the copy that each program is given, by its name on the hub in lower case."""

    table_id: str
    title: str
    urls: dict[str, str]

    @classmethod
    def write(cls, table: LinkedTable, files: Files) -> "Copies":
        """Write the copies into the served folder."""
        topcat = write_topcat_copy(table, files.folder, files.base)
        aladin = write_aladin_copy(table, files.folder)
        urls = {"topcat": files.url(topcat), "aladin": files.url(aladin)}
        return cls(table.table_id, table.title, urls)


def deliver(hub: Hub, client_id: str, copies: Copies) -> bool:
    """Give a program the table, unless it has it; return whether it has it then.

    A program registers seconds before it answers, and may be busy at any time: only one that has
    left is given up at once.

    Raises
    ------
    HubError
        When the program is gone.
    """
    name = hub.name_of(client_id).lower()
    ask = {"topcat": _ask_topcat, "aladin": _ask_aladin}[name]

    def has_table() -> bool | None:
        return _patiently(hub, client_id, lambda: ask(hub, client_id, copies))

    if not _until(lambda: has_table() is not None):
        return False
    if has_table():
        return True
    load = make_load(copies.table_id, copies.urls[name], copies.title)
    # Aladin never answers the first table that it is given, so none is asked for an answer.
    hub.notify(client_id, load)
    return _until(lambda: has_table() is True)


def _ask_topcat(hub: Hub, client_id: str, copies: Copies) -> bool:
    """Ask for a row that cannot be: the refusal tells whether the table or the row is unknown."""
    probe = make_highlight(copies.table_id, copies.urls["topcat"], -1)
    answer = hub.call(client_id, probe, ANSWER_SECONDS)
    error = str(answer.get("samp.error", {}).get("samp.errortxt", ""))
    return "No table" not in error


def _ask_aladin(hub: Hub, client_id: str, copies: Copies) -> bool:
    answer = hub.call(client_id, make_script("status"), ANSWER_SECONDS)
    if answer["samp.status"] != "samp.ok":
        raise HubError("Aladin is starting up")
    return copies.title in str(answer["samp.result"].get("script.result", ""))


def _patiently(hub: Hub, client_id: str, ask: Callable[[], bool]) -> bool | None:
    """Return the answer; None while a program that is still there is too busy for one."""
    try:
        return ask()
    except HubError as error:
        _log.debug("no answer yet: %s", error)
        if client_id not in hub.find_clients():
            raise
        return None


def _until(test: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if test():
            return True
        time.sleep(POLL)
    return False
