"""Whose turn it is: answers that begin go before those that go on.

A dump keeps a processor busy for seconds, a short query for milliseconds. Between two of its chunks
a dump lets those pass whose answer has not begun, and dumps take turns among themselves.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

RECENT_SECONDS = 0.5
"""While answers begin as often as this, dumps leave them half of the time."""

LONGEST_PAUSE = 0.05
"""A chunk waits no longer than this for answers that begin, or dumps would starve [s]."""


class Turns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._beginning = 0
        self.begun = 0.0
        """When an answer's first chunk was last begun [s, monotonic]."""
        self._changed = threading.Condition()
        self._chunk = threading.Semaphore(1)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Make an answer's first chunk."""
        with self._changed:
            self._beginning += 1
            self.begun = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._beginning -= 1
                if not self._beginning:
                    self._changed.notify_all()

    @contextmanager
    def going_on(self, begun: float) -> Iterator[None]:
        """Make a later chunk, when none begins and no other dump makes one.

        Parameters
        ----------
        begun : float
            `begun` as it was when this answer itself had begun.
        """
        with self._chunk:
            with self._changed:
                self._changed.wait_for(lambda: not self._beginning, LONGEST_PAUSE)
            start = time.monotonic()
            yield
            end = time.monotonic()
            if self.begun != begun and end - self.begun < RECENT_SECONDS:
                time.sleep(min(end - start, LONGEST_PAUSE))


TURNS = Turns()
"""Of this process."""
