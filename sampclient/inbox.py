"""The messages that wait: only the newest of its kind, so that the last click wins."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Filled by some threads, emptied by one.

    A click that comes while an older one still waits takes its place: whatever the speed of the
    clicks, the last one is handled, and nothing piles up.

    Parameters
    ----------
    kind_of : callable
        Tells what a message supersedes: those that wait and are of the same kind.
    """

    def __init__(self, kind_of: Callable[[T], Hashable]) -> None:
        self._kind_of = kind_of
        self._waiting: dict[Hashable, T] = {}
        self._changed = threading.Condition()
        self._is_closed = False

    def put(self, message: T) -> None:
        """Add a message."""
        with self._changed:
            kind = self._kind_of(message)
            self._waiting.pop(kind, None)
            self._waiting[kind] = message
            self._changed.notify()

    def take(self, seconds: float) -> T | None:
        """Return the message that has waited longest, None when none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed, seconds)
            return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def close(self) -> None:
        """Let nobody wait for messages any longer."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
