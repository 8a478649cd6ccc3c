"""What is to be fetched, and how fetching one file can fail."""

from dataclasses import dataclass

from ingest.errors import IngestError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file may lie: its URL, and its path below the folder that is filled."""

    url: str
    path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file under the name by which the user knows it, and the places to try in turn."""

    name: str
    places: tuple[Place, ...]


class MissingError(IngestError):
    """The archive does not have a file, or does not give it; asking again is of no use."""


class PassingError(IngestError):
    """A try failed in a way that may pass.

    Parameters
    ----------
    message : str
        What went wrong, as the end of a sentence about the file.
    wait : float
        How long the server asks to be left alone [s].
    """

    def __init__(self, message: str, wait: float = 0.0):
        super().__init__(message)
        self.wait = wait


class StoppedError(IngestError):
    """The user stopped the run."""
