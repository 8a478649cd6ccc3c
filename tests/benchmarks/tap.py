"""The service beside its peer, GAVO DaCHS 2.7, on one catalogue: 150,000 rows of 42 columns.

    python -m tests.benchmarks.tap [--database]

Prints each figure with the goal and what the peer needed on a machine like this one. With
--database the tables are served from a PostgreSQL started for it.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.galmaps import TABLE, published_catalogue
from tests.support.postgres import running_server
from tests.support.service import ODDSKY, Server, running
from tests.support.shared import SHARED

WORKERS = "2"


@dataclass(frozen=True)
class Goal:
    """A figure: what it is called, how it is found, what is asked and what the peer needed."""

    name: str
    find: Callable[[list[dict]], float | None]
    goal: float
    peer: str
    unit: str = ""
    at_least: bool = False

    def line(self, figures: list[dict]) -> str:
        """Return a row of the table."""
        value = self.find(figures)
        if value is None:
            return f"{self.name:52} {'no answer':>10}"
        met = value >= self.goal if self.at_least else value <= self.goal
        sign = ">=" if self.at_least else "<="
        asked = f"{sign} {self.goal:g} {self.unit}"
        return f"{self.name:52} {value:10.4g} {asked:>12}  {'' if met else 'MISSED':7} {self.peer}"


def figure(test: str, key: str, scale: float = 1.0, **wanted: object) -> Callable:
    """Return what finds a figure among the lines of the benchmark client."""

    def find(figures: list[dict]) -> float | None:
        for line in figures:
            if line["test"] == test and all(line.get(k) == v for k, v in wanted.items()):
                value = line.get(key)
                return None if value is None else value * scale
        return None

    return find


def growth(test: str, **wanted: object) -> Callable:
    """Return what finds how much the server grew [MB]."""

    def find(figures: list[dict]) -> float | None:
        lines = [
            f
            for f in figures
            if f["test"] == test
            and all(f.get(k) == v for k, v in wanted.items())
            and "rss_peak_mb" in f
        ]
        return max(f["rss_peak_mb"]["server"] - f["rss_before_mb"]["server"] for f in lines)

    return find


MEMORY_LIMIT_MB = 512

GOALS = (
    Goal(
        "TOP 500 by rank, 1 client, fresh connections, p50",
        figure("top500", "p50", concurrency=1, connection="fresh"),
        8,
        "80",
        "ms",
    ),
    Goal(
        "the same, 4 clients, requests/s",
        figure("top500", "rps", concurrency=4, connection="fresh"),
        200,
        "20",
        at_least=True,
    ),
    Goal(
        "cone search 0.1 deg, 4 clients, requests/s",
        figure("scs", "rps", concurrency=4, radius_deg=0.1),
        300,
        "55",
        at_least=True,
    ),
    Goal(
        "ADQL cone 0.1 deg, 4 clients, requests/s",
        figure("adqlcone", "rps", concurrency=4, radius_deg=0.1),
        200,
        "15",
        at_least=True,
    ),
    Goal("dump BINARY2, wall", figure("dump", "wall_s", format="votable_binary2"), 0.3, "2.8", "s"),
    Goal(
        "dump BINARY2, first byte",
        figure("dump", "ttfb_s", format="votable_binary2"),
        0.05,
        "2.45",
        "s",
    ),
    Goal("dump TABLEDATA, wall", figure("dump", "wall_s", format="votable_td"), 0.9, "4.4", "s"),
    Goal("dump CSV, wall", figure("dump", "wall_s", format="csv"), 0.5, "3.7", "s"),
    Goal("dump FITS, wall", figure("dump", "wall_s", format="fits"), 0.5, "4.3", "s"),
    Goal("memory growth, 1 dump", growth("dump"), MEMORY_LIMIT_MB + 50, "560", "MB"),
    Goal(
        "memory growth, 4 dumps", growth("dumps", concurrency=4), MEMORY_LIMIT_MB + 50, "1850", "MB"
    ),
    Goal(
        "upload 10,000 rows, 2 arcsec match, sync",
        figure("upload_sync", "p50", 1e-3, concurrency=1),
        0.2,
        "1.36",
        "s",
    ),
    Goal(
        "asynchronous TOP 500, life cycle",
        figure("async", "p50", 1e-3, concurrency=1),
        0.1,
        "1.56",
        "s",
    ),
    Goal("catalogue into the service", figure("publish", "seconds"), 5, "80", "s"),
    Goal("idle memory, a worker", figure("idle", "worker_mb"), 180, "134 + 37", "MB"),
    Goal("start to first answer", figure("startup", "to_first_s"), 1.5, "1.0", "s"),
)


def main(arguments: list[str]) -> None:
    """Measure all, and print it."""
    with ExitStack() as stack:
        root = published_catalogue()
        options: list[str] = ["--workers", WORKERS]
        if "--database" in arguments:
            database = stack.enter_context(running_server()).make_database("galmaps")
            subprocess.run([ODDSKY, "load", root, "--database", database], check=True)
            options += ["--database", database]
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Two workers share two cores and the memory.
        limit = f"{MEMORY_LIMIT_MB // int(WORKERS)}MB"
        shares = {"ODDSKY_MEMORY_LIMIT": limit, "ODDSKY_THREADS": "1"}
        figures = list(measure(root, state, options, shares))
    print(f"{'':52} {'measured':>10} {'asked':>12}  {'':7} peer")
    for goal in GOALS:
        print(goal.line(figures))


def measure(root: Path, state: Path, options: list[str], shares: dict) -> Iterator[dict]:
    """Yield the lines of the benchmark client, and figures of our own beside them."""
    yield {"test": "publish", "seconds": publish_seconds()}
    begin = time.monotonic()
    with running(root, state, *options, **shares) as server:
        ask_once(server)
        yield {"test": "startup", "to_first_s": time.monotonic() - begin}
    with running(root, state, *options, **shares) as server:
        time.sleep(2)
        yield {"test": "idle", "worker_mb": server.worker_bytes() / 1e6}
        yield from client(server, "--fresh", "--tests", "top", "--concurrency", "1,4")
        yield from client(
            server, "--tests", "scs,adqlcone,dump,dumps,upload,async", "--concurrency", "1,4"
        )


def ask_once(server: Server) -> None:
    """Ask a short query and read its answer."""
    query = {"LANG": "ADQL", "QUERY": f"SELECT TOP 500 obj_id FROM {TABLE} ORDER BY rank_pca"}
    with urllib.request.urlopen(f"{server.url}/tap/sync?{urllib.parse.urlencode(query)}") as answer:
        answer.read()


def client(server: Server, *options: str) -> list[dict]:
    """Run the benchmark client and return its lines."""
    command = [sys.executable, SHARED / "bench" / "bench_tap.py", "--tap", f"{server.url}/tap",
               "--cone", f"{server.url}/cone/{TABLE}", "--table", TABLE,
               "--proc", f"server={server.process.pid}", *options]  # fmt: skip
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def publish_seconds() -> float:
    """Return how long the catalogue takes to be published, as a command."""
    table = published_catalogue().parent / "galaxies.fits"
    with tempfile.TemporaryDirectory() as folder:
        command = [ODDSKY, "publish", table, "--into", f"{folder}/r", "--name", TABLE, "--draft"]
        begin = time.monotonic()
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        return time.monotonic() - begin


if __name__ == "__main__":
    main(sys.argv[1:])
