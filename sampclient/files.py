"""The tables as files that the programs fetch: a folder, served to this machine alone.

A page of a service may read them too: it is told their address through the hub, which lets pages
in. That a page of another place asks this machine is for the browser to allow, and for us to answer
(CORS; its preflight asks for private networks too).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sampclient.log import log


class Files:
    """A folder and its address.

    Attributes
    ----------
    folder : Path
    base : str
        URL under which programs of this machine read it.
    """

    def __init__(self, folder: Path, base: str):
        self.folder, self.base = folder, base

    def url(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.base}/{name}"


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {".vot": "application/x-votable+xml", ".fits": "application/fits"}  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base's name
        log.debug(format, *args)

    def end_headers(self) -> None:
        """Let pages read the answer."""
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def do_OPTIONS(self) -> None:
        """Answer a browser that asks beforehand."""
        self.send_response(204)
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.send_header("Access-Control-Allow-Private-Network", "true")
        self.end_headers()

    def list_directory(self, path: Any) -> None:
        """Show no listing: a program fetches what it is told of."""
        self.send_error(404)


@contextmanager
def served_files() -> Iterator[Files]:
    """Serve a new folder on a free port of the loopback until the block ends."""
    with TemporaryDirectory(prefix="oddsky-link-") as folder:
        handler = partial(_Handler, directory=folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Files(Path(folder), f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            server.server_close()
