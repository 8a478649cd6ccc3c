"""Drawing with matplotlib in a service: its settings and fonts are of the whole process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PICTURES = {"png": "image/png", "svg": "image/svg+xml"}
"""Media types of pictures, by the names that ask for them."""

_ALONE = threading.Lock()


@contextmanager
def styled(style: dict[Any, Any]) -> Iterator[None]:
    """Draw one picture at a time, by these settings of matplotlib."""
    # A tenth of a second to load: a service that draws nothing must not wait for it.
    import matplotlib as mpl

    with _ALONE, mpl.rc_context(style):
        yield
