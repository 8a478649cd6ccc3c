"""A real server in a process of its own."""

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
ODDSKY = Path(sys.executable).with_name("oddsky")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(root: Path, state: Path, *options: str) -> Iterator[str]:
    """Serve a release; the value is the service's URL."""
    port = free_port()
    command = [ODDSKY, "serve", "--from", root, "--state", state, "--port", str(port), *options]
    process = subprocess.Popen(
        list(map(str, command)), stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended: {process.stdout.read()}")
        try:
            with urllib.request.urlopen(f"{url}/tap/availability", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError("the service did not start")
