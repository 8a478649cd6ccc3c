"""Clicks that crossed on their way: which one stands in the end.

Programs tell each other of clicks through the hub. When two are clicked at almost the same time,
each is told of the other's after its own, and they end on different objects. The hub may also bring
two messages of one program in the wrong order. Whoever hears all of them can say what came last.
"""

from dataclasses import dataclass

from sampclient.messages import Highlight

CLOSE_SECONDS = 0.7
"""Clicks that follow each other faster may have crossed."""

QUIET_SECONDS = 0.4
"""So long after the last of them, it is said once more."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The click that stands.

    Attributes
    ----------
    last : Highlight
    is_known_to_sender : bool
        Whether it was a single program that was clicked: it needs no telling.
    """

    last: Highlight
    is_known_to_sender: bool


class Burst:
    """The clicks since it was last quiet."""

    def __init__(self) -> None:
        self._senders: set[str] = set()
        self._count = 0
        self._last: Highlight | None = None
        self._heard = float("-inf")

    def add(self, click: Highlight, now: float) -> None:
        """Hear a click at a time [s]."""
        if now - self._heard > CLOSE_SECONDS:
            self._senders, self._count = set(), 0
        self._senders.add(click.sender)
        self._count += 1
        self._last, self._heard = click, now

    def due(self, now: float) -> float:
        """Return how long until the burst is settled [s]; infinite when there is none."""
        if self._last is None:
            return float("inf")
        return max(0.0, self._heard + QUIET_SECONDS - now)

    def settle(self, now: float) -> Settled | None:
        """Return what to say once more, when it is time and there were several clicks.

        What is said then may itself cross with a click: it counts as one, of nobody.
        """
        if self._last is None or self.due(now) > 0:
            return None
        last, self._last = self._last, None
        if self._count < 2:
            return None
        settled = Settled(last, len(self._senders) == 1)
        self._senders, self._count, self._heard = {""}, 1, now
        return settled
