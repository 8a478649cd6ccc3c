"""A SAMP hub that lets pages in, and programs on it that say what they are told to say."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pyvo import samp
from pyvo.samp.hub import WebProfileDialog
from pyvo.samp.lockfile_helpers import read_lockfile

from tests.support.browser import HUB, Watched
from tests.support.desktop import until
from tests.support.shared import missing

samp.conf.use_internet = False
STANDARD_PORT = int(HUB.partition(":")[2])
JSAMP = Path("/usr/share/java/jsamp.jar")
VIEWER = "oddsky viewer"


class Doorkeeper(WebProfileDialog):
    """Stands in for the user whom the hub asks.

    Attributes
    ----------
    answer : bool or None
        What is answered; None lets the page wait.
    asked : list of str
        The origins of those that asked.
    """

    def __init__(self) -> None:
        self.answer: bool | None = True
        self.asked: list[str] = []
        self._is_open = True
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self._is_open:
            self.handle_queue()
            time.sleep(0.01)

    def show_dialog(self, _name, _details, _client, origin) -> None:
        self.asked.append(origin)
        while self.answer is None and self._is_open:
            time.sleep(0.01)
        (self.consent if self.answer else self.reject)()

    def close(self) -> None:
        self._is_open = False


class WebHub:
    """pyvo's hub on a port of its own; a browser with this `hub_port` takes it for the usual one.

    Attributes
    ----------
    port : int
    door : Doorkeeper
    """

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._lock = folder / "samp-lock"
        self.door = Doorkeeper()
        self.start()

    def start(self) -> None:
        self._server = samp.SAMPHubServer(
            addr="127.0.0.1",
            lockfile=str(self._lock),
            web_profile_dialog=self.door,
            web_port=self.port,
        )
        self._server.start()
        self._server._web_port = STANDARD_PORT  # it stands in the addresses that pages are given

    def stop(self, says_so: bool = True) -> None:
        """End the hub; one that is killed says nothing."""
        if not says_so:
            self._server._notify_shutdown = lambda: None
        with suppress(OSError):
            self._server.stop()

    def forget(self, client: str) -> None:
        """Strike a program off, as if it had never been there."""
        self._server._unregister(self._server._public_id_to_private_key(client))

    def flood(self, client: str, messages: list[tuple[str, dict]]) -> None:
        """Let a page have notifications faster than any program could send them, in their order."""
        callbacks = self._server._web_profile_callbacks
        waiting = callbacks[self._server._public_id_to_private_key(client)]
        for mtype, params in messages:
            message = {"samp.mtype": mtype, "samp.params": params}
            given = {"samp.methodName": "receiveNotification", "samp.params": ("c0", message)}
            waiting.put(given)

    def program(self, name: str, repeats: bool = False) -> "Program":
        return Program(name, str(self._lock), repeats)

    def close(self) -> None:
        self.door.close()
        self.stop()


class Program:
    """A program on the hub that hears all, and may say all of it again.

    Attributes
    ----------
    heard : list of (str, dict)
        MType and parameters of what came, hub events left out.
    """

    def __init__(self, name: str, lock: str, repeats: bool = False):
        self.heard: list[tuple[str, dict]] = []
        self._repeats = repeats
        proxy = samp.SAMPHubProxy()
        proxy.connect(hub_params=read_lockfile(lock))
        self._client = samp.SAMPClient(proxy, name=name, addr="127.0.0.1")
        self._client.start()
        self._client.register()
        self._client.bind_receive_notification("*", self._hear)
        self._hub = proxy

    def _hear(self, _key, _sender, mtype, params, _extra) -> None:
        if not mtype.startswith("samp.hub.event"):
            self.heard.append((mtype, params))
            if self._repeats:
                self.notify(mtype, **params)

    def said(self, mtype: str) -> list[dict]:
        """Return the parameters of what came of one kind."""
        return [params for heard, params in self.heard if heard == mtype]

    def ids(self, name: str) -> list[str]:
        """Return who is registered by a name."""
        key = self._client.get_private_key()
        return [i for i in self._hub.get_registered_clients(key) if self._name(key, i) == name]

    def _name(self, key: str, client: str) -> str | None:
        try:
            return self._hub.get_metadata(key, client).get("samp.name")
        except samp.SAMPProxyError:  # it has just left
            return None

    def subscriptions(self, client: str) -> set[str]:
        return set(self._hub.get_subscriptions(self._client.get_private_key(), client))

    def notify(self, mtype: str, **params: object) -> None:
        """Tell all; a name's underscores are hyphens."""
        self._hub.notify_all(self._client.get_private_key(), _message(mtype, params))

    def ask(self, client: str, mtype: str, **params: object) -> dict:
        """Call one program and wait for its answer."""
        key = self._client.get_private_key()
        return self._hub.call_and_wait(key, client, _message(mtype, params), "10")

    def close(self) -> None:
        self._client.unregister()
        self._client.stop()


