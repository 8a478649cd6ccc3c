"""Clicks that crossed on their way: which one stands in the end.

Programs tell each other of clicks through the hub. When two are clicked at almost the same time,
each is told of the other's after its own, and they end on different objects. The hub may also bring
two messages of one program in the wrong order. Whoever hears all of them can say what came last.
"""

from dataclasses import dataclass

from sampclient.messages import Highlight

CLOSE_SECONDS = 0.7
"""Clicks in two programs that follow each other faster may have crossed."""

HASTY_SECONDS = 0.15
"""Clicks in one program that follow each other faster may have been brought in another order."""

QUIET_SECONDS = 0.4
"""So long after the last of them, it is said once more."""

US = ""
"""Sender of what is said once more."""


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
        self._is_hasty = False
        self._last: Highlight | None = None
        self._heard = float("-inf")

    def add(self, click: Highlight, now: float) -> None:
        """Hear a click at a time [s]."""
        pause = now - self._heard
        if pause > CLOSE_SECONDS:
            self._senders, self._is_hasty = set(), False
        self._senders.add(click.sender)
        self._is_hasty |= pause < HASTY_SECONDS
        self._last, self._heard = click, now

    def due(self, now: float) -> float:
        """Return how long until the burst is settled [s]; infinite when there is none."""
        if self._last is None:
            return float("inf")
        return max(0.0, self._heard + QUIET_SECONDS - now)

    def settle(self, now: float) -> Settled | None:
        """Return what to say once more, when it is time and clicks may have crossed.

        What is said then may itself cross with a click: it counts as one, of ours.
        """
        if self._last is None or self.due(now) > 0:
            return None
        last, self._last = self._last, None
        is_single = len(self._senders) == 1
        if is_single and not self._is_hasty:
            return None
        self._senders, self._is_hasty, self._heard = {US}, False, now
        return Settled(last, is_single)
