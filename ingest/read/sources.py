"""Where spectra lie: folders, tar archives, globs, single files, lists of paths."""

import glob
import hashlib
import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from ingest.errors import RejectedSpectrum, SourceError

SIDE_FILES = frozenset({".csv", ".txt", ".json", ".md", ".toml", ".par", ".html", ".log", ".png"})
"""Endings of what commonly lies beside spectra and is none."""

MAX_BYTES = 512 * 2**20
"""A single spectrum file is never larger, decompressed."""

TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")

REDSHIFT_FILES = {"coadd-": "redrock-", "spPlate-": "spZbest-"}
"""How the names of files begin, and of those with their redshifts."""

FACT_FILE = "spectra-facts"
"""Stem of a table that says who the spectra of its folder are, where they do not say it."""

FACT_FILES = tuple(f"{FACT_FILE}.{ending}" for ending in ("csv", "fits", "parquet", "vot", "xml"))

_GZIP = 31  # zlib's wbits for a gzip wrapper


class Unreadable(bytes):
    """Stands for the bytes of a file that cannot be read, and holds the reason instead."""


def refuse_unreadable(data: bytes) -> None:
    """Raise RejectedSpectrum with the reason when the bytes of a file could not be read."""
    if isinstance(data, Unreadable):
        raise RejectedSpectrum(data.decode())


class Source(Protocol):
    """Something that holds spectrum files."""

    def digest(self) -> str:
        """Return the SHA-256 of what lies on disk."""
        ...

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and decompressed bytes of each file, in an order that does not change.

        A file that cannot be read comes as `Unreadable`.
        """
        ...

    def beside(self, name: str, wanted: str) -> bytes | None:
        """Return a file by its name from the folder of the named member, or one right below it.

        None where it is not. SDSS keeps redshifts in a folder below that of their plate.
        """
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
        """Yield the one file."""
        yield self.name, _read_path(self.path)

    def beside(self, name: str, wanted: str) -> bytes | None:
        """Return another file of the same folder, or of one right below it."""
        path = self.path.with_name(wanted)
        found = path if path.exists() else next(iter(_below(path)), None)
        return _read_path(found) if found else None


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
            with tarfile.open(self.path, "r|*", tarinfo=_CheckedInfo) as archive:
                for member in archive:
                    stream = archive.extractfile(member) if member.isfile() else None
                    if stream and is_candidate(member.name):
                        yield _inner_name(member.name), _read(stream, member.size)
        except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
            raise SourceError(
                f"The archive {self.path} is damaged ({error}); "
                "fetch it again, or unpack what is whole."
            ) from error

    def beside(self, name: str, wanted: str) -> bytes | None:
        """Return another member near the named one; the archive is searched for it anew."""
        return _find_member(self.path, PurePosixPath(name).parent, wanted)


# All spectra of a folder may ask for the same tables of facts, or find that there are none.
@lru_cache(maxsize=8)
def _find_member(source: Path, folder: PurePosixPath, wanted: str) -> bytes | None:
    with tarfile.open(source, "r:*") as archive:
        for member in archive:
            path = PurePosixPath(_inner_name(member.name))
            near = folder in (path.parent, path.parent.parent)
            if member.isfile() and path.name == wanted and near:
                return _read(cast(IO[bytes], archive.extractfile(member)), member.size)
    return None


class _CheckedInfo(tarfile.TarInfo):
    """Refuse a header that is damaged or missing, where tarfile takes it for the end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_CheckedInfo":
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"{error}, {tarfile_.offset} bytes in") from error


def list_sources(arguments: list[str]) -> list[Source]:
    """Find what the arguments of the command line name, sorted within each argument.

    Parameters
    ----------
    arguments : list of str
        Folders, tar archives, files, glob patterns, or @FILE with a path a line.

    Raises
    ------
    SourceError
        When an argument names nothing, or a folder holds no file.
    """
    listed = [source for argument in arguments for source in _expand(argument)]
    return listed + _unlisted_companions(listed)


def companions(name: str) -> tuple[str, ...]:
    """Return the names of files that are read together with a named one, if they lie beside it.

    DESI keeps the redshifts of a coadd file in a redrock file, SDSS those of a spPlate file in a
    spZbest file; other files stand alone.
    """
    for kind, other in REDSHIFT_FILES.items():
        if name.startswith(kind):
            plain = name.replace(kind, other, 1).removesuffix(".gz")
            return plain, f"{plain}.gz"
    return ()


