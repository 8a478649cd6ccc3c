"""A real server in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
ODDSKY = Path(os.environ.get("ODDSKY_PROGRAM") or Path(sys.executable).with_name("oddsky"))
"""ODDSKY_PROGRAM names another: one installed without what only the tests need, for benchmarks."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A service in a process of its own, and what the system says of it.

    Attributes
    ----------
    url : str
    process : subprocess.Popen
        Parent of the workers.
    """

    def __init__(self, root: Path, state: Path, *options: str, **environment: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [ODDSKY, "serve", "--from", root, "--state", state, "--port", self.port, *options]
        self.process = subprocess.Popen(
            list(map(str, command)), stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True,
            env=os.environ | environment, start_new_session=True,
        )  # fmt: skip

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service ended: {self.process.stdout.read()}")
            try:
                with urllib.request.urlopen(f"{self.url}/tap/availability", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError("the service did not start")

    def stop(self) -> None:
        """End it as an operator does."""
        self.process.terminate()
        self.process.wait(20)

    def kill(self) -> None:
        """End it, workers and all, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def cpu_seconds(self) -> float:
        """Return the CPU time of its processes."""
        ticks = sum(sum(map(int, stat[11:13])) for stat in self._stats())
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Return the resident memory of its processes."""
        return sum(int(stat[21]) for stat in self._stats()) * os.sysconf("SC_PAGE_SIZE")

    def worker_bytes(self) -> int:
        """Return the resident memory of the largest of its processes."""
        return max(int(stat[21]) for stat in self._stats()) * os.sysconf("SC_PAGE_SIZE")

    def is_idle(self, seconds: float = 1.0) -> bool:
        """Return whether it does next to nothing for some time."""
        before = self.cpu_seconds()
        time.sleep(seconds)
        return self.cpu_seconds() - before < 0.25 * seconds

    def _stats(self) -> list[list[str]]:
        """Return /proc/<pid>/stat, from the state on, of all processes of its session."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                stat = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[3]) == self.process.pid:
                found.append(stat)
        return found


def fetch(url: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Ask for a document; return its status and bytes, whatever the status."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as got:
            return got.status, got.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@contextmanager
def running(root: Path, state: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Run a server until the block ends."""
    server = Server(root, state, *options, **environment)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@contextmanager
def serving(root: Path, state: Path, *options: str) -> Iterator[str]:
    """Serve a release; the value is the service's URL."""
    with running(root, state, *options) as server:
        yield server.url
