"""Who tells whom.

TOPCAT is the map, Aladin the sky: clicks and selections pass between them through the hub, by the
table's identifier, without our help. The link gives both the same rows under that identifier,
follows what is clicked, says what it is, and passes its spectrum on to viewers.
"""

import logging
import threading
import time
from collections.abc import Callable

from sampclient.deliver import Copies, deliver
from sampclient.errors import HubError, LinkError, MessageError
from sampclient.hub import Hub
from sampclient.inbox import Inbox
from sampclient.messages import Highlight, HubStopped, Joined, Left, Message, Selection
from sampclient.spectrum import spectrum_message
from sampclient.table import LinkedTable
from sampclient.tell import Teller

ECHO_SECONDS = 0.5
"""The same row within this time is one click, told by two programs."""

PING_SECONDS = 2.0
MTYPE_LOAD = "table.load.votable"

_log = logging.getLogger("oddsky.link")


class Link:
    """Follows the programs of a hub.

    Parameters
    ----------
    table : LinkedTable
    copies : Copies
    teller : Teller
    find_reasons : callable
        Given an obj_id, returns why it is odd.

    Attributes
    ----------
    highlighted : int or None
        obj_id that was clicked last.
    selected : list of int
        obj_ids that were selected last.
    """

    def __init__(
        self,
        table: LinkedTable,
        copies: Copies,
        teller: Teller,
        find_reasons: Callable[[int], list[str]],
    ):
        self.highlighted: int | None = None
        self.selected: list[int] = []
        self._table, self._copies, self._teller = table, copies, teller
        self._find_reasons = find_reasons
        self._inbox = Inbox()
        self._hub = Hub(self._inbox.put)
        self._given: set[str] = set()
        self._foreign: set[str] = set()
        self._names: dict[str, str] = {}
        self._is_lost = False
        self._last: tuple[int, float] = (-1, 0.0)

    def open(self) -> None:
        """Join a hub, and give the table to the programs that are there.

        Raises
        ------
        HubError
            When there is no hub and none can be started.
        """
        self._hub.connect()
        # A new hub numbers its programs anew: what is known of the old numbers is wrong there.
        self._given.clear()
        self._names.clear()
        kind = "started one" if self._hub.is_own else "joined the one that runs"
        self._teller.say(f"SAMP hub: {kind}.")
        for client_id in self._hub.find_clients():
            self._inbox.put(Joined(client_id))

    def run(self, stopped: threading.Event) -> None:
        """Handle messages until told to stop; a hub that goes away is replaced."""
        while not stopped.is_set():
            message = self._inbox.take(PING_SECONDS)
            if isinstance(message, HubStopped) or (message is None and not self._hub.is_alive()):
                self._rejoin()
            elif message is not None:
                self._handle_safely(message)

    def close(self) -> None:
        """Leave the hub as it was found."""
        self._hub.close()

    def _rejoin(self) -> None:
        if not self._is_lost:
            _log.warning("the SAMP hub is gone; looking for another until there is one")
        try:
            self.open()
            self._is_lost = False
        except HubError as error:
            self._is_lost = True
            _log.debug("%s", error)

    def _handle_safely(self, message: Message) -> None:
        """Handle a message; what goes wrong with one must not end the link."""
        try:
            self._handle(message)
        except (MessageError, HubError, LinkError) as error:
            _log.warning("%s: %s", self._name(message.sender), error)

    def _handle(self, message: Message) -> None:
        match message:
            case Highlight():
                self._on_highlight(message)
            case Selection():
                self._on_selection(message)
            case Joined():
                self._on_joined(message.sender)
            case Left():
                self._on_left(message.sender)

    def _on_highlight(self, message: Highlight) -> None:
        if not self._is_ours(message):
            return
        obj_id = self._table.obj_id(message.row)
        last_row, last_time = self._last
        now = time.monotonic()
        self._last = message.row, now
        if message.row == last_row and now - last_time < ECHO_SECONDS:
            return
        self.highlighted = obj_id
        self._teller.clicked(self._name(message.sender), message.row)
        spectrum = spectrum_message(self._table, message.row)
        if spectrum is not None:
            self._hub.notify_all(spectrum)
        self._teller.reasons(self._find_reasons(obj_id))

    def _on_selection(self, message: Selection) -> None:
        # A click in Aladin selects what it highlights: that is told already.
        if not self._is_ours(message) or message.rows == self._last[:1]:
            return
        self.selected = self._table.obj_ids(message.rows)
        self._teller.selected(self._name(message.sender), message.rows)

    def _on_joined(self, client_id: str) -> None:
        name = self._name(client_id)
        known = name.lower() in self._copies.urls and client_id not in self._given
        if not known or not self._hub.subscribes(client_id, MTYPE_LOAD):
            return
        self._given.add(client_id)
        threading.Thread(target=self._give, args=(client_id, name), daemon=True).start()

    def _give(self, client_id: str, name: str) -> None:
        """Give a program the table; it may take a minute to start up."""
        try:
            if deliver(self._hub, client_id, self._copies):
                self._teller.say(f"{name} has {self._copies.title}: click or select there.")
                return
            _log.warning("%s took no table; restart it, and it is given it again", name)
        except HubError as error:
            _log.warning("%s: %s", name, error)
        self._given.discard(client_id)

    def _on_left(self, client_id: str) -> None:
        if client_id in self._given:
            self._given.discard(client_id)
            self._teller.say(f"{self._names.pop(client_id, client_id)} was closed.")

    def _is_ours(self, message: Highlight | Selection) -> bool:
        ours = message.table_id == self._table.table_id or message.url in self._copies.urls.values()
        if not ours:
            self._log_foreign(message)
        return ours

    def _log_foreign(self, message: Highlight | Selection) -> None:
        """Say once of each table that it is another one: its clicks are no news."""
        table = message.table_id or message.url or "without identifier"
        if table not in self._foreign:
            self._foreign.add(table)
            _log.info("%s: table %s is not linked", self._name(message.sender), table)

    def _name(self, client_id: str) -> str:
        """Return a program's name, also after it has gone."""
        if client_id not in self._names and (name := self._hub.name_of(client_id)):
            self._names[client_id] = "TOPCAT" if name == "topcat" else name
        return self._names.get(client_id, client_id)
