"""The list of what was fetched, `fetched.csv`: what stands in it is not fetched again."""

import csv
import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import SourceError
from ingest.fetch.verify import sha256
from ingest.fetch.wanted import Place, Wanted

MANIFEST = "fetched.csv"
LOCK = ".fetch.lock"
COLUMNS = ("id", "url", "file", "bytes", "sha256", "time")
HEADER = ",".join(COLUMNS) + "\n"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep a second run out of the folder; the lock goes with the process.

    Raises
    ------
    SourceError
        When another run fills it.
    """
    with (root / LOCK).open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SourceError(
                f"Another oddsky fetch fills {root}; wait for it, or name another directory."
            ) from error
        yield


class Manifest:
    """The list in a folder; a row is added as soon as a file is there."""

    def __init__(self, root: Path):
        self._root, self._path = root, root / MANIFEST
        self._lock = threading.Lock()
        self._sizes = self._read()

    def holds(self, wanted: Wanted) -> bool:
        """Whether a file was fetched before and still has its size.

        A file that a killed run renamed and did not list any more is whole: it is listed now.
        """
        for place in wanted.places:
            path = self._root / place.path
            if not path.is_file():
                continue
            if place.path not in self._sizes:
                self.add(wanted.name, place)
            if self._sizes[place.path] == path.stat().st_size:
                return True
        return False

    def add(self, name: str, place: Place) -> None:
        """List a file that is there."""
        path = self._root / place.path
        size, now = path.stat().st_size, datetime.now(UTC).isoformat(timespec="seconds")
        row = (name, place.url, place.path, size, sha256(path), now)
        with self._lock, self._path.open("a", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerow(row)
            self._sizes[place.path] = size

    def _read(self) -> dict[str, int]:
        text = self._path.read_text() if self._path.exists() else ""
        if HEADER.startswith(text):  # a kill can cut the header too
            self._path.write_text(HEADER)
            return {}
        whole, _, torn = text.rpartition("\n")
        if torn:
            self._path.write_text(f"{whole}\n")
        return self._sizes_in(whole)

    def _sizes_in(self, text: str) -> dict[str, int]:
        try:
            rows = csv.DictReader(text.splitlines())
            return {row["file"]: int(row["bytes"]) for row in rows}
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                f"{self._path} is no list of oddsky fetch; move it away, or name another directory."
            ) from error
