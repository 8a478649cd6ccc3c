"""A tar archive (POSIX.1-1988, ustar) as a stream: each member is whole when it is written."""

import tarfile
from collections.abc import Iterable, Iterator

MEDIA_TYPE = "application/x-tar"

_BLOCK = tarfile.BLOCKSIZE


def encode_tar(members: Iterable[tuple[str, bytes]], modified: int) -> Iterator[bytes]:
    """Encode files.

    Parameters
    ----------
    members : iterable of (str, bytes)
        Names of at most 100 ASCII characters, and contents.
    modified : int
        Time of all of them [s since 1970].
    """
    for name, data in members:
        head = tarfile.TarInfo(name)
        head.size, head.mtime = len(data), modified
        yield head.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % _BLOCK)
    yield b"\0" * (2 * _BLOCK)
