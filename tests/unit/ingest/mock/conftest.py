"""One small mock survey, written once and read by all."""

from pathlib import Path

import pytest

from ingest.batches import Spectrum
from ingest.mock.survey import write_survey
from ingest.read.mock import MockReader

ROWS, SEED = 400, 7


@pytest.fixture(scope="package")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mock")
    write_survey(folder, ROWS, SEED)
    return folder


@pytest.fixture(scope="package")
def files(survey: Path) -> list[Path]:
    return sorted(survey.glob("spec/*/spec-*.fits"))


@pytest.fixture(scope="package")
def spectra(files: list[Path]) -> list[Spectrum]:
    reader = MockReader()
    return [next(reader.read(path.name, path.read_bytes())) for path in files]
