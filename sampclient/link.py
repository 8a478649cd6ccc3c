"""Who follows what.

TOPCAT is the map, Aladin the sky, the page in the browser the spectrum. Clicks and selections pass
between them through the hub, by the table's identifier, without our help and as fast as the hub is.
The link gives all of them the same rows under that identifier, and then listens. It helps where a
program does not follow by itself:

- a program that joins late is given the tables,
- a viewer of spectra that knows no tables is sent the spectrum of what is clicked,
- when clicks have crossed on their way, the last one is said once more,
- our own listeners, the terminal or a notebook, are told who was clicked and selected.
"""

import threading
import time
from collections.abc import Callable, Iterable

import numpy as np

from sampclient.deliver import Copies
from sampclient.errors import HubError, LinkError, MessageError
from sampclient.giver import Giver
from sampclient.hub import Hub
from sampclient.inbox import Inbox
from sampclient.listeners import Clicked, Listeners, Selected
from sampclient.log import log
from sampclient.messages import (
    HIGHLIGHT,
    Highlight,
    HubStopped,
    Joined,
    Left,
    Message,
    Selection,
    make_highlight,
    make_select,
)
from sampclient.ownhub import Admits
from sampclient.peers import Peers, Shown
from sampclient.settle import US, Burst
from sampclient.spectrum import spectrum_message
from sampclient.table import LinkedTable

ECHO_SECONDS = 0.5
"""The same row within this time is one click, told by two programs."""

PING_SECONDS = 2.0
MOST_FOREIGN = 100
"""Tables of others that are remembered as told of."""

FOLLOWS = (
    "Another oddsky link gives these rows to the programs already; this one follows, and takes "
    "over when that ends."
)
NAMES = {"topcat": "TOPCAT"}
"""Names that are written otherwise than on the hub."""


