"""Ingest runs of a small mock survey, by the real command in processes of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingest.settings import IngestSettings
from tests.support.service import ODDSKY

SMALL = IngestSettings(
    survey="mock",
    regions=("nad",),
    components_region=8,
    shard_rows=10,
    planted_copies=4,
    report_spectra=1,
    map_epochs=20,
    forest_trees=10,
    isolation_trees=20,
)
"""What makes a run short; it has all stages."""

PATIENCE_SECONDS = 120


def write_settings(path: Path, settings: IngestSettings) -> Path:
    """Write settings as a file for `--config`."""
    values = {k: v for k, v in settings.as_dict().items() if v is not None}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    path.write_text("\n".join(lines))
    return path


def start_ingest(survey: Path, root: Path, config: Path, *options: str) -> subprocess.Popen:
    """Start an ingest in a session of its own, as a terminal does."""
    return start("ingest", survey, "--into", root, "--config", config, *options)


def start(*arguments: object) -> subprocess.Popen:
    """Start a command in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [str(ODDSKY), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip


def wait_until(condition: Callable[[], object], process: subprocess.Popen) -> bool:
    """Wait until something is so, and say whether it became so before the process ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        if process.poll() is not None:
            return bool(condition())
        time.sleep(0.002)
    raise TimeoutError("nothing happened")


def kill_all(process: subprocess.Popen) -> None:
    """Kill a process and all that it started, as a machine that goes down does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def members(session: int) -> list[int]:
    """Return the processes of a session that are alive."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, *numbers = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(numbers[2]) == session and state != "Z":
                found.append(int(folder.name))
    return found


def wait_for_end(session: int, seconds: float = 20) -> list[int]:
    """Give the processes of a session time to end, and return those that do not."""
    deadline = time.monotonic() + seconds
    while (left := members(session)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def digests(root: Path) -> dict[str, str]:
    """Return the digests of the tables of the one part of a directory."""
    (info,) = root.glob("parts/*/part.json")
    return json.loads(info.read_text())["digests"]
