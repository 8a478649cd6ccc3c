"""Where spectra lie: folders, tar archives, globs, single files, lists of paths."""

import glob
import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from ingest.errors import SourceError

SIDE_FILES = frozenset({".csv", ".txt", ".json", ".md", ".toml", ".par", ".html", ".log", ".png"})
"""Endings of what commonly lies beside spectra and is none."""

MAX_BYTES = 512 * 2**20
"""A single spectrum file is never larger, decompressed."""

TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")


class Source(Protocol):
    """Something that holds spectrum files."""

    def digest(self) -> str:
        """Return the SHA-256 of what lies on disk."""
        ...

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and decompressed bytes of each file, in an order that does not change."""
        ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file on disk, under the name by which it is published."""

    path: Path
    name: str

    def digest(self) -> str:
        """Return the SHA-256 of the file."""
        return _digest(self.path)

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield the one file; one that cannot be read is empty, and so rejected."""
        try:
            yield self.name, _plain(self.path.read_bytes())
        except PermissionError as error:
            raise SourceError(f"Cannot read {self.path}: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class TarSource:
    """A tar archive, compressed or not, read as a stream."""

    path: Path

    def digest(self) -> str:
        """Return the SHA-256 of the archive."""
        return _digest(self.path)

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield its spectrum files in their order.

        Raises
        ------
        SourceError
            When the archive is damaged; what came before has been yielded.
        """
        try:
            with tarfile.open(self.path, "r|*") as archive:
                for member in archive:
                    if member.isfile() and is_candidate(member.name):
                        stream = archive.extractfile(member)
                        yield member.name, _plain(stream.read(MAX_BYTES) if stream else b"")
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise SourceError(
                f"The archive {self.path} is damaged ({error}); fetch it again or unpack what is whole."
            ) from error


def list_sources(arguments: list[str]) -> list[Source]:
    """Find what the arguments of the command line name.

    Raises
    ------
    SourceError
        When an argument names nothing, or a folder holds no file.
    """
    return [source for argument in arguments for source in _expand(argument)]


def is_candidate(name: str) -> bool:
    """Whether a file found in a folder or archive is offered to the reader."""
    path = PurePosixPath(name)
    return not path.name.startswith(".") and path.suffix.lower() not in SIDE_FILES


def _expand(argument: str) -> list[Source]:
    path = Path(argument)
    if argument.startswith("@"):
        return [s for line in _lines(Path(argument[1:])) for s in _expand(line)]
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        is_tar = argument.lower().endswith(TAR_ENDINGS)
        return [TarSource(path) if is_tar else FileSource(path, path.name)]
    matches = sorted(glob.glob(argument, recursive=True))
    if not matches:
        raise SourceError(f"There is no file, folder or match for '{argument}'; check the path.")
    return [source for match in matches for source in _expand(match)]


def _folder(path: Path) -> list[Source]:
    files = sorted(p for p in path.rglob("*") if p.is_file() and is_candidate(str(p)))
    if not files:
        raise SourceError(f"The folder {path} holds no spectrum file; name another one.")
    return [FileSource(p, p.relative_to(path).as_posix()) for p in files]


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"Cannot read the list of paths {path}: {error}.") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _plain(data: bytes) -> bytes:
    """Undo gzip; what is damaged or far too large comes back as it is and is rejected later."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            plain = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return b""
    return plain if len(plain) <= MAX_BYTES else b""