def _message(mtype: str, params: dict[str, object]) -> dict:
    named = {name.replace("_", "-"): value for name, value in params.items()}
    return {"samp.mtype": mtype, "samp.params": named}


class Page:
    """The viewer on a hub, as a program and its reader see it."""

    def __init__(self, watched: Watched, program: Program, files: str):
        self.watched, self.page = watched, watched.page
        self._program, self._files = program, files

    @property
    def state(self) -> str:
        return self.page.text_content("#programs [data-part=state]")

    @property
    def said(self) -> str:
        return self.page.text_content("#programs [data-part=said]")

    def wait_said(self, words: str) -> None:
        self.page.wait_for_selector(f"#programs [data-part=said]:text({words!r})")

    def wait_state(self, words: str) -> None:
        self.page.wait_for_selector(f"#programs [data-part=state]:text({words!r})")

    def shown_after(self, started: float) -> float:
        """Return when the last spectrum was drawn, after a `time.time()` [ms]."""
        mark = "performance.getEntriesByName('shown').at(-1).startTime"
        return self.page.evaluate(f"performance.timeOrigin + {mark}") - 1000 * started

    def press(self, part: str) -> None:
        self.page.click(f"#programs [data-part={part}]")

    def ask(self, mtype: str, **params: object) -> dict:
        """Call the viewer; return its answer."""
        (viewer,) = self._program.ids(VIEWER)
        return self._program.ask(viewer, mtype, **params)

    def give(self, file: str, table_id: str) -> dict:
        url = f"{self._files}/{file}"
        return self.ask("table.load.votable", url=url, table_id=table_id, name=table_id)


@contextmanager
def running_hub(folder: Path) -> Iterator[WebHub]:
    """Start a hub, stop it at the end."""
    hub = WebHub(folder)
    try:
        yield hub
    finally:
        hub.close()


@contextmanager
def running_jsamp(folder: Path) -> Iterator[Path]:
    """Start the hub that TOPCAT has in it, on the one port it knows; the value is its lock file."""
    lock = folder / "samp-lock"
    if shutil.which("java") is None or not JSAMP.exists():
        missing("needs java and the package libjsamp-java")
    with suppress(AssertionError):
        until(lambda: not is_taken(STANDARD_PORT), 30)
    if is_taken(STANDARD_PORT):
        missing(f"needs port {STANDARD_PORT}, which another hub has")
    options = ["-mode", "no-gui", "-profiles", "std,web", "-web:auth", "true"]
    process = subprocess.Popen(
        ["java", "-jar", str(JSAMP), "hub", *options],
        env={**os.environ, "SAMP_HUB": f"std-lockurl:file://{lock}"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: lock.exists() and is_taken(STANDARD_PORT), 30, "the hub")
        yield lock
    finally:
        process.terminate()
        process.wait(10)


def is_taken(port: int) -> bool:
    """Return whether somebody answers at a port of this machine."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve files as programs do: without a word that pages may read them."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass
