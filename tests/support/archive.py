"""An archive on this machine: real files under the surveys' layout, with faults on demand."""

import hashlib
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from astropy.table import Table

from tests.support.shared import shared_path


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer.

    `cut` bytes of the body and then the connection ends; `stall` seconds of silence after them;
    `wrong` flips a bit; `status` with `headers` instead of an answer.
    """

    cut: int | None = None
    stall: float = 0.0
    wrong: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    name: str
    start: int
    sent: int
    agent: str
    time: float


class Archive:
    """Serves a folder on loopback, and remembers what was asked."""

    def __init__(self, root: Path):
        self.root, self.faults = root, defaultdict(list)
        self.requests: list[Request] = []
        self.lines: list[str] = []
        self.answers: dict[str, Callable[[dict[str, str]], bytes]] = {}
        self.ranges, self.pace, self.busiest, self.busy = True, 0.0, 0, 0
        self.lock = threading.Lock()
        self.url = ""

    def of(self, name: str) -> list[Request]:
        """Return the requests for a file."""
        return [request for request in self.requests if request.name == name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archive: Archive

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(parse_qs(body))

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query))

    def _answer(self, fields: dict[str, list[str]]) -> None:
        with self.archive.lock:
            self.archive.busy += 1
            self.archive.busiest = max(self.archive.busiest, self.archive.busy)
        try:
            self._serve({key: value[0] for key, value in fields.items()})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.archive.lock:
                self.archive.busy -= 1

    def _serve(self, fields: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        name = path.rpartition("/")[2]
        with self.archive.lock:
            waiting = self.archive.faults[name]
            fault = waiting.pop(0) if waiting else Fault()
            now = time.monotonic()
            request = Request(name, 0, 0, self.headers.get("User-Agent", ""), now)
            self.archive.requests.append(request)
            self.archive.lines.append(self.path)
        if fault.status:
            return self._send(fault.status, b"", fault.headers)
        if path in self.archive.answers:
            return self._send(200, self.archive.answers[path](fields), {})
        file = self.archive.root / path.lstrip("/")
        if file.is_dir():
            links = "".join(f'<a href="{f.name}">{f.name}</a>' for f in sorted(file.iterdir()))
            return self._send(200, links.encode(), {"Content-Type": "text/html"})
        if not file.is_file():
            return self._send(404, b"no such file", {})
        return self._file(file.read_bytes(), fault, request)

    def _file(self, body: bytes, fault: Fault, request: Request) -> None:
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        headers, status = {"ETag": etag}, 200
        total = len(body)
        if fault.wrong:
            middle = total // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        asked = self.headers.get("Range", "")
        if asked and self.archive.ranges and self.headers.get("If-Range", etag) == etag:
            request.start = int(asked.removeprefix("bytes=").rstrip("-"))
            body, status = body[request.start :], 206
            headers["Content-Range"] = f"bytes {request.start}-{total - 1}/{total}"
        self._send(status, body, headers, fault, request)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        fault: Fault = Fault(),
        request: Request | None = None,
    ) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        for start in range(0, len(body), 16384):
            piece = body[start : start + 16384]
            if fault.cut is not None:
                piece = piece[: max(0, fault.cut - start)]
            self.wfile.write(piece)
            if request:
                request.sent += len(piece)
            if fault.cut is not None and start + 16384 > fault.cut:
                time.sleep(fault.stall)
                self.close_connection = True
                return
            time.sleep(self.archive.pace)


@contextmanager
def serve(root: Path) -> Iterator[Archive]:
    """Serve a folder while the block runs."""
    archive = Archive(root)
    handler = type("Handler", (_Handler,), {"archive": archive})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        archive.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield archive
        server.shutdown()


def lay_out_sdss(root: Path) -> dict[str, Path]:
    """Copy the native files under the layout of DR14, with checksums; original by file name."""
    facts = Table.read(shared_path("data/sdss_dr14/objects.csv"), format="ascii.csv")
    runs = {
        f"spec-{r['plate']:04d}-{r['mjd']}-{r['fiberid']:04d}.fits": str(r["run2d"]) for r in facts
    }
    originals = {p.name: p for p in sorted(shared_path("data/sdss_dr14/native").glob("*.fits"))}
    for name, path in originals.items():
        run, plate = runs[name], name[5:9]
        tree = "eboss" if run.startswith("v") else "sdss"
        folder = root / "dr14" / tree / "spectro" / "redux" / run / "spectra" / "lite" / plate
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
        with (folder / f"{plate}.sha1sum").open("a") as sums:
            sums.write(f"{hashlib.sha1(path.read_bytes()).hexdigest()}  {name}\n")
    return originals


def lay_out_desi(root: Path) -> dict[str, Path]:
    """Copy the DESI coadd and its redshifts under the layout of the EDR, without checksums."""
    names = ("coadd-special-dark-27247.fits", "redrock-special-dark-27247.fits")
    folder = root / "edr" / "spectro" / "redux" / "fuji" / "healpix/special/dark/272/27247"
    folder.mkdir(parents=True)
    originals = {name: shared_path(f"data/desi/{name}") for name in names}
    for path in originals.values():
        shutil.copy(path, folder)
    return originals
