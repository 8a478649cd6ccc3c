"""Memory of the server while it sends 10 and 20 million rows of 42 columns as BINARY2.

python -m tests.benchmarks.dump_memory [--database]
"""

import http.client
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.galmaps import TABLE, published_catalogue
from tests.support.postgres import running_server
from tests.support.service import ODDSKY, Server, running

CATALOGUE_ROWS = 150_000
MEMORY_LIMIT_MB = 500
MILLIONS = (10, 20)
LIMITS = {
    "ODDSKY_MEMORY_LIMIT": f"{MEMORY_LIMIT_MB}MB",
    "ODDSKY_QUERY_SECONDS": "3600",
    "ODDSKY_MOST_ROWS": "30000000",
}


def main(arguments: list[str]) -> None:
    """Print how much the server grew."""
    with ExitStack() as stack:
        root, options = published_catalogue(), []
        if "--database" in arguments:
            database = stack.enter_context(running_server()).make_database("galmaps")
            options = ["--database", database]
            subprocess.run([ODDSKY, "load", root, *options], check=True, capture_output=True)
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running(root, state, *options, **LIMITS))
        dump(server, 1)
        print(f"engine: {'PostgreSQL' if options else 'DuckDB'}, memory_limit {MEMORY_LIMIT_MB} MB")
        print("million rows   GB sent   seconds   rows/s   growth MB")
        for millions in MILLIONS:
            print(line(server, millions))


def line(server: Server, millions: int) -> str:
    """Dump so many rows and return a row of the table."""
    before, peak, stopped = server.memory_bytes(), [0], threading.Event()

    def watch() -> None:
        while not stopped.wait(0.05):
            peak[0] = max(peak[0], server.memory_bytes())

    threading.Thread(target=watch, daemon=True).start()
    begin = time.monotonic()
    copies = round(millions * 1e6 / CATALOGUE_ROWS)
    size = dump(server, copies)
    seconds = time.monotonic() - begin
    stopped.set()
    rows = copies * CATALOGUE_ROWS
    growth = (peak[0] - before) / 1e6
    return (
        f"{rows / 1e6:12.2f} {size / 1e9:9.2f} {seconds:9.1f} {rows / seconds:8.0f} {growth:11.0f}"
    )


def dump(server: Server, copies: int) -> int:
    """Fetch the catalogue so many times over in one answer; return its size [byte]."""
    query = f"SELECT a.* FROM {TABLE} AS a, (SELECT TOP {copies} obj_id FROM {TABLE}) AS b"
    form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, "MAXREC": "30000000"})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/tap/sync", form, headers)
    answer, size, tail = connection.getresponse(), 0, b""
    while chunk := answer.read1(1 << 18):
        size, tail = size + len(chunk), (tail + chunk)[-200:]
    assert tail.endswith(b"</VOTABLE>\n"), tail
    assert b"ERROR" not in tail, tail
    return size


if __name__ == "__main__":
    main(sys.argv[1:])
