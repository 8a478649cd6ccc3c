"""Find the data beside the checkout, or skip; under CI=true a missing folder fails."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def missing(reason: str) -> None:
    """Skip the test with the reason; fail it under CI=true, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def shared_path(relative: str) -> Path:
    """Return a path below ../shared."""
    path = SHARED / relative
    if not path.exists():
        missing(f"needs ../shared/{relative} beside the checkout")
    return path
