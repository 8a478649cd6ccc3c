"""The settings of the service: read once, from the command line and the environment."""

import math
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from vo_service.errors import UsageError

PREFIX = "ODDSKY_"
GIVEN = ("root", "state", "base_url")
"""Settings that the command line gives."""

MAY_BE_ZERO = ("job_threads",)


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
    memory_limit : str
        Of the engine, in each worker.
    threads : int
        Of the engine, in each worker.
    job_threads : int
        Asynchronous jobs that a worker runs at once; 0 leaves them to `oddsky worker`.
    job_seconds, most_job_seconds : int
        Longest execution of a job by default, and at most.
    job_days, most_job_days : float
        Until a job is removed with its result, by default and at most.
    most_jobs : int
        Jobs that may wait or run at once, over all workers.
    upload_bytes, upload_rows : int
        Of one uploaded table.
    upload_hosts : tuple of str
        Hosts from which tables may be fetched by URL; `*` stands for every public address. A
        private address is fetched from only when it is named here.
    stall_seconds : float
        A client that takes nothing for so long is let go.
    spool_bytes : int
        Of an answer whose format needs all rows before its first byte.
    database : str
        URL of the PostgreSQL database that holds the tables; empty reads the directory's files.
    database_connections : int
        Most connections to it, in each worker.
    work_mem : str
        Memory of one sort or hash there, as PostgreSQL writes it.
    authority : str
        IVOA authority in the identifiers of spectra.
    most_spectra : int
        That are sent at once.
    job_database : str
        URL of the PostgreSQL database that holds the jobs of several hosts; empty keeps them in
        the state directory.
    """

    root: Path
    state: Path
    base_url: str = ""
    default_rows: int = 100_000
    most_rows: int = 20_000_000
    query_seconds: float = 120.0
    memory_limit: str = "2GB"
    threads: int = 2
    job_threads: int = 2
    job_seconds: int = 3600
    most_job_seconds: int = 86_400
    job_days: float = 7.0
    most_job_days: float = 30.0
    most_jobs: int = 1000
    upload_bytes: int = 100_000_000
    upload_rows: int = 1_000_000
    upload_hosts: tuple[str, ...] = ("*",)
    stall_seconds: float = 60.0
    spool_bytes: int = 4 << 30
    database: str = ""
    database_connections: int = 16
    work_mem: str = "64MB"
    job_database: str = ""
    authority: str = "oddsky.invalid"
    most_spectra: int = 100_000

    @property
    def job_store_url(self) -> str:
        """Database of the jobs, as SQLAlchemy writes it."""
        if not self.job_database:
            return f"sqlite:///{self.state / 'jobs.sqlite'}"
        return self.job_database.replace("postgresql://", "postgresql+psycopg://", 1)

    @classmethod
    def make(
        cls, root: Path, state: Path | None = None, base_url: str = "", database: str = ""
    ) -> "Settings":
        """Take what is not given from the environment: ODDSKY_MOST_ROWS sets `most_rows`.

        Raises
        ------
        UsageError
            When a variable is not a number where it must be one.
        """
        plain = cls(root, state or root / "state", base_url.rstrip("/"))
        others = (f for f in fields(cls) if f.name not in GIVEN)
        read = {f.name: _read(f.name, getattr(plain, f.name)) for f in others}
        return replace(plain, **read | ({"database": database} if database else {}))


def _read(name: str, default: Any) -> Any:
    """Read a variable of the environment as the type of its default."""
    variable = f"{PREFIX}{name.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if isinstance(default, str):
        return text
    if isinstance(default, tuple):
        return tuple(text.replace(",", " ").split())
    try:
        value = type(default)(text)
    except ValueError:
        value = -1
    least = 0 if name in MAY_BE_ZERO else 1e-9
    if not least <= value < math.inf:
        kind = "whole number" if isinstance(default, int) else "number"
        bound = "from 0 on" if name in MAY_BE_ZERO else "greater than 0"
        raise UsageError(f"{variable} is '{text[:40]}'; it must be a {kind} {bound}.")
    return value
