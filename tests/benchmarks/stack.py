"""Time and memory of stacks against the size of the selection, asked of a real service.

    python -m tests.benchmarks.stack [rows]

Makes a release of 150,000 synthetic spectra (4 GB) in a temporary folder; the cache is warm.
"""

import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np

from ingest.subspaces import GRID
from tests.support.grid_release import make_grid_release
from tests.support.service import Server, running

ROWS, SHARD_ROWS = 150_000, 1000
SIZES = (100, 1000, 5000, 20_000, 150_000)
CASES = (("whole", 10), ("whole", 1), ("nad", 10))
REPEATS = 3
GAPS = 0.03
"""Share of pixels that are missing."""


def main(rows: int = ROWS) -> None:
    """Print seconds and memory for selections of all sizes."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_release(Path(folder) / "release", rows)
        with running(root, Path(folder) / "state") as server:
            ask(server, rows, "nad", 10)
            print(" spectra  region  groups  seconds  CPU seconds  growth MB")
            for region, groups in CASES:
                for size in (s for s in SIZES if s <= rows):
                    runs = [watch(server, size, region, groups) for _ in range(repeats(size))]
                    times = [min(run[i] for run in runs) for i in (0, 1)]
                    growth = max(run[2] for run in runs) / 1e6
                    asked = f"{size:8} {region:>7} {groups:7}"
                    print(f"{asked} {times[0]:8.2f} {times[1]:12.2f} {growth:10.0f}")


def repeats(size: int) -> int:
    """Return how often a selection is stacked."""
    return REPEATS if size < ROWS else 1


def watch(server: Server, size: int, region: str, groups: int) -> tuple[float, float, int]:
    """Return seconds, those of the server's CPUs, and how much its largest process grew [byte]."""
    before, peak, done = server.worker_bytes(), [0], threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], server.worker_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    begin, spent = time.perf_counter(), server.cpu_seconds()
    ask(server, size, region, groups)
    seconds = time.perf_counter() - begin
    done.set()
    watcher.join()
    return seconds, server.cpu_seconds() - spent, max(0, peak[0] - before)


def ask(server: Server, size: int, region: str, groups: int) -> None:
    """Stack so many spectra, scattered over all shards."""
    query = f"SELECT obj_id, z FROM oddsky.objects WHERE random_index < {size}"
    asked = {"QUERY": query, "GROUPS": groups, "ORDER": "z", "REGION": region}
    with urllib.request.urlopen(f"{server.url}/stack?{urllib.parse.urlencode(asked)}") as answer:
        text = answer.read()
    assert b'QUERY_STATUS" value="ERROR' not in text


def make_release(root: Path, rows: int) -> Path:
    """Make a release whose spectra are noise with gaps."""
    random = np.random.default_rng(5)
    flux = random.normal(5, 1, (SHARD_ROWS, GRID.pixels)).astype(np.float32)
    ivar = np.where(random.random(flux.shape) < GAPS, 0, 1).astype(np.float32)
    objects = {
        "obj_id": np.arange(rows),
        "z": random.random(rows),
        "random_index": random.permutation(rows).astype(np.int32),
    }

    def spectra(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        return flux[: stop - start] + np.float32(start % 7), ivar[: stop - start]

    return make_grid_release(root, objects, spectra, SHARD_ROWS)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
