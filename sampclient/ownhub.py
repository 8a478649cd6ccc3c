"""A SAMP hub of our own, for a desktop on which none runs.

pyvo's hub, made fit for a program that does other things beside it: a program that hangs does not
keep it from ending, a page of the Web Profile is let in by rule and not by a question on the
terminal, and may read through the hub only what programs have told of.
"""

import logging
import queue
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from astropy import log as astropy_log
from pyvo import samp
from pyvo.samp.web_profile import WebProfileRequestHandler

from sampclient.log import log

WEB_PORT = 21012
"""Of the SAMP Web Profile (SAMP 1.3, section 5.2)."""

ADDRESS = "127.0.0.1"
STOP_SECONDS = 2.0
PULL_SECONDS, PULL_SLICE = 10.0, 0.2
"""How long a page that asks for messages is kept waiting, and how often we look whether to end."""

SHUTDOWN = "samp.hub.event.shutdown"
DEAD_SECONDS = 300.0
"""A tab in the background asks at least once a minute."""

MOST_URLS = 1000

Admits = Callable[[str, str], bool]
"""Given the name and the origin of a page, tells whether it may join."""


class OwnHub(samp.SAMPHubServer):
    """A hub that ends with us.

    Parameters
    ----------
    label : str
    admits : callable
        Whether a page may join.
    with_web : bool
        Whether pages are served at all.
    """

    def __init__(self, label: str, admits: Admits, with_web: bool):
        self._door = _Door(admits, self._dismiss_the_dead)
        self._told: deque[str] = deque(maxlen=MOST_URLS)
        self._pulled: dict[str, float] = {}
        super().__init__(
            addr=ADDRESS,
            label=label,
            web_profile=with_web,
            web_profile_dialog=self._door,
            web_port=WEB_PORT,
        )

    def start(self, wait: bool = False) -> None:
        """Start in threads of its own."""
        with _hushed():
            super().start(wait)
        if self._web_profile:
            self._web_profile_server.told = self._told
            self._web_profile_server.RequestHandlerClass = _WebHandler
            self._door.open()

    def stop(self) -> None:
        """End, whatever the programs on it do."""
        with _hushed():
            super().stop()
        self._door.close()

    def _launch_thread(
        self, group: None = None, target: Any = None, name: str | None = None, args: Any = ()
    ) -> None:
        # pyvo's are no daemons: a program that takes a message and hangs would keep ours up.
        threading.Thread(group, target, name, args, daemon=True).start()

    def _serve_forever(self) -> None:
        # pyvo waits for the two one after the other, which lets 100 messages through in a second.
        self._server.daemon_threads = True
        servers = {self._server.socket: self._server}
        if self._web_profile:
            self._web_profile_server.daemon_threads = True
            servers[self._web_profile_server.socket] = self._web_profile_server
        while self._is_running:
            for ready in select.select(list(servers), [], [], 0.1)[0]:
                servers[ready].handle_request()
        for server in servers.values():
            server.server_close()

    def _web_profile_pullCallbacks(self, key: str, seconds: str) -> list:  # noqa: N802
        # pyvo's answers at once, and pages would have to ask all the time.
        deadline = time.monotonic() + min(int(seconds), PULL_SECONDS)
        waiting = self._web_profile_callbacks.get(key)
        first: list = []
        while waiting is not None and not first and self._is_running:
            self._pulled[key] = time.monotonic()
            with suppress(queue.Empty):
                first.append(waiting.get(timeout=PULL_SLICE))
            if time.monotonic() > deadline or key not in self._web_profile_callbacks:
                break
        return first + super()._web_profile_pullCallbacks(key, seconds)

    def _dismiss_the_dead(self) -> None:
        """Unregister pages that have long asked for nothing: their browser was closed hard."""
        now = time.monotonic()
        for key in [k for k, asked in list(self._pulled.items()) if now - asked > DEAD_SECONDS]:
            del self._pulled[key]
            with suppress(KeyError, RuntimeError):  # it leaves at this moment, or another does
                self._unregister(key)

    def _notify_shutdown(self) -> None:
        # pyvo's waits for one program after the other, and for ever.
        message = {"samp.mtype": SHUTDOWN, "samp.params": {}}
        keys = [k for m in self.get_mtype_subtypes(SHUTDOWN) for k in self._mtype2ids.get(m, ())]
        told = [
            threading.Thread(
                target=self._notify_,
                args=(self._hub_private_key, self._private_keys[key][0], dict(message)),
                daemon=True,
            )
            for key in keys
        ]
        deadline = time.monotonic() + STOP_SECONDS
        for thread in told:
            thread.start()
        for thread in told:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _retry_method(self, private_key: str, public_id: str, method: str, args: tuple) -> None:
        sender = self._public_id_to_private_key(args[0])
        if private_key in self._web_profile_callbacks and sender not in self._web_profile_callbacks:
            self._told.extend(_urls(args[-1]))
        super()._retry_method(private_key, public_id, method, args)


class _WebHandler(WebProfileRequestHandler):
    """Reads for pages what programs have told them of, and no file of this machine."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base's name
        log.debug(format, *args)

    def do_GET(self) -> None:  # noqa: N802  the base's name
        wanted = parse_qs(urlsplit(self.path).query).get("ref", [""])[0]
        if wanted and not (wanted in self.server.told and wanted.startswith(("http:", "https:"))):
            self.send_error(403)
            return
        super().do_GET()


class _Door(samp.hub.WebProfileDialog):
    """Answers pages that ask to join: every one, or none would be answered again."""

    def __init__(self, admits: Admits, now_and_then: Callable[[], None]):
        self._admits, self._now_and_then = admits, now_and_then
        self._closed = threading.Event()

    def open(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._answer, daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self._closed.set()

    def _answer(self) -> None:
        while not self._closed.is_set():
            self._now_and_then()
            try:
                about, _, origin = self.queue_request.get(timeout=0.5)
            except queue.Empty:
                continue
            name = about.get("samp.name", "") if isinstance(about, dict) else about
            self.queue_result.put(self._admits(str(name), str(origin)))


def await_web_port() -> bool:
    """Return whether pages can be served; only one hub of a machine can.

    A hub that has just gone may hold the port a moment longer.
    """
    deadline = time.monotonic() + STOP_SECONDS
    while not (is_free := _is_web_port_free()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_free


def _is_web_port_free() -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, WEB_PORT))
        except OSError:
            return False
    return True


def _urls(message: object) -> Iterator[str]:
    """Yield the address that a message tells of."""
    params = message.get("samp.params") if isinstance(message, dict) else None
    url = params.get("url") if isinstance(params, dict) else None
    if isinstance(url, str):
        yield url


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep what pyvo says of its hub from the terminal."""
    level = astropy_log.level
    astropy_log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        astropy_log.setLevel(level)
