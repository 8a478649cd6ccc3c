"""What is made once for all test processes of a run: releases, which take many seconds."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = "ODDSKY_TEST_FOLDER"
"""Names a folder for several runs of pytest, which whoever starts them removes."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder, made by the first process that asks; nobody may change what is in it."""
    base = os.environ.get(FOLDER)
    parent = Path(base) if base else _of_all_workers(factory)
    folder, done = parent / name, parent / f"{name}.done"
    with (parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def _of_all_workers(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this run of pytest; its workers have one of their own each within it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
