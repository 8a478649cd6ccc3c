"""Connections to PostgreSQL, read-only and few; one that died is replaced."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_manager as adbc
from adbc_driver_postgresql import dbapi

from vo_service.errors import TransientError


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How a worker uses the database.

    Attributes
    ----------
    url : str
        postgresql://user@host/database, or what else libpq takes.
    connections : int
        Most of them at once.
    work_mem : str
        Memory of one sort or hash, as PostgreSQL writes it; more is spilled to its disk.
    """

    url: str
    connections: int = 16
    work_mem: str = "64MB"


class Session:
    """A connection and its one cursor."""

    def __init__(self, settings: PoolSettings):
        self._connection = dbapi.connect(settings.url, autocommit=True)
        self.cursor: Any = self._connection.cursor()
        options = {
            "default_transaction_read_only": "on",
            "search_path": "pg_catalog",
            "standard_conforming_strings": "on",
            "work_mem": settings.work_mem,
            "jit": "off",  # it compiles for longer than most of our queries take
            "client_connection_check_interval": "2s",
            "timezone": "UTC",
            "application_name": "oddsky",
        }
        places = range(1, 2 * len(options), 2)
        calls = ", ".join(f"set_config(${i}, ${i + 1}, false)" for i in places)
        values = [part for option in options.items() for part in option]
        self.cursor.execute(f"SELECT {calls}", values)

    def cancel(self) -> None:
        """Ask the server to stop what it does here; may be called by any thread."""
        with suppress(adbc.Error):  # a connection that is gone has nothing to stop
            self.cursor.adbc_cancel()

    def end(self) -> None:
        """End the transaction; temporary tables are gone with it."""
        self.cursor.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.cursor.close()
        self._connection.close()


@dataclass(slots=True)
class Pool:
    """The connections of one worker.

    Parameters
    ----------
    settings : PoolSettings
    wait_seconds : float
        For a free connection.
    """

    settings: PoolSettings
    wait_seconds: float = 10.0
    _idle: list[Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = threading.BoundedSemaphore(self.settings.connections)

    def take(self) -> Session:
        """Return a session of the caller's own; `give_back` must follow.

        Raises
        ------
        TransientError
            When all are in use, or the database does not answer.
        """
        if not self._free.acquire(timeout=self.wait_seconds):
            raise TransientError("All connections to the database are in use; try again.")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        try:
            return self._connect()
        except TransientError:
            self._free.release()
            raise

    def begin(self, session: Session, statement: str) -> Session:
        """Begin a transaction, in a fresh session where this one has died meanwhile.

        Raises
        ------
        TransientError
            When the database does not answer.
        """
        try:
            session.cursor.execute(statement)
        except adbc.OperationalError:
            _drop(session)
            session = self._connect()
            session.cursor.execute(statement)
        return session

    def give_back(self, session: Session, complete: bool) -> None:
        """Keep a session for the next query when the last one came to its end, else close it."""
        try:
            if complete:
                session.end()
                with self._lock:
                    self._idle.append(session)
            else:
                _drop(session)
        except adbc.Error:
            _drop(session)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the sessions that nobody uses."""
        with self._lock:
            while self._idle:
                _drop(self._idle.pop())

    def _connect(self) -> Session:
        try:
            return Session(self.settings)
        except adbc.Error as error:
            raise TransientError(
                "The database does not answer at the moment; try again."
            ) from error


def _drop(session: Session) -> None:
    with suppress(adbc.Error):  # it may be gone already
        session.close()
