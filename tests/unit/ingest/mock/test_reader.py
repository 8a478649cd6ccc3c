"""The mock survey's reader and its labels."""

from pathlib import Path

import pytest

from ingest.errors import RejectedSpectrum, SourceError
from ingest.read.mock import LABEL_FILE, MockReader, read_labels
from ingest.read.readers import choose_reader, find_labels
from ingest.read.sdss import SdssReader
from ingest.read.sources import list_sources


def test_mock_files_are_the_mock_readers_alone(files: list[Path]) -> None:
    data = files[0].read_bytes()
    assert MockReader().recognises(data)
    assert not SdssReader().recognises(data)
    with pytest.raises(RejectedSpectrum, match="not of the survey sdss"):
        next(SdssReader().read("x.fits", data))


def test_the_mark_counts_in_the_header_only(files: list[Path]) -> None:
    data = files[0].read_bytes()
    plain = data.replace(b"oddsky mock", b"SDSS       ", 1) + b"oddsky mock"
    assert not MockReader().recognises(plain)


def test_a_folder_is_recognised_and_its_labels_are_no_spectra(survey: Path) -> None:
    sources = list_sources([str(survey)])
    assert all(name.endswith(".fits") for source in sources for name, _ in source.members())
    reader = choose_reader("auto", sources)
    assert reader.survey == "mock"
    labels = find_labels(reader, [str(survey)])
    assert labels is not None
    assert labels.equals(read_labels(survey))


def test_labels_have_their_columns_and_types(survey: Path) -> None:
    labels = read_labels(survey)
    assert labels is not None
    assert labels.column_names == ["survey_id", "kind", "amplitude", "description"]
    assert [str(t) for t in labels.schema.types] == ["string", "string", "double", "string"]


def test_a_folder_without_labels_has_none(tmp_path: Path) -> None:
    assert read_labels(tmp_path) is None


def test_labels_of_a_survey_too_small_for_oddities_are_empty(tmp_path: Path) -> None:
    (tmp_path / LABEL_FILE).write_text("survey_id,kind,amplitude,description\r\n")
    labels = read_labels(tmp_path)
    assert labels is not None
    assert labels.num_rows == 0


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "survey_id,kind,amplitude,description\n1,b,c,d\n"]
)
def test_damaged_labels_are_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / LABEL_FILE).write_text(text)
    with pytest.raises(SourceError, match=LABEL_FILE):
        read_labels(tmp_path)
