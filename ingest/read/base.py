"""The interface of a survey's reader."""

from collections.abc import Iterator
from typing import Protocol

from ingest.batches import Spectrum


class Reader(Protocol):
    """Turn the files of one survey into spectra."""

    survey: str
    """Name in the settings, and namespace of the identifiers."""

    def recognises(self, data: bytes) -> bool:
        """Whether a file is one of this survey's."""
        ...

    def read(self, name: str, data: bytes) -> Iterator[Spectrum]:
        """Yield the spectra of a file.

        Parameters
        ----------
        name : str
            Of the file, for `source_file`.
        data : bytes
            All of it, decompressed.

        Raises
        ------
        RejectedSpectrum
            When it cannot be used, with the reason.
        """
        ...
