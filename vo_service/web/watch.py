"""Notices clients that leave before the first byte of their answer, and frees what works for them.

Until an answer begins nothing is written to its socket, so nothing would notice. One thread looks
at the sockets of all requests that wait.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("oddsky.web")

LOOK_SECONDS = 0.2
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Watch:
    """Looks at sockets; the thread starts with the first."""

    def __init__(self) -> None:
        self._waiting: dict[int, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, client: socket.socket | None, leave: Callable[[], None]) -> Iterator[None]:
        """Call `leave` if the client goes away within the block; again until the block ends."""
        handle = client.fileno() if client is not None else -1
        if handle < 0:
            yield
            return
        with self._lock:
            self._waiting[handle] = leave
            self._filled.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[handle]

    def _run(self) -> None:
        while True:
            self._filled.wait()
            for handle in self._find_gone():
                with self._lock:
                    leave = self._waiting.get(handle)
                if leave is not None:
                    log.info("a client left before its answer began")
                    leave()
            time.sleep(LOOK_SECONDS)

    def _find_gone(self) -> list[int]:
        with self._lock:
            handles = list(self._waiting)
            if not handles:
                self._filled.clear()
        poll = select.poll()
        for handle in handles:
            poll.register(handle, _GONE)
        return [handle for handle, event in poll.poll(0) if event & _GONE]


WATCH = Watch()
"""Of this process."""
