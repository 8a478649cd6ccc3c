"""Who is given which table: every program that can use it, once, as soon as it is there."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable

from sampclient.deliver import Copies, deliver, show_sky
from sampclient.errors import HubError
from sampclient.hub import Hub
from sampclient.log import log
from sampclient.messages import LOAD


class Giver:
    """Gives tables to programs, in threads: a program may take a minute to start up.

    Parameters
    ----------
    hub : Hub
    leads : callable
        Whether it is on this link to give a table.
    say : callable
        Tells the user a sentence.
    """

    def __init__(self, hub: Hub, leads: Callable[[str], bool], say: Callable[[str], None]):
        self._hub, self._leads, self._say = hub, leads, say
        self._copies: list[Copies] = []
        self._given: set[tuple[str, str]] = set()
        self._skies: set[str] = set()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def add(self, copies: Copies) -> None:
        """Give a table from now on, instead of an older one of the same identifier."""
        self._copies = [c for c in self._copies if c.table_id != copies.table_id] + [copies]

    def offer(self, client_id: str, name: str) -> None:
        """Give a program what it has not."""
        wanted = [c for c in self._copies if self._is_wanted(client_id, name, c)]
        if not wanted or client_id not in self._hub.find_takers(LOAD):
            return
        self._given.update((client_id, copies.table_id) for copies in wanted)
        threading.Thread(target=self._give, args=(client_id, name, wanted), daemon=True).start()

    def forget(self, client_id: str) -> bool:
        """Forget a program that has left; return whether it was given anything."""
        known = {pair for pair in list(self._given) if pair[0] == client_id}
        self._given -= known
        self._turns.pop(client_id, None)
        return bool(known)

    def clear(self) -> None:
        """Forget all programs: a new hub numbers them anew."""
        for known in (self._given, self._skies, self._turns):
            known.clear()

    def _is_wanted(self, client_id: str, name: str, copies: Copies) -> bool:
        is_new = (client_id, copies.table_id) not in self._given
        return is_new and name.lower() in copies.urls and self._leads(copies.table_id)

    def _give(self, client_id: str, name: str, wanted: list[Copies]) -> None:
        with self._turns[client_id]:
            for copies in wanted:
                self._give_one(client_id, name, copies)

    def _give_one(self, client_id: str, name: str, copies: Copies) -> None:
        try:
            if deliver(self._hub, client_id, copies):
                self._say(f"{name} has {copies.title}: click or select there.")
                self._show_sky(client_id, name, copies.survey)
                return
            log.warning("%s took no table; restart it, and it is given it again", name)
        except HubError as error:
            log.log(
                logging.WARNING if self._hub.is_connected else logging.DEBUG, "%s: %s", name, error
            )
        self._given.discard((client_id, copies.table_id))

    def _show_sky(self, client_id: str, name: str, survey: str) -> None:
        """Put the sky behind the first table; with the others it is there."""
        if name.lower() == "aladin" and client_id not in self._skies:
            self._skies.add(client_id)
            show_sky(self._hub, client_id, survey)
