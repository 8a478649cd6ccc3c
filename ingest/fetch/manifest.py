"""The list of what was fetched, `fetched.csv`: what stands in it is not fetched again."""

import csv
import threading
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import SourceError
from ingest.fetch.verify import sha256
from ingest.fetch.wanted import Place, Wanted

MANIFEST = "fetched.csv"
COLUMNS = ("id", "url", "file", "bytes", "sha256", "time")


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
        if not self._path.exists():
            self._path.write_text(",".join(COLUMNS) + "\n")
        text = self._path.read_text()
        if not text.startswith(",".join(COLUMNS)):
            raise SourceError(f"{self._path} is no list of oddsky fetch; name another directory.")
        whole, _, torn = text.rpartition("\n")
        if torn:  # a kill can cut the last row
            self._path.write_text(f"{whole}\n")
        rows = csv.DictReader(whole.splitlines())
        return {row["file"]: int(row["bytes"]) for row in rows}
