"""Whose turn it is: answers that begin go before those that go on.

A dump keeps a processor busy for seconds, a short query for milliseconds. Between two of its chunks
a dump lets those pass whose answer has not begun, and dumps take turns among themselves.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_PAUSE = 0.05
"""A chunk waits no longer than this for answers that begin, or dumps would starve [s]."""


class Turns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._beginning = 0
        self._changed = threading.Condition()
        self._chunk = threading.Semaphore(1)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Make an answer's first chunk."""
        with self._changed:
            self._beginning += 1
        try:
            yield
        finally:
            with self._changed:
                self._beginning -= 1
                if not self._beginning:
                    self._changed.notify_all()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Make a later chunk, when none begins and no other dump makes one."""
        with self._chunk:
            with self._changed:
                self._changed.wait_for(lambda: not self._beginning, LONGEST_PAUSE)
            yield


TURNS = Turns()
"""Of this process."""
