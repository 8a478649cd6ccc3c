"""The folders of an archive: what lies in them, and the checksums that they hold."""

import logging
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import unquote

from ingest.fetch.client import Client
from ingest.fetch.wanted import MissingError, PassingError

log = logging.getLogger("oddsky.fetch")

LINK = re.compile(r"""href\s*=\s*["']([^"'?#]+)["']""", re.IGNORECASE)
SUM_FILE = re.compile(r"\.(sha1sum|sha256sum|md5sum)$")
SUM_LINE = re.compile(r"^([0-9a-fA-F]{32,64})\s+\*?(\S.*?)\s*$", re.MULTILINE)
ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}
"""Algorithms by the number of digits of their sums."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the archive says of a file's bytes."""

    algorithm: str
    digits: str


@dataclass(slots=True)
class _Folder:
    names: frozenset[str] | None = None
    sums: dict[str, Checksum] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Index:
    """What the web server lists of its folders, each asked for once."""

    def __init__(self, client: Client):
        self._client = client
        self._folders: dict[str, _Folder] = defaultdict(_Folder)
        self._lock = threading.Lock()

    def names(self, folder: str) -> frozenset[str]:
        """Return the names of the files in a folder, none where the server lists none.

        Raises
        ------
        PassingError
            When the server does not answer.
        """
        held = self._held(folder)
        with held.lock:
            return self._list(folder, held)

    def checksum(self, url: str) -> Checksum | None:
        """Return the sum of a file from the lists in its folder, None where there is none."""
        folder, _, name = url.rpartition("/")
        held = self._held(folder)
        with held.lock:
            if held.sums is None:
                held.sums = self._read_sums(folder, held)
            return held.sums.get(name)

    def _held(self, folder: str) -> _Folder:
        with self._lock:
            return self._folders[folder.rstrip("/")]

    def _list(self, folder: str, held: _Folder) -> frozenset[str]:
        if held.names is None:
            try:
                page = self._client.text(f"{folder.rstrip('/')}/").decode(errors="replace")
            except MissingError:
                page = ""
            links = (unquote(link).removeprefix("./") for link in LINK.findall(page))
            held.names = frozenset(link.rpartition("/")[2] for link in links)
        return held.names

    def _read_sums(self, folder: str, held: _Folder) -> dict[str, Checksum]:
        sums: dict[str, Checksum] = {}
        try:
            for name in sorted(filter(SUM_FILE.search, self._list(folder, held))):
                sums |= parse_sums(self._client.text(f"{folder}/{name}").decode(errors="replace"))
        except (MissingError, PassingError) as error:
            log.warning("%s: its checksums cannot be read: %s", folder, error)
        return sums


def parse_sums(text: str) -> dict[str, Checksum]:
    """Read a list of checksums as sha1sum and its kin write it, by file name without folder."""
    return {
        name.rpartition("/")[2]: Checksum(ALGORITHMS[len(digits)], digits.lower())
        for digits, name in SUM_LINE.findall(text)
        if len(digits) in ALGORITHMS
    }
