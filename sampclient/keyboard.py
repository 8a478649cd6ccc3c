"""What can be typed while the link runs: a line about the selection."""

import sys
import threading
from pathlib import Path
from urllib.parse import urlencode

from astropy.table import Table

from sampclient.connection import Connection
from sampclient.errors import HubError, LinkError
from sampclient.tell import Teller

LONGEST_LIST = 100
"""Objects that an address may name; the stack of more is for a notebook."""

HELP = (
    "Type `save FILE` (.vot, .fits, .ecsv, .csv), `show` or `stack`: the selection as a file, as a "
    "table of its own in all programs, as the address of its stack."
)


class Keyboard:
    """Reads lines from a terminal, in a thread.

    Parameters
    ----------
    connection : Connection
    teller : Teller
    """

    def __init__(self, connection: Connection, teller: Teller):
        self._connection, self._say = connection, teller.say

    def listen(self) -> None:
        """Begin to read, if there is a terminal to read from."""
        if sys.stdin is not None and sys.stdin.isatty():
            self._say(HELP)
            threading.Thread(target=self._read, daemon=True).start()

    def obey(self, line: str) -> None:
        """Do what a line says; say why not, when it cannot be done."""
        verb, _, rest = line.strip().partition(" ")
        acts = {"save": self._save, "show": self._show, "stack": self._stack}
        if not verb:
            return
        if verb not in acts:
            self._say(HELP)
            return
        try:
            acts[verb](rest.strip())
        except (LinkError, HubError, OSError) as error:
            self._say(str(error))

    def _read(self) -> None:
        for line in sys.stdin:
            self.obey(line)

    def _save(self, name: str) -> None:
        rows = self._selection()
        path = Path(name).expanduser()
        form = {".vot": "votable", ".xml": "votable", ".fits": "fits", ".ecsv": "ascii.ecsv",
                ".csv": "ascii.csv"}.get(path.suffix.lower())  # fmt: skip
        if form is None:
            raise LinkError(f"Save as what? '{name}' ends in none of .vot, .fits, .ecsv and .csv.")
        if path.exists():
            raise LinkError(f"There is a file {path} already; name another.")
        rows.write(path, format=form)
        self._say(f"{len(rows)} rows are in {path}.")

    def _show(self, _: str) -> None:
        self._connection.show(self._selection())

    def _stack(self, _: str) -> None:
        ids = self._selection()["obj_id"].tolist()
        if len(ids) > LONGEST_LIST:
            raise LinkError(
                f"An address cannot name {len(ids)} objects; sampclient.connect(...).stack() can."
            )
        asked = urlencode({"ID": ",".join(map(str, ids)), "RESPONSEFORMAT": "png"})
        self._say(f"{self._connection.service.url}/stack?{asked}")

    def _selection(self) -> Table:
        rows = self._connection.selection()
        if len(rows) == 0:
            raise LinkError("Nothing is selected yet; draw a region in TOPCAT or Aladin.")
        return rows
