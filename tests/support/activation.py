"""TOPCAT with its activation actions open, on a screen of its own."""

import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.desktop import load_harness, until
from tests.support.shared import missing

ACTIONS_BUTTON = (342, 39)
"""In TOPCAT's main window [pixel]."""

FIRST_ACTION, INVOKE_BUTTON = (90, 122), (265, 388)
"""In the window of activation actions: the likeliest action stands first."""


class Topcat:
    """TOPCAT with one table, whose activation actions are open."""

    def __init__(self, hub: object, program: object, service: str, columns: str):
        self.hub = hub
        query = f"SELECT TOP 20 {columns} FROM oddsky.objects"
        asked = {"LANG": "ADQL", "FORMAT": "votable/td", "QUERY": query}
        url = f"{service}/tap/sync?{urllib.parse.urlencode(asked)}"
        program.load_table(url, "odd", "odd")
        main = hub.wait_window("^TOPCAT$")
        hub.xdotool("windowsize", "--sync", main, 900, 500)
        self._actions = self._press(main, ACTIONS_BUTTON, "Activation Actions")

    def invoke_first(self, window: str) -> int:
        """Invoke the first action on the first row; return the window that opens."""
        self.hub.click(self._actions, *FIRST_ACTION)
        return self._press(self._actions, INVOKE_BUTTON, window)

    def _press(self, window: int, place: tuple[int, int], title: str) -> int:
        def opened() -> int | None:
            found = [w for w, t in self.hub.windows().items() if title in t]
            return found[0] if found else self.hub.click(window, *place)

        return until(opened, 30, f"the window '{title}'")


@contextmanager
def topcat_with(service: str, columns: str) -> Iterator[Topcat]:
    """Start TOPCAT with columns of the objects; skip when a program is missing."""
    harness = load_harness()
    try:
        with harness.hub(size=(1700, 1000)) as hub, harness.topcat(hub) as program:
            yield Topcat(hub, program, service, columns)
    except harness.ClientNotInstalled as error:
        missing(str(error))
