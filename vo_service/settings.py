"""The settings of the service: read once, from the command line and the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


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
    database : str
        URL of the PostgreSQL database that holds the tables; empty reads the directory's files.
    database_connections : int
        Most connections to it, in each worker.
    work_mem : str
        Memory of one sort or hash there, as PostgreSQL writes it.
    """

    root: Path
    state: Path
    base_url: str = ""
    default_rows: int = 100_000
    most_rows: int = 20_000_000
    query_seconds: float = 120.0
    memory_limit: str = "2GB"
    threads: int = 2
    database: str = ""
    database_connections: int = 16
    work_mem: str = "64MB"

    @classmethod
    def make(
        cls, root: Path, state: Path | None = None, base_url: str = "", database: str = ""
    ) -> "Settings":
        """Take what is not given from the environment.

        ODDSKY_DEFAULT_ROWS, ODDSKY_MOST_ROWS, ODDSKY_QUERY_SECONDS, ODDSKY_MEMORY_LIMIT,
        ODDSKY_THREADS, ODDSKY_DATABASE, ODDSKY_DATABASE_CONNECTIONS and ODDSKY_WORK_MEM change the
        defaults.
        """
        return cls(
            root=root,
            state=state or root / "state",
            base_url=base_url.rstrip("/"),
            default_rows=int(_environment("DEFAULT_ROWS", "100000")),
            most_rows=int(_environment("MOST_ROWS", "20000000")),
            query_seconds=float(_environment("QUERY_SECONDS", "120")),
            memory_limit=_environment("MEMORY_LIMIT", "2GB"),
            threads=int(_environment("THREADS", "2")),
            database=database or _environment("DATABASE", ""),
            database_connections=int(_environment("DATABASE_CONNECTIONS", "16")),
            work_mem=_environment("WORK_MEM", "64MB"),
        )


def _environment(name: str, default: str) -> str:
    return os.environ.get(f"ODDSKY_{name}", default)