def is_candidate(name: str) -> bool:
    """Whether a file found in a folder or archive is offered to the reader."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") and part not in (".", "..") for part in path.parts)
    suffix = PurePosixPath(path.name.lower().removesuffix(".gz")).suffix
    return not hidden and (suffix not in SIDE_FILES or path.name in FACT_FILES)


def _unlisted_companions(listed: list[Source]) -> list[Source]:
    """Return the companions that were not named, so that the digest of the input covers them."""
    files = [source for source in listed if isinstance(source, FileSource)]
    present = {file.path for file in files}
    folders = {file.path.parent: PurePosixPath(file.name).parent for file in files}
    beside = [folder / name for folder in folders for name in FACT_FILES]
    for path in (f.path.with_name(other) for f in files for other in companions(f.path.name)):
        beside += [path, *_below(path)]
        folders |= {p.parent: folders[path.parent] / p.parent.name for p in _below(path)}
    found = dict.fromkeys(path for path in beside if path.is_file() and path not in present)
    return [FileSource(path, (folders[path.parent] / path.name).as_posix()) for path in found]


def _below(path: Path) -> list[Path]:
    """Return the files of redshifts of a path's name in the folders right below its own."""
    if not path.name.startswith(REDSHIFT_FILES["spPlate-"]):
        return []
    return sorted(path.parent.glob(f"*/{glob.escape(path.name)}"))


def _expand(argument: str) -> list[Source]:
    path = Path(argument)
    if path.is_dir():
        return _named(_candidates(path), path, f"The folder {path} holds no spectrum file")
    if path.exists():
        return [_file(path, path.name)]
    if argument.startswith("@"):
        lines = sorted(_lines(Path(argument[1:])))
        return [source for line in lines for source in _expand(line)]
    matches = [Path(match) for match in glob.glob(argument, recursive=True)]  # noqa: PTH207
    files = [f for m in matches for f in (_candidates(m) if m.is_dir() else [m])]
    base = Path(os.path.commonpath([f.parent for f in files])) if files else path
    return _named(files, base, f"There is no file, folder or match for '{argument}'")


def _candidates(folder: Path) -> list[Path]:
    files = [p for p in folder.rglob("*") if p.is_file() or (p.is_symlink() and not p.exists())]
    return [p for p in files if is_candidate(p.relative_to(folder).as_posix())]


def _named(files: list[Path], base: Path, lack: str) -> list[Source]:
    if not files:
        raise SourceError(f"{lack}; check the path or name another one.")
    names = {path.relative_to(base).as_posix(): path for path in files}
    return [_file(names[name], name) for name in sorted(names)]


def _file(path: Path, name: str) -> Source:
    is_tar = path.name.lower().endswith(TAR_ENDINGS)
    return TarSource(path) if is_tar else FileSource(path, name)


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"Cannot read the list of paths {path}: {error}.") from error
    named = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not named:
        raise SourceError(f"The list {path} names no path; write one a line.")
    return named


def _inner_name(name: str) -> str:
    return PurePosixPath(name).as_posix().lstrip("/")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"Cannot read {path}: {error.strerror}; make it readable.") from error


def _read_path(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return _read(stream, path.stat().st_size)
    except OSError as error:
        return Unreadable(f"cannot be read: {error.strerror}".encode())


def _read(stream: IO[bytes], size: int) -> bytes:
    """Return the decompressed bytes of a file, or why there are none."""
    if size > MAX_BYTES:
        return _too_large()
    data = stream.read()
    return _gunzip(data) if data.startswith(b"\x1f\x8b") else data


def _gunzip(data: bytes) -> bytes:
    parts: list[bytes] = []
    room = MAX_BYTES
    # A gzip file may be several, one behind the other, and end in zeros.
    while data:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.append(unpacker.decompress(data, room + 1))
        except zlib.error as error:
            return Unreadable(f"is a damaged gzip file ({error})".encode())
        room -= len(parts[-1])
        if room < 0:
            return _too_large()
        if not unpacker.eof:
            return Unreadable(b"is a gzip file that is cut short")
        data = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _too_large() -> Unreadable:
    return Unreadable(f"is larger than {MAX_BYTES >> 20} MB, too large for a spectrum".encode())
