"""Tables from a PostgreSQL database, spectra from the directory that was loaded into it."""

from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from vo_service.errors import NotFoundError, TransientError
from vo_service.query.engine import Engine
from vo_service.query.postgres import PostgresEngine
from vo_service.query.postgres_pool import Pool, PoolSettings
from vo_service.release.loads import Loaded, read_served
from vo_service.release.release import Release


@dataclass(slots=True)
class DatabaseSource:
    """Reads the release that was loaded last.

    Parameters
    ----------
    root : Path
        Directory that holds the release too.
    settings : PoolSettings
    """

    root: Path
    settings: PoolSettings
    _pool: Pool = field(init=False)
    _connection: psycopg.Connection | None = None

    def __post_init__(self) -> None:
        self._pool = Pool(self.settings)

    def current(self) -> str:
        """Return the number of the load."""
        return str(self._served().load)

    def open(self) -> tuple[Release, Engine]:
        """Open the release that the database serves.

        Raises
        ------
        NotFoundError
            When the directory does not hold it.
        """
        loaded = self._served()
        release = self._release(loaded)
        return release, PostgresEngine(self._pool, loaded.names)

    def close(self) -> None:
        """Close all connections that nobody uses."""
        self._pool.close()
        self._forget()

    def _release(self, loaded: Loaded) -> Release:
        try:
            release = Release.open(self.root, loaded.release)
        except NotFoundError as error:
            raise NotFoundError(
                f"{self.root.name} does not hold release {loaded.release}, which the database "
                f"serves; load it again with oddsky load {self.root.name}."
            ) from error
        if release.created != loaded.created:
            raise NotFoundError(
                f"{self.root.name} holds another release {loaded.release} than the database "
                f"serves; load it again with oddsky load {self.root.name}."
            )
        return release

    def _served(self) -> Loaded:
        try:
            loaded = self._ask()
        except psycopg.OperationalError as error:
            raise TransientError(
                "The database does not answer at the moment; try again."
            ) from error
        if loaded is None:
            raise NotFoundError("The database holds no release; run oddsky load first.")
        return loaded

    def _ask(self) -> Loaded | None:
        """Ask over the connection that is kept; once more over a new one, where it has died."""
        if self._connection is not None:
            try:
                return read_served(self._connection)
            except psycopg.OperationalError:
                self._forget()
        self._connection = psycopg.connect(
            self.settings.url, autocommit=True, connect_timeout=5, application_name="oddsky"
        )
        return read_served(self._connection)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