class Link:
    """Follows the programs of a hub.

    Parameters
    ----------
    listeners : Listeners
        Told of every click and selection in the tables that are linked.
    say : callable
        Tells the user a sentence.
    admits : callable
        Whether a page of a given name and origin may join a hub of our own.

    Attributes
    ----------
    hub : Hub
    clicked : Clicked or None
        What was clicked last.
    selected : Selected or None
        What was selected last.
    """

    def __init__(self, listeners: Listeners, say: Callable[[str], None], admits: Admits):
        self.clicked: Clicked | None = None
        self.selected: Selected | None = None
        self._listeners, self._say = listeners, say
        self._tables: dict[str, tuple[LinkedTable, Copies]] = {}
        self._inbox: Inbox[Message] = Inbox(_kind_of)
        self.hub = Hub(self._hear, admits)
        self._peers = Peers(time.time_ns())
        self._giver = Giver(self.hub, self._peers.leads, say)
        self._burst = Burst()
        self._foreign: set[str] = set()
        self._is_lost = False
        self._stopped = threading.Event()
        self._last: tuple[str, int, float] = ("", -1, 0.0)

    def open(self) -> None:
        """Join a hub, and give the tables to the programs that are there.

        Raises
        ------
        HubError
            When there is no hub and none can be started.
        """
        self.hub.connect()
        # A new hub numbers its programs anew: what is known of the old numbers is wrong there.
        self._giver.clear()
        self._peers.clear()
        kind = "started one" if self.hub.is_own else "joined the one that runs"
        self._say(f"SAMP hub: {kind}.")
        self._declare()
        for client_id in self.hub.find_clients():
            self._peers.hear(client_id, self.hub.describe(client_id))
        self._offer_all()

    def add(self, table: LinkedTable, copies: Copies) -> None:
        """Link one more table."""
        self._tables[table.table_id] = table, copies
        self._giver.add(copies)
        if not self._peers.leads(table.table_id):
            self._say(FOLLOWS)
        try:
            self._declare()
            self._offer_all()
        except HubError as error:
            log.debug("told and given when there is a hub again: %s", error)

    def run(self) -> None:
        """Handle messages until told to stop; a hub that goes away is replaced."""
        while not self._stopped.is_set():
            try:
                self._step()
            except (MessageError, HubError, LinkError) as error:
                log.warning("%s", error)
            except Exception as error:  # one message, or one bug, must not end the link
                log.error("a message is left: %s: %s", type(error).__name__, error)
                log.debug("its traceback", exc_info=error)

    def stop(self) -> None:
        """Make `run` return soon."""
        self._stopped.set()
        self._inbox.close()

    def close(self) -> None:
        """Leave the hub as it was found."""
        self.hub.close()

    def highlight(self, table_id: str, row: int) -> None:
        """Show a row in all programs."""
        table, copies = self._tables[table_id]
        self.clicked = Clicked(table, row, "")
        self._last = table_id, row, time.monotonic()
        self._burst.add(Highlight(US, table_id, "", row), time.monotonic())
        self.hub.notify_all(make_highlight(table_id, copies.urls["topcat"], row))
        self._pass_on(table, row)

    def select(self, table_id: str, rows: np.ndarray) -> None:
        """Select rows in all programs."""
        table, copies = self._tables[table_id]
        self.selected = Selected(table, rows, "")
        self.hub.notify_all(make_select(table_id, copies.urls["topcat"], rows.tolist()))

    def leads(self, table_id: str) -> bool:
        """Return whether it is this link that gives a table to the programs."""
        return self._peers.leads(table_id)

    def shown_by_others(self) -> list[Shown]:
        """Return what other links on the hub show."""
        return self._peers.shown()

    def names(self) -> list[str]:
        """Return the names of the programs on the hub, in lower case."""
        return [self.hub.name_of(client_id).lower() for client_id in self.hub.find_clients()]

    def _declare(self) -> None:
        self.hub.declare(self._peers.describe(t for t, _ in list(self._tables.values())))

    def _offer_all(self) -> None:
        for client_id in self.hub.find_clients():
            self._inbox.put(Joined(client_id))

    def _rejoin(self) -> None:
        if not self._is_lost:
            log.warning("the SAMP hub is gone; looking for another until there is one")
        try:
            self.open()
            self._is_lost = False
        except HubError as error:
            self._is_lost = True
            log.debug("%s", error)
            self._stopped.wait(PING_SECONDS)

    def _step(self) -> None:
        """Handle the next message, if one comes before something else is to be done."""
        message = self._inbox.take(min(PING_SECONDS, self._burst.due(time.monotonic())))
        if isinstance(message, HubStopped) or (message is None and not self.hub.is_alive()):
            self._rejoin()
        elif message is not None:
            self._handle(message)
        self._settle()

    def _hear(self, message: Message) -> None:
        """Put a message in line, if it concerns us: what does not must not push out what does."""
        if not isinstance(message, Highlight | Selection):
            self._inbox.put(message)
        elif (table := self._find(message)) is None:
            self._log_foreign(message)
        else:
            rows = message.rows if isinstance(message, Selection) else np.array([message.row])
            table.obj_ids(rows)  # a MessageError, when there is no such row
            self._inbox.put(message)

    def _find(self, message: Highlight | Selection) -> LinkedTable | None:
        """Return the table that a message is about: programs name it by identifier or address."""
        if message.table_id in self._tables:
            return self._tables[message.table_id][0]
        linked = list(self._tables.values())  # a notebook may add one at this moment
        return next((t for t, copies in linked if message.url in copies.urls.values()), None)

    def _handle(self, message: Message) -> None:
        match message:
            case Highlight():
                self._on_highlight(message)
            case Selection():
                self._on_selection(message)
            case Joined():
                self._peers.hear(message.client_id, self.hub.describe(message.client_id))
                self._giver.offer(message.client_id, self._name(message.client_id))
            case Left():
                self._on_left(message.client_id)

    def _on_highlight(self, message: Highlight) -> None:
        table = self._find(message)
        if table is None or self._is_echo(table, message.row):
            return
        self._burst.add(message, time.monotonic())
        self.clicked = Clicked(table, message.row, self._name(message.sender))
        self._pass_on(table, message.row)
        self._listeners.tell(self.clicked)

    def _is_echo(self, table: LinkedTable, row: int) -> bool:
        now = time.monotonic()
        (last_id, last_row, last_time), self._last = self._last, (table.table_id, row, now)
        return (table.table_id, row) == (last_id, last_row) and now - last_time < ECHO_SECONDS

    def _pass_on(self, table: LinkedTable, row: int) -> None:
        """Send the spectrum to viewers that know no tables."""
        spectrum = spectrum_message(table, row)
        if spectrum is not None and self._peers.leads(table.table_id):
            self.hub.notify_all(spectrum)

    def _on_selection(self, message: Selection) -> None:
        table = self._find(message)
        # A click in Aladin selects what it highlights: that is told already.
        if table is None or (message.rows.size == 1 and int(message.rows[0]) == self._last[1]):
            return
        self.selected = Selected(table, message.rows, self._name(message.sender))
        self._listeners.tell(self.selected)

    def _settle(self) -> None:
        """Say the last of several clicks once more to those who may not be on it."""
        settled = self._burst.settle(time.monotonic())
        table = self._find(settled.last) if settled else None
        if settled is None or table is None or not self._peers.leads(table.table_id):
            return
        urls = self._tables[table.table_id][1].urls
        said = make_highlight(table.table_id, urls["topcat"], settled.last.row)
        for client_id in self._followers(urls):
            if not (settled.is_known_to_sender and client_id == settled.last.sender):
                self.hub.notify(client_id, said)

    def _followers(self, names: Iterable[str]) -> list[str]:
        """Return the programs of some names that take clicks."""
        takers = self.hub.find_takers(HIGHLIGHT)
        return [c for c in takers if self.hub.name_of(c).lower() in names]

    def _on_left(self, client_id: str) -> None:
        if self._giver.forget(client_id):
            self._say(f"{self._name(client_id)} was closed.")
        if self._peers.leave(client_id):
            self._offer_all()

    def _log_foreign(self, message: Highlight | Selection) -> None:
        """Say once of each table that it is another one: its clicks are no news."""
        table = message.table_id or message.url or "without identifier"
        if table not in self._foreign and len(self._foreign) < MOST_FOREIGN:
            self._foreign.add(table)
            log.info("%s: table %s is not linked", self._name(message.sender), table)

    def _name(self, client_id: str) -> str:
        """Return a program's name as it is written for users."""
        name = self.hub.name_of(client_id)
        return NAMES.get(name, name) or client_id


def _kind_of(message: Message) -> object:
    """Tell what a message supersedes: programs come and go one by one."""
    if isinstance(message, Joined | Left):
        return type(message), message.client_id
    return type(message)
