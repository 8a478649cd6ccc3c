"""A table beside spectra that says who they are, where their own files do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ingest.errors import RejectedSpectrum
from ingest.read.base import Beside
from ingest.read.sources import FACT_FILES, refuse_unreadable
from ingest.read.table_formats import Columns, read_columns
from ingest.read.values import integer, text

FILE_NAMES = ("source_file", "file", "filename")
NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of a table of facts, one a spectrum.

    Attributes
    ----------
    columns : Columns
    rows : dict
        Row of each file and number of the spectrum in it, which counts from 1.
    """

    columns: Columns
    rows: dict[tuple[str, int], int]

    def find(self, name: str, number: int) -> Mapping[str, Any]:
        """Return what is known of a spectrum, by lower-case name; nothing where it is not in it."""
        row = self.rows.get((name, number))
        if row is None:
            return {}
        return {column: values[row] for column, values in self.columns.values.items()}


def find_facts(beside: Beside) -> Facts:
    """Read the table of facts that lies beside a file; an empty one where none does.

    Raises
    ------
    RejectedSpectrum
        When it is damaged or does not name the files.
    """
    for name in FACT_FILES:
        data = beside(name)
        if data is not None:
            try:
                refuse_unreadable(data)
                return _read_facts(data)
            except RejectedSpectrum as reason:
                raise RejectedSpectrum(f"the table {name} beside it {reason}") from reason
    return Facts(Columns({}), {})


# Every file of a folder asks for the same one.
@lru_cache(maxsize=2)
def _read_facts(data: bytes) -> Facts:
    columns = read_columns(data)
    named = next((n for n in FILE_NAMES if n in columns.values), None)
    if named is None:
        raise RejectedSpectrum(f"has no column {' or '.join(FILE_NAMES)}")
    files = [text(_decode(value)) for value in columns.values[named]]
    numbers = [integer(n) for n in columns.values.get(NUMBER, [1] * len(files))]
    rows = {(f, n): row for row, (f, n) in enumerate(zip(files, numbers, strict=True)) if f and n}
    if len(rows) < len(files):
        raise RejectedSpectrum(
            f"has rows without a file, or two of one file that differ in no column {NUMBER}"
        )
    return Facts(columns, rows)


def _decode(value: Any) -> Any:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value
