"""Find the data beside the checkout, or skip; under CI=true a missing folder fails."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def missing(reason: str) -> None:
    """Skip the test with the reason; fail it under CI=true, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def needed_module(name: str) -> ModuleType:
    """Import a module, or skip; under CI=true a missing one fails."""
    if find_spec(name.partition(".")[0]) is None:
        missing(f"needs the module {name}")
    return import_module(name)


def shared_path(relative: str) -> Path:
    """Return a path below ../shared."""
    path = SHARED / relative
    if not path.exists():
        missing(f"needs ../shared/{relative} beside the checkout")
    return path
