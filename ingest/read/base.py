"""The interface of a survey's reader, and who reads which survey."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum, SettingsError, SourceError
from ingest.read.sdss import SdssReader
from ingest.read.sources import Source, refuse_unreadable


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


READERS: dict[str, Reader] = {reader.survey: reader for reader in (SdssReader(),)}
"""By the name of the survey."""


class CheckedReader:
    """Read the files of one survey, and refuse those of others for what they are."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self.survey = reader.survey

    def recognises(self, data: bytes) -> bool:
        """Whether a file is one of this survey's."""
        return self._reader.recognises(data)

    def read(self, name: str, data: bytes) -> Iterator[Spectrum]:
        """Yield the spectra of a file; see `Reader.read`."""
        refuse_unreadable(data)
        if not self._reader.recognises(data):
            self._refuse(data)
        yield from self._reader.read(name, data)

    def _refuse(self, data: bytes) -> None:
        other = _recognise(data)
        if other is None:
            known = ", ".join(READERS)
            raise RejectedSpectrum(f"is not a spectrum file of a known survey ({known})")
        raise RejectedSpectrum(
            f"is of the survey {other.survey}, the others here of {self.survey}: ingest it apart"
        )


def find_reader(survey: str, sources: Iterable[Source]) -> Reader:
    """Return the reader of a survey, or of the survey that the first good file is of.

    Parameters
    ----------
    survey : str
        A name of `READERS`, or auto.
    sources : iterable of Source
        Where auto looks. One run has one survey, for its identifiers are the survey's.

    Raises
    ------
    SettingsError
        When the survey is unknown.
    SourceError
        When auto finds no file of a known survey.
    """
    if survey == "auto":
        return CheckedReader(_find_survey(sources))
    if survey not in READERS:
        raise SettingsError(f"Unknown survey '{survey}'. Known are: auto, {', '.join(READERS)}.")
    return READERS[survey]


def _find_survey(sources: Iterable[Source]) -> Reader:
    for source in sources:
        for _, data in source.members():
            if reader := _recognise(data):
                return reader
    known = ", ".join(READERS)
    raise SourceError(f"No file named is a spectrum of a known survey ({known}); name others.")


def _recognise(data: bytes) -> Reader | None:
    return next((reader for reader in READERS.values() if reader.recognises(data)), None)
