"""Which reader reads a survey: by name, or by looking at the first files."""

import itertools
from pathlib import Path

import pyarrow as pa

from ingest.errors import SettingsError, SourceError
from ingest.read.base import Reader
from ingest.read.by_specutils import SpecutilsReader
from ingest.read.desi import DesiReader
from ingest.read.mock import MockReader, read_labels
from ingest.read.sdss import SdssReader
from ingest.read.sources import Source
from ingest.read.spplate import SpPlateReader
from ingest.read.table import TableReader

READERS: tuple[Reader, ...] = (
    SdssReader(),
    MockReader(),
    SpPlateReader(),
    DesiReader(),
    TableReader(),
    SpecutilsReader(),
)

LOOKED_AT = 50
"""Files looked at to find out whose they are."""


def choose_reader(survey: str, sources: list[Source]) -> Reader:
    """Return the reader of a survey; auto looks at the files.

    Raises
    ------
    SettingsError
        When there is no reader of that name.
    SourceError
        When no reader recognises any of the first files.
    """
    if survey != "auto":
        return _by_name(survey)
    members = itertools.chain.from_iterable(source.members() for source in sources)
    looked_at = []
    for name, data in itertools.islice(members, LOOKED_AT):
        looked_at.append(name)
        for reader in READERS:
            if reader.recognises(data):
                return reader
    first = f"; the first is {looked_at[0]}" if looked_at else ""
    raise SourceError(
        f"None of {len(looked_at)} files is a spectrum of a known survey ({_known()}){first}. "
        "Name other files, or the survey with --survey."
    )


def find_labels(reader: Reader, arguments: list[str]) -> pa.Table | None:
    """Return what was planted, where the spectra are a mock survey's folder."""
    if reader.survey != MockReader.survey:
        return None
    tables = [t for t in (read_labels(Path(argument)) for argument in arguments) if t is not None]
    return pa.concat_tables(tables) if tables else None


def _by_name(survey: str) -> Reader:
    for reader in READERS:
        if reader.name == survey:
            return reader
    raise SettingsError(f"Unknown survey '{survey}'. Known are: auto, {_known()}.")


def _known() -> str:
    return ", ".join(reader.name for reader in READERS)
