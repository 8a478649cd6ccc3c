"""The settings of the service: read once, from the command line and the environment."""

import math
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vo_service.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service runs.

    Attributes
    ----------
    root : Path
        Directory of the release.
    state : Path
        Where the service may write.
    base_url : str
        URL under which clients see the service, without a slash at the end; empty takes it from
        each request.
    default_rows, most_rows : int
        Rows of an answer without MAXREC, and with any.
    query_seconds : float
        Longest time of a synchronous query.
    job_seconds, job_days : float
        Longest time of an asynchronous query, and how long its result is kept.
    upload_rows, upload_bytes : int
        Most rows of an uploaded table, and most bytes of an upload.
    memory_limit : str
        Of the engine, in each worker.
    threads : int
        Of the engine, in each worker.
    """

    root: Path
    state: Path
    base_url: str = ""
    default_rows: int = 100_000
    most_rows: int = 20_000_000
    query_seconds: float = 120.0
    job_seconds: float = 3600.0
    job_days: float = 7.0
    upload_rows: int = 1_000_000
    upload_bytes: int = 64 * 2**20
    memory_limit: str = "2GB"
    threads: int = 2

    @classmethod
    def make(cls, root: Path, state: Path | None = None, base_url: str = "") -> "Settings":
        """Take what is not given from the environment: ODDSKY_MOST_ROWS sets `most_rows`.

        Raises
        ------
        UsageError
            When a variable is not a positive number where it must be one.
        """
        given = {"root": root, "state": state or root / "state", "base_url": base_url.rstrip("/")}
        others = (f for f in fields(cls) if f.name not in given)
        return cls(**given, **{f.name: _read(f.name, f.default) for f in others})  # type: ignore[arg-type]


def _read(name: str, default: Any) -> Any:
    """Read a variable of the environment as the type of its default."""
    variable = f"ODDSKY_{name.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if isinstance(default, str):
        return text
    try:
        value = type(default)(text)
    except ValueError:
        value = 0
    if not 0 < value < math.inf:
        kind = "whole number" if isinstance(default, int) else "number"
        raise UsageError(f"{variable} is '{text[:40]}'; it must be a {kind} greater than 0.")
    return value
