"""TOPCAT on a screen of its own, its windows worked by a pointer and a keyboard.

Places are in pixels of TOPCAT 4.8's windows, at the sizes that are given to them here. What TOPCAT
has loaded is judged by what it hands on: a table that is broadcast is TOPCAT's own copy.
"""

import io
import os
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
from astropy.table import Table

from tests.support.desktop import load_harness, pixels, until
from tests.support.shared import missing

REFUSED = " ".join(f"-D{p}.proxyHost=127.0.0.1 -D{p}.proxyPort=9" for p in ("http", "https"))
"""Whatever is not on this machine is refused at once: the registry that windows ask on opening."""

MAIN_SIZE = (900, 500)
BROADCAST_BUTTON, ACTIONS_BUTTON, VO_MENU = (116, 40), (342, 39), (306, 10)
CONE, SSA, TAP = "Cone Search", "Simple Spectral Access", "Table Access Protocol"
VO_ITEMS = {CONE: (449, 37), SSA: (449, 95), TAP: (449, 124)}
REGISTRY_ERRORS = {SSA: "Query Error", TAP: "Service search error"}
"""What windows complain of that ask the registry unasked."""

FIRST_ACTION, ACTION_HEIGHT, INVOKE_BUTTON = (90, 122), 23, (265, 388)
"""In the window of activation actions: the likeliest action stands first."""

PLOT_TABLE, SEND_SPECTRUM = 6, 8
"""Their places among the actions of a table that SSA gave."""

URL_FIELD, OK_BUTTON = (350, 474), (315, 660)
"""In the windows of cone search and SSA."""

TAP_SIZE = (1000, 940)
TAP_URL_FIELD, USE_SERVICE_BUTTON = (277, 666), (638, 695)
QUERY_TEXT, RUN_BUTTON, MODE = (476, 754), (505, 911), (184, 613)
CLEAR_BUTTON, FAULT_BUTTON = (745, 613), (925, 613)
EXAMPLES_BUTTON, SERVICE_EXAMPLES = (68, 870), (68, 909)


@dataclass(frozen=True)
class Loaded:
    """A table that TOPCAT has.

    Attributes
    ----------
    number : int
        By which TOPCAT calls it, in `TAP_UPLOAD.t<number>` too.
    table : Table
        As TOPCAT hands it on.
    """

    number: int
    table: Table


