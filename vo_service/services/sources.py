"""Where the tables of a release are read: the files of its directory, or a database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vo_service.errors import NotFoundError
from vo_service.query.duck import DuckEngine, DuckSettings
from vo_service.query.engine import Engine
from vo_service.release.release import Release


class Source(Protocol):
    """Knows which release is served, and opens it."""

    def current(self) -> str:
        """Return what tells the current release from others.

        Raises
        ------
        NotFoundError
            When there is none.
        TransientError
            When it cannot be told at the moment.
        """
        ...

    def open(self) -> tuple[Release, Engine]:
        """Open the current release."""
        ...

    def close(self) -> None:
        """Free what the releases share."""
        ...


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """Reads the files of the release that `current` points to.

    Attributes
    ----------
    root : Path
    settings : DuckSettings
    """

    root: Path
    settings: DuckSettings

    def current(self) -> str:
        """Return the target of the link `current`."""
        try:
            return str((self.root / "current").readlink())
        except OSError as error:
            raise NotFoundError(
                f"{self.root.name} holds no release; run oddsky ingest first."
            ) from error

    def open(self) -> tuple[Release, Engine]:
        """Open the release in an engine of its own."""
        release = Release.open(self.root)
        return release, DuckEngine(release, self.settings)

    def close(self) -> None:
        """Do nothing: each engine is closed with its release."""
