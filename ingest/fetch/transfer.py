"""One file from the archive: in pieces if need be, checked, and there all at once."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from ingest.fetch.client import Client
from ingest.fetch.index import Index
from ingest.fetch.verify import fault
from ingest.fetch.wanted import MissingError, PassingError, Place, StoppedError, Wanted

UNFINISHED = ".unfinished"
"""Hidden, so that an ingest of the folder never meets a file that is not whole."""

CHUNK = 256 * 1024
RANGE_REFUSED = 416


@dataclass(frozen=True, slots=True)
class Transfer:
    """Fetches files into a folder.

    Attributes
    ----------
    root : Path
        The folder that is filled.
    count : callable
        Told of the bytes that came.
    """

    client: Client
    index: Index
    root: Path
    count: Callable[[int], None]

    def fetch(self, wanted: Wanted) -> Place:
        """Fetch a file from the first of its places that has it.

        Raises
        ------
        MissingError
            When none has it.
        PassingError
            When it failed too often.
        """
        reasons = []
        for place in wanted.places:
            try:
                self._fetch(place)
            except MissingError as error:
                reasons.append(str(error))
            else:
                return place
        raise MissingError("; ".join(reasons))

    def _fetch(self, place: Place) -> None:
        part = self.root / UNFINISHED / f"{place.path}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        self.client.patiently(lambda: self._try(place, part), place.path, lambda: _size(part))

    def _try(self, place: Place, part: Path) -> None:
        tag = part.with_suffix(".tag")
        have, validator = _size(part), _text(tag)
        # Without a validator the rest might be of another version of the file.
        resumes = have > 0 and bool(validator)
        headers = {"Range": f"bytes={have}-", "If-Range": validator} if resumes else {}
        with self.client.get(place.url, headers) as response:
            if response.status_code == RANGE_REFUSED:
                _forget(part, tag)
                raise PassingError("the server has no more of a file that was begun")
            start = have if _continues(response, have) else 0
            if not start:
                tag.write_text(_validator(response))
            self._write(response, part, start)
            _check_length(response, start, _size(part))
        self._finish(place, part, tag)

    def _write(self, response: requests.Response, part: Path, start: int) -> None:
        with part.open("ab" if start else "wb") as stream:
            # iter_content waits for a whole chunk, and loses what came of it when the connection
            # breaks.
            while chunk := response.raw.read1(CHUNK):
                if self.client.stop.is_set():
                    raise StoppedError("stopped")
                stream.write(chunk)
                self.count(len(chunk))

    def _finish(self, place: Place, part: Path, tag: Path) -> None:
        wrong = fault(part, self.index.checksum(place.url))
        if wrong:
            _forget(part, tag)
            raise PassingError(f"wrong bytes came: {wrong}")
        target = self.root / place.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
        tag.unlink(missing_ok=True)


def _continues(response: requests.Response, have: int) -> bool:
    """Whether the server sends the rest; one that ignores Range sends all with status 200."""
    if response.status_code != requests.codes.partial_content:
        return False
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise PassingError("the server sent another piece than it was asked for")
    return True


def _check_length(response: requests.Response, start: int, size: int) -> None:
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and start + int(length) != size:
        raise PassingError(f"{size} of {start + int(length)} bytes came")


def _validator(response: requests.Response) -> str:
    etag = response.headers.get("ETag", "")
    strong = "" if etag.startswith("W/") else etag
    return strong or response.headers.get("Last-Modified", "")


def _forget(part: Path, tag: Path) -> None:
    part.unlink(missing_ok=True)
    tag.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
