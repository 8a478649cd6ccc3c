"""The interface of a survey's reader."""

from collections.abc import Callable, Iterator
from typing import Protocol

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum

Beside = Callable[[str], bytes | None]
"""Gives the decompressed bytes of a file in the same folder by its name, None where it is not."""


def nothing_beside(name: str) -> bytes | None:
    """Stand for a folder that holds one file alone."""
    return None


class Reader(Protocol):
    """Turn the files of one survey into spectra."""

    name: str
    """In the settings."""

    survey: str
    """Namespace of the identifiers: a spectrum has the same in every format of its survey."""

    spectra_per_file: int
    """How many a file commonly holds: so many fewer files are read at a time."""

    noise_correlation: float
    """Of neighbouring pixels, as the survey delivers them."""

    def recognises(self, data: bytes) -> bool:
        """Whether a file is one of this survey's."""
        ...

    def read(
        self, name: str, data: bytes, beside: Beside = nothing_beside
    ) -> Iterator[Spectrum | RejectedSpectrum]:
        """Yield the spectra of a file, and the reasons against single ones of them.

        Parameters
        ----------
        name : str
            Of the file, for `source_file`.
        data : bytes
            All of it, decompressed.
        beside : callable
            Reaches the files that lie beside it.

        Raises
        ------
        RejectedSpectrum
            When the file cannot be used, with the reason.
        """
        ...
