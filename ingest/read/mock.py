"""The mock survey: SDSS's file format, a namespace of its own, and labels of what was planted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from ingest.errors import SourceError
from ingest.mock.instrument import RHO
from ingest.read.sdss import SdssReader, is_mock

LABEL_FILE = "planted.csv"
LABEL_SCHEMA = pa.schema(
    [
        ("survey_id", pa.string()),
        ("kind", pa.string()),
        ("amplitude", pa.float64()),
        ("description", pa.string()),
    ]
)


class MockReader(SdssReader):
    """Read the files that `ingest.mock` writes."""

    name = "mock"
    survey = "mock"
    noise_correlation = RHO

    def recognises(self, data: bytes) -> bool:
        """Whether the primary header says that the file is a mock."""
        return is_mock(data)


def read_labels(folder: Path) -> pa.Table | None:
    """Read what was planted in a mock survey; None where no labels lie in the folder.

    Raises
    ------
    SourceError
        When the file of labels is damaged.
    """
    path = folder / LABEL_FILE
    if not path.is_file():
        return None
    options = pyarrow.csv.ConvertOptions(column_types=LABEL_SCHEMA)
    try:
        return pyarrow.csv.read_csv(path, convert_options=options).select(LABEL_SCHEMA.names)
    except (pa.ArrowInvalid, KeyError) as error:
        raise SourceError(f"The labels {path} cannot be read: {error}.") from error
