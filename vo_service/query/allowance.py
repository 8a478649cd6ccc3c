"""The time that a query may take of its engine; what a slow client takes does not count."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vo_service.query.deadlines import DEADLINES, Deadline

AGAIN_SECONDS = 0.2
"""A stop that comes before the engine has begun is lost: it is asked again."""


class Allowance:
    """Counts down while the engine works, and has the query stopped when nothing is left.

    Parameters
    ----------
    seconds : float
    stop : callable
        Stops the query; called in another thread, again until the work has ended.

    Attributes
    ----------
    is_spent : bool
    """

    def __init__(self, seconds: float, stop: Callable[[], None]):
        self._left, self._stop = seconds, stop
        self._deadline: Deadline | None = None
        self._lock = threading.Lock()
        self.is_spent = False

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of the block."""
        begun = time.monotonic()
        with self._lock:
            self._deadline = DEADLINES.add(self._left, self._end)
        try:
            yield
        finally:
            with self._lock:
                self._deadline.cancel()
                self._deadline = None
            self._left -= time.monotonic() - begun

    def _end(self) -> None:
        # Within the lock: what has ended meanwhile is not stopped any more.
        with self._lock:
            if self._deadline is None:
                return
            self.is_spent = True
            self._deadline = DEADLINES.add(AGAIN_SECONDS, self._end)
            self._stop()
