"""A folder that appears when all of it is written."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import IngestError


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Give a folder to write into; at the end one rename makes it the target.

    What a killed writer left is removed by the next.

    Raises
    ------
    IngestError
        When the target is there already, or another process is writing it.
    """
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise IngestError(f"{target} is there already; remove it, or name a new directory.")
    draft = target.with_name(f".{target.name}.draft")
    draft.mkdir(parents=True, exist_ok=True)
    with _locked(draft, target):
        _empty(draft)
        try:
            yield draft
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        draft.rename(target)


@contextmanager
def _locked(draft: Path, target: Path) -> Iterator[None]:
    handle = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise IngestError(f"Another run is writing {target}; wait for its end.") from error
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
