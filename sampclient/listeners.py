"""Those who are told of clicks and selections, in a thread of their own.

A listener may take its time, fetch a stack or plot: the link goes on meanwhile, and it is then told
of the last click alone. One that fails is a line in the log.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sampclient.inbox import Inbox
from sampclient.log import log
from sampclient.table import LinkedTable

WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Clicked:
    """A row was clicked in a program."""

    table: LinkedTable
    row: int
    program: str

    @property
    def obj_id(self) -> int:
        """The object of the row."""
        return self.table.obj_id(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """Rows, int64 of shape (n,), were selected in a program."""

    table: LinkedTable
    rows: np.ndarray
    program: str

    @property
    def obj_ids(self) -> np.ndarray:
        """The objects of the rows, int64, shape (n,)."""
        return self.table.obj_ids(self.rows)


Event = Clicked | Selected


class Listeners:
    """Runs callbacks until it is closed."""

    def __init__(self) -> None:
        self._callbacks: list[tuple[type, Callable]] = []
        self._inbox: Inbox[Event] = Inbox(type)
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="oddsky-listeners", daemon=True).start()

    def add(self, kind: type, callback: Callable) -> None:
        """Tell a callback of a kind of events from now on."""
        self._callbacks.append((kind, callback))

    def tell(self, event: Event) -> None:
        """Tell all of an event soon."""
        self._inbox.put(event)

    def close(self) -> None:
        """Tell of nothing more."""
        self._closed.set()
        self._inbox.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            event = self._inbox.take(WAIT_SECONDS)
            if event is not None:
                self._call_all(event)

    def _call_all(self, event: Event) -> None:
        for kind, callback in list(self._callbacks):
            if isinstance(event, kind):
                _call(callback, event)


def _call(callback: Callable, event: Event) -> None:
    try:
        callback(event)
    except Exception as error:  # the user's code may raise what it likes, and the link goes on
        log.error("a listener failed: %s: %s", type(error).__name__, error)
        log.debug("its traceback", exc_info=error)
