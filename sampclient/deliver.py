"""Giving the table to a program, as each of them wants it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sampclient import viewer
from sampclient.aladin import can_reach_images, make_background_script, write_aladin_copy
from sampclient.errors import HubError
from sampclient.files import Files
from sampclient.hub import Hub
from sampclient.log import log
from sampclient.messages import make_highlight, make_load, make_script
from sampclient.table import LinkedTable
from sampclient.topcat import write_topcat_copy

PATIENCE = 90.0
"""How long a program may take to start up, and to load the table [s]."""

T = TypeVar("T")

POLL = 0.3
ANSWER_SECONDS = 5
PAGE_SECONDS = 20
"""How long a page may take to fetch and read the table."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The address of the copy that each program is given, by its name on the hub in lower case."""

    table_id: str
    title: str
    urls: dict[str, str]
    survey: str = ""

    @classmethod
    def write(cls, table: LinkedTable, files: Files, survey: str = "") -> "Copies":
        """Write the copies into the served folder."""
        names = {
            "topcat": write_topcat_copy(table, files.folder, files.base),
            "aladin": write_aladin_copy(table, files.folder),
            viewer.NAME: viewer.write_viewer_copy(table, files.folder),
        }
        urls = {program: files.url(name) for program, name in names.items()}
        return cls(table.table_id, table.title, urls, survey)


def deliver(hub: Hub, client_id: str, copies: Copies) -> bool:
    """Give a program the table, unless it has it; return whether it has it then.

    Raises
    ------
    HubError
        When the program is gone.
    """
    name = hub.name_of(client_id).lower()
    if name == viewer.NAME:
        return _show_page(hub, client_id, copies)
    ask = {"topcat": _ask_topcat, "aladin": _ask_aladin}[name]
    return _load(hub, client_id, copies, name, ask)


def show_sky(hub: Hub, client_id: str, survey: str) -> None:
    """Show a survey's own images in Aladin, where there are some and the network is open.

    Raises
    ------
    HubError
        When the program is gone.
    """
    script = make_background_script(survey)
    if script and can_reach_images():
        hub.notify(client_id, make_script(script))


def _load(hub: Hub, client_id: str, copies: Copies, name: str, ask: "Ask") -> bool:
    """Load the table into a program that can be asked whether it has it.

    A program registers seconds before it answers, and may be busy at any time: only one that has
    left is given up at once.
    """

    def has_table() -> bool | None:
        return _patiently(hub, client_id, lambda: ask(hub, client_id, copies))

    if not _until(lambda: has_table() is not None):
        return False
    if has_table():
        return True
    load = make_load(copies.table_id, copies.urls[name], copies.title)
    # Aladin never answers the first table that it is given, so none is asked for an answer.
    hub.notify(client_id, load)
    return bool(_until(has_table))


Ask = Callable[[Hub, str, Copies], bool]


def _show_page(hub: Hub, client_id: str, copies: Copies) -> bool:
    """Give a page the table; it has none when it joins, and says whether it could read it."""
    load = make_load(copies.table_id, copies.urls[viewer.NAME], copies.title)
    answer = _until(
        lambda: _patiently(hub, client_id, lambda: hub.call(client_id, load, PAGE_SECONDS))
    )
    if answer and not answer.is_ok:
        log.warning("the viewer: %s", answer.error)
    return bool(answer and answer.is_ok)


def _ask_topcat(hub: Hub, client_id: str, copies: Copies) -> bool:
    """Ask for a row that cannot be: the refusal tells whether the table or the row is unknown."""
    probe = make_highlight(copies.table_id, copies.urls["topcat"], -1)
    return "No table" not in hub.call(client_id, probe, ANSWER_SECONDS).error


def _ask_aladin(hub: Hub, client_id: str, copies: Copies) -> bool:
    answer = hub.call(client_id, make_script("status"), ANSWER_SECONDS)
    if not answer.is_ok:
        raise HubError("Aladin is starting up")
    plane = rf'^PlaneID\s+"?{re.escape(copies.title)}"?\s*$'
    return bool(re.search(plane, str(answer.result.get("script.result", "")), re.MULTILINE))


def _patiently(hub: Hub, client_id: str, ask: Callable[[], T]) -> T | None:
    """Return the answer; None while a program that is still there is too busy for one."""
    try:
        return ask()
    except HubError as error:
        log.debug("no answer yet: %s", error)
        if client_id not in hub.find_clients():
            raise
        return None


def _until(test: Callable[[], T | None]) -> T | None:
    """Ask until the answer is true or time is up; return the last answer."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := test()) and time.monotonic() < deadline:
        time.sleep(POLL)
    return answer
