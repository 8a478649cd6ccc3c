"""The messages that wait: only the newest of its kind, so that the last click wins."""

import threading

from sampclient.messages import Joined, Left, Message


class Inbox:
    """Filled by the threads of SAMP, emptied by the link.

    A click that comes while an older one still waits takes its place: whatever the speed of the
    clicks, the last one is handled, and nothing piles up.
    """

    def __init__(self) -> None:
        self._waiting: dict[object, Message] = {}
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        """Add a message."""
        with self._changed:
            key = _key(message)
            self._waiting.pop(key, None)
            self._waiting[key] = message
            self._changed.notify()

    def take(self, seconds: float) -> Message | None:
        """Return the message that has waited longest, None when none comes in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, seconds):
                return None
            return self._waiting.pop(next(iter(self._waiting)))


def _key(message: Message) -> object:
    """Tell what a message supersedes: programs come and go one by one."""
    by_sender = isinstance(message, Joined | Left)
    return (type(message), message.sender) if by_sender else type(message)
