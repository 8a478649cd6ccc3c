"""Short queries beside dumps: 24 clients that ask once a second, alone and with 8 that dump.

python -m tests.benchmarks.mixed_load [SECONDS]
"""

import http.client
import multiprocessing
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

import numpy as np

from tests.benchmarks.galmaps import TABLE, published_catalogue
from tests.support.service import Server, running

SHORT_CLIENTS, DUMP_CLIENTS, SECONDS = 24, 8, 20
SHORT = f"SELECT TOP 500 obj_id, ra, dec, score_pca FROM {TABLE} ORDER BY rank_pca"
DUMP = f"SELECT * FROM {TABLE}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main(seconds: float = SECONDS) -> None:
    """Print the latency of short queries without and with dumps beside them."""
    with (
        tempfile.TemporaryDirectory() as state,
        running(published_catalogue(), Path(state)) as server,
    ):
        ask(server.port, SHORT)
        alone = measure(server, seconds, 0)
        beside = measure(server, seconds, DUMP_CLIENTS)
    print("short queries          p50 ms  p95 ms  number  dumps")
    for name, (latencies, dumps) in (("alone", alone), ("beside 8 that dump", beside)):
        p50, p95 = np.percentile(latencies, (50, 95)) * 1e3
        print(f"{name:20} {p50:8.1f} {p95:7.1f} {len(latencies):7d} {dumps:6d}")
    ratio = np.percentile(beside[0], 95) / np.percentile(alone[0], 95)
    print(f"ratio of the p95: {ratio:.2f} (asked: at most 3)")


def measure(server: Server, seconds: float, dumpers: int) -> tuple[list[float], int]:
    """Return the latencies [s] of the short queries, and how many dumps were finished."""
    stopped, latencies, dumps = threading.Event(), [], multiprocessing.Value("i", 0)
    # Those that dump are in a process of their own: they must not slow the measuring one.
    others = multiprocessing.Process(target=dump_for_ever, args=(server.port, dumpers, dumps))
    others.start()

    def ask_each_second(offset: float) -> None:
        time.sleep(offset)
        while not stopped.is_set():
            begin = time.monotonic()
            ask(server.port, SHORT)
            latencies.append(time.monotonic() - begin)
            stopped.wait(max(0.0, 1 - latencies[-1]))

    threads = [threading.Thread(target=ask_each_second, args=(i / SHORT_CLIENTS,))
               for i in range(SHORT_CLIENTS)]  # fmt: skip
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stopped.set()
    for thread in threads:
        thread.join()
    others.terminate()
    others.join()
    return latencies, dumps.value


def dump_for_ever(port: int, dumpers: int, dumps: "multiprocessing.Value") -> None:
    """Dump in some threads until the process is ended."""

    def dump() -> None:
        while True:
            ask(port, DUMP)
            with dumps.get_lock():
                dumps.value += 1

    threads = [threading.Thread(target=dump) for _ in range(dumpers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask(port: int, query: str) -> None:
    """Ask and read the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, "MAXREC": 200_000})
    connection.request("POST", "/tap/sync", form, FORM)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read(500)
    while answer.read1(1 << 18):
        pass
    connection.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
