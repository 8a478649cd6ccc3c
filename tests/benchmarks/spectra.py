"""Spectra: milliseconds in the service, and spectra a second for one client and many.

    python -m tests.benchmarks.spectra RELEASE [--objects 150000]

RELEASE is what `oddsky ingest` or `oddsky demo` made. It is multiplied: the objects have other ids,
the shards are its own again and again, under other names. Cold means that the system was told to
forget the files before each request (posix_fadvise); a virtual disk may still remember them.
"""

import http.client
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingest.store import read_table
from tests.support.service import Server, running
from vo_service.app import create_app
from vo_service.release import release as releases
from vo_service.release.part import PartWriter
from vo_service.release.release import Release
from vo_service.release.spectra import shard_folders, write_index
from vo_service.settings import Settings

COPIED = ("oddsky.regions", "oddsky.lines", "oddsky.releases")
FORMATS = ("votable/td", "votable/b2", "fits", "csv", "json", "parquet")
SECONDS = 2.0
"""Of each measurement."""


def main() -> None:
    """Multiply a release and measure."""
    base, rest = Path(sys.argv[1]), sys.argv[2:]
    objects = int(rest[rest.index("--objects") + 1]) if "--objects" in rest else 150_000
    with tempfile.TemporaryDirectory(prefix="oddsky-spectra-") as folder:
        root = Path(folder) / "release"
        ids = multiply(base, root, objects)
        measure_inside(root, Path(folder) / "state", ids)
        measure_outside(root, Path(folder) / "state", ids)


def multiply(base: Path, root: Path, count: int) -> np.ndarray:
    """Publish a release of so many objects, and return their ids."""
    release = Release.open(base)
    part = next(p for p in release.parts if p.kind == "ingest")
    ids = np.random.default_rng(1).choice(2**62, count, replace=False)
    releases.prepare_root(root)
    folder = root / "work" / "many"
    _link_shards(part.folder / "spectra", folder / "spectra", ids)
    (folder / "models").symlink_to(part.folder / "models")
    with PartWriter(folder) as writer:
        tables = {t.full_name: t for t in part.tables}
        rows = read_table(release, "oddsky.objects")
        tiled = rows.take(pa.array(np.arange(count) % len(rows)))
        place = tiled.column_names.index("obj_id")
        writer.write_table(
            tables["oddsky.objects"], tiled.set_column(place, "obj_id", pa.array(ids))
        )
        for name in COPIED:
            writer.write_table(tables[name], read_table(release, name))
        writer.finish("ingest", "many", {})
    releases.adopt_part(root, folder, "many")
    releases.publish(root, ["many"])
    return ids


def _link_shards(source: Path, target: Path, ids: np.ndarray) -> None:
    shards = shard_folders(source)
    with np.load(source / "index.npz") as index:
        loglam = index["loglam"]
    begun = number = 0
    while begun < ids.size:
        shard = shards[number % len(shards)]
        folder = target / f"{number:05d}"
        folder.mkdir(parents=True)
        taken = ids[begun : begun + np.load(shard / "obj_id.npy").size]
        np.save(folder / "obj_id.npy", taken)
        for file in shard.glob("*.npy"):
            if file.name != "obj_id.npy":
                (folder / file.name).symlink_to(file)
        begun, number = begun + taken.size, number + 1
    write_index(target, loglam)


def measure_inside(root: Path, state: Path, ids: np.ndarray) -> None:
    """Print the median time of a request within the process."""
    app = create_app(Settings(root, state))
    client = app.test_client()
    files = list({f.resolve() for f in (root / "parts/many/spectra").glob("*/*.npy")})
    order = iter(np.random.default_rng(2).permutation(ids).tolist())

    def ask(query: str) -> int:
        answer = client.get(f"/spectra/{next(order)}?{query}")
        assert answer.status_code == 200
        return len(answer.data)

    print(f"within the service, {ids.size} objects: median ms warm, of a core, and cold; kB")
    asked = [(f, form) for f in ("observed", "rest") for form in FORMATS]
    for frame, form in asked:
        one = partial(ask, f"FRAME={frame}&RESPONSEFORMAT={form}")
        warm, core = _median(one, 100)
        cold, _ = _median(one, 20, lambda: drop(files))
        print(f"  {frame:9} {form:11} {warm:6.2f} {core:6.2f} {cold:7.2f} {one() / 1000:8.0f}")
    for size in ("1200x600", "240x120"):
        drawn, core = _median(partial(ask, f"FRAME=rest&RESPONSEFORMAT=png&SIZE={size}"), 10)
        print(f"  rest png {size:12} {drawn:6.1f} {core:6.1f}")
    url = f"/spectra/{next(order)}"
    tag = client.get(url).headers["ETag"]
    known, core = _median(lambda: client.get(url, headers={"If-None-Match": tag}), 200)
    print(f"  not modified (304)    {known:6.2f} {core:6.2f}")


def _median(
    ask: Callable[[], object], times: int, before: Callable[[], None] | None = None
) -> tuple[float, float]:
    """Return the median time of a call, and of the processor: others may keep it busy [ms]."""
    ask()
    took = []
    for _ in range(times):
        if before:
            before()
        begun, core = time.perf_counter(), time.process_time()
        ask()
        took.append((time.perf_counter() - begun, time.process_time() - core))
    return tuple(1e3 * np.median(took, axis=0))  # type: ignore[return-value]


def drop(files: list[Path]) -> None:
    """Have the system forget files."""
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def measure_outside(root: Path, state: Path, ids: np.ndarray) -> None:
    """Print spectra a second over HTTP, of single ones and of long lists."""
    print("over HTTP, 2 workers, spectra a second with 1 and 16 clients")
    with running(root, state, "--workers", "2") as server:
        _rate(server, ids, "fits", 8)  # both workers open the release
        for form in FORMATS:
            rates = [_rate(server, ids, form, clients) for clients in (1, 16)]
            print(f"  {form:11} {rates[0]:8.0f} {rates[1]:8.0f}")
        for form, many in (("votable/b2", 2000), ("csv", 1000), ("tar", 1000)):
            rate, grown = _long_list(server, ids[:many], form)
            print(f"  {many} at once, {form:11} {rate:8.0f} a second, +{grown:.0f} MB")


def _rate(server: Server, ids: np.ndarray, form: str, clients: int) -> float:
    done = [0] * clients
    end = time.monotonic() + SECONDS

    def work(number: int) -> None:
        with _connection(server) as link:
            for obj_id in np.random.default_rng(number).permutation(ids).tolist():
                link.request("GET", f"/spectra/{obj_id}?RESPONSEFORMAT={form}")
                link.getresponse().read()
                done[number] += 1
                if time.monotonic() > end:
                    return

    threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def _long_list(server: Server, ids: np.ndarray, form: str) -> tuple[float, float]:
    before, most = server.worker_bytes(), 0
    begun = time.perf_counter()
    with _connection(server) as link:
        body = "\n".join(map(str, ids.tolist()))
        head = {"Content-Type": "text/plain"}
        link.request("POST", f"/spectra?RESPONSEFORMAT={form}", body, head)
        answer = link.getresponse()
        assert answer.status == 200
        while answer.read(1 << 22):
            most = max(most, server.worker_bytes())
    return ids.size / (time.perf_counter() - begun), (most - before) / 1e6


@contextmanager
def _connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    link = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        yield link
    finally:
        link.close()


if __name__ == "__main__":
    main()
