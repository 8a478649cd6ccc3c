"""Calls at a later time, all from one thread: a thread for each query would cost more than most."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger("oddsky.query")


@dataclass(order=True, slots=True)
class Deadline:
    """One call that is due at a time.

    Attributes
    ----------
    due : float
        On the monotonic clock [s].
    """

    due: float
    number: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Have nothing called."""
        self.action = None


class Deadlines:
    """Calls what is due. The thread starts with the first deadline, so a fork before is safe."""

    def __init__(self) -> None:
        self._heap: list[Deadline] = []
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def add(self, seconds: float, action: Callable[[], None]) -> Deadline:
        """Have something called after some seconds, unless it is cancelled before."""
        deadline = Deadline(time.monotonic() + seconds, next(self._numbers), action)
        with self._changed:
            heapq.heappush(self._heap, deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            if self._heap[0] is deadline:
                self._changed.notify()
        return deadline

    def _run(self) -> None:
        while True:
            action = self._wait_for_next()
            if action is None:
                continue
            try:
                action()
            except Exception:
                log.exception("a deadline's action failed")

    def _wait_for_next(self) -> Callable[[], None] | None:
        with self._changed:
            while self._heap and self._heap[0].action is None:
                heapq.heappop(self._heap)
            if not self._heap:
                self._changed.wait()
                return None
            left = self._heap[0].due - time.monotonic()
            if left > 0:
                self._changed.wait(left)
                return None
            return heapq.heappop(self._heap).action


DEADLINES = Deadlines()
"""Of this process."""