class Topcat:
    """TOPCAT, and the tables that come into it."""

    def __init__(self, hub: object, program: object):
        self.hub, self.program = hub, program
        self._main = hub.wait_window("^TOPCAT$")
        self._number = 0
        hub.xdotool("windowsize", "--sync", self._main, *MAIN_SIZE)

    def load(self, service: str, columns: str) -> Loaded:
        """Load columns of some objects, sent by SAMP."""
        query = f"SELECT TOP 20 {columns} FROM oddsky.objects"
        asked = {"LANG": "ADQL", "FORMAT": "votable/td", "QUERY": query}
        self.program.load_table(f"{service}/tap/sync?{urllib.parse.urlencode(asked)}", "odd")
        return self.next_table()

    def next_table(self) -> Loaded:
        """Wait until a table is there that was not; return it."""
        url = until(self._new_table, 20, "a table in TOPCAT")
        with urllib.request.urlopen(url) as answer:
            return Loaded(self._number, Table.read(io.BytesIO(answer.read()), format="votable"))

    def open(self, title: str) -> int:
        """Open a window of the menu VO, in the corner of the screen."""
        window = self.press(self._main, title, VO_MENU, VO_ITEMS[title])
        if error := REGISTRY_ERRORS.get(title):
            refused = self.hub.wait_window(f"^{error}$", 20)
            self.hub.xdotool("windowactivate", "--sync", refused, "key", "space")
            until(lambda: error not in self.hub.windows().values(), 10, f"the end of '{error}'")
        self.hub.xdotool("windowmove", "--sync", window, 0, 0)
        return window

    def search(self, window: int, url: str, *numbers: str) -> Loaded:
        """Search with a form; see `fill`."""
        self.fill(window, url, *numbers)
        self.hub.click(window, *OK_BUTTON)
        return self.next_table()

    def fill(self, window: int, url: str, *numbers: str) -> None:
        """Fill in the form of a cone search or SSA.

        Parameters
        ----------
        window : int
        url : str
            Of the service.
        numbers : str
            Right ascension, declination, radius or diameter [degree]; an empty text leaves a field
            as it is.
        """
        self.hub.click(window, *URL_FIELD)
        self.type(url)
        for tabs, number in zip((3, 2, 2), numbers, strict=True):
            self.hub.xdotool("key", "--delay", 20, *["Tab"] * tabs)
            if number:
                self.type(number)

    def type(self, text: str) -> None:
        """Type into the field that was given the focus, when it has taken it."""
        time.sleep(0.15)
        self.hub.xdotool("type", "--delay", 6, text)

    def select_action(self, loaded: Loaded, place: int = 0) -> int:
        """Select an activation action of the current table; return their window."""
        title = f"TOPCAT({loaded.number}): Activation"
        window = self.press(self._main, title, ACTIONS_BUTTON)
        x, y = FIRST_ACTION
        self.hub.click(window, x, y + place * ACTION_HEIGHT)
        return window

    def press(self, window: int, title: str, *places: tuple[int, int]) -> int:
        """Press a button, or a menu and its item; return the window that opens."""
        for seconds in (5, 30):  # a click is lost on a window that is not yet complete
            for place in places:
                self.hub.click(window, *place)
            if found := self._find(title, seconds):
                return found
        raise AssertionError(f"no window '{title}' among {self.hub.windows().values()}")

    def _find(self, title: str, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for window, its_title in self.hub.windows().items():
                if title in its_title:
                    return window
            time.sleep(0.05)
        return None

    def _new_table(self) -> str | None:
        seen = len(self.hub.messages)
        self.hub.click(self._main, *BROADCAST_BUTTON)
        time.sleep(0.2)
        for message in self.hub.find("table.load.votable", self.program.id, seen):
            url = message["params"]["url"]
            number = int(re.search(r"/t(\d+)\.vot$", url)[1])
            if number > self._number:
                self._number = number
                return url
        return None


class TapWindow:
    """TOPCAT's window for TAP, using a service."""

    def __init__(self, topcat: Topcat, url: str):
        self._topcat, self._hub = topcat, topcat.hub
        self.window = topcat.open(TAP)
        self._hub.click(self.window, *TAP_URL_FIELD)
        topcat.type(f"{url}\n")
        self._hub.click(self.window, *USE_SERVICE_BUTTON)
        self._hub.xdotool("windowsize", "--sync", self.window, *TAP_SIZE)

    def write(self, query: str) -> None:
        """Write a query in place of what is there."""
        self._hub.click(self.window, *CLEAR_BUTTON)
        self._hub.click(self.window, *QUERY_TEXT)
        self._topcat.type(query)

    def choose_example(self) -> None:
        """Take the first of the service's own examples as query."""
        self._hub.click(self.window, *EXAMPLES_BUTTON)
        self._hub.click(self.window, *SERVICE_EXAMPLES)
        self._hub.xdotool("key", "--delay", 100, "Right", "Return")

    def run_as_job(self) -> None:
        """From now on, run queries as jobs."""
        self._hub.click(self.window, *MODE)
        self._hub.xdotool("key", "--delay", 50, "Down", "Return")

    def run(self) -> Loaded:
        """Run the query; return what it gives."""
        self._hub.click(self.window, *RUN_BUTTON)
        return self._topcat.next_table()

    def finds_fault(self) -> bool:
        """Return whether the button is lit that tells what is wrong with the query."""
        x, y = FAULT_BUTTON
        box = pixels(self._hub, self.window)[y - 12 : y + 13, x - 12 : x + 13].astype(int)
        return bool((np.ptp(box, axis=2) > 60).sum() > 20)


@contextmanager
def started_topcat() -> Iterator[Topcat]:
    """Start TOPCAT; skip when a program is missing."""
    harness = load_harness()
    with patch.dict(os.environ, JAVA_TOOL_OPTIONS=REFUSED):
        try:
            with harness.hub(size=(1700, 1000)) as hub, harness.topcat(hub) as program:
                yield Topcat(hub, program)
        except harness.ClientNotInstalled as error:
            missing(str(error))
