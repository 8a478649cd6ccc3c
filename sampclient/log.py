"""The log of the link: what programs say of themselves is made fit to print, and a flood is cut."""

import logging
import re
import time

BURST = 5
"""Lines alike that are written within `WINDOW_SECONDS`; the others are counted."""

WINDOW_SECONDS = 10.0
LONGEST, LONGEST_DEBUG = 120, 2000

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def clean(text: object, longest: int = LONGEST) -> str:
    """Return a text of another program as one short line without control characters."""
    found = str(text)
    line = _UNPRINTABLE.sub("?", found[:longest])
    return line if len(found) <= longest else f"{line}…"


class FloodFilter(logging.Filter):
    """Lets a few lines of each kind through in a while, and then says how many were left out.

    A kind is the unformatted message. What is logged for debugging passes whole.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean a line's arguments; return whether it is written."""
        longest = LONGEST if record.levelno > logging.DEBUG else LONGEST_DEBUG
        if isinstance(record.args, tuple):
            record.args = tuple(
                clean(a, longest) if isinstance(a, str | Exception) else a for a in record.args
            )
        if record.levelno <= logging.DEBUG:
            return True
        began, count = self._kinds.get(record.msg, (0.0, 0))
        now = time.monotonic()
        if now - began < WINDOW_SECONDS:
            self._kinds[record.msg] = began, count + 1
            return count < BURST
        self._kinds[record.msg] = now, 1
        if count > BURST:
            record.msg = f"{record.msg} (after {count - BURST} more like it that are not shown)"
        return True


log = logging.getLogger("oddsky.link")
log.addFilter(FloodFilter())
