"""Releases and services that many tests look at; made once, by the real commands' own code."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.cli import run
from ingest.mock.survey import write_survey
from ingest.settings import IngestSettings
from tests.support.once import made_once
from tests.support.postgres import Server, running_server
from tests.support.service import serving
from tests.support.shared import shared_path

# A shell that starts the tests in the background has interrupts ignored, and all children with it.
signal.signal(signal.SIGINT, signal.default_int_handler)

MOCK_ROWS = 300


@pytest.fixture(scope="session")
def mock_survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "mock-survey", lambda f: write_survey(f, MOCK_ROWS, seed=3))


@pytest.fixture(scope="session")
def mock_release(mock_survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    quick = {
        "forest_trees": 40, "isolation_trees": 100, "planted_copies": 5, "report_spectra": 1,
        "components_region": 10, "components_whole": 20, "map_methods": ("umap", "pca"),
    }  # fmt: skip
    settings = IngestSettings(survey="mock", **quick)
    return made_once(
        tmp_path_factory, "mock-release", lambda root: run([str(mock_survey)], root, settings)
    )


@pytest.fixture(scope="session")
def service(mock_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(mock_release, tmp_path_factory.mktemp("state")) as url:
        yield url


@pytest.fixture(scope="session")
def real_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
    settings = IngestSettings(planted_copies=0, report_spectra=1)
    return made_once(
        tmp_path_factory, "real-release", lambda root: run([str(archive)], root, settings)
    )


@pytest.fixture(scope="session")
def real_service(real_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(real_release, tmp_path_factory.mktemp("state")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server
