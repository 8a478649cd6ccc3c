"""A small survey, and what one undisturbed run makes of it."""

from pathlib import Path

import pytest

from ingest.mock.survey import write_survey
from tests.support.once import made_once
from tests.support.runs import SMALL, digests, start_ingest, write_settings


@pytest.fixture(scope="session")
def small_survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "small-survey", lambda f: write_survey(f, 60, seed=2))


@pytest.fixture(scope="session")
def small_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_settings(tmp_path_factory.mktemp("small-config") / "small.toml", SMALL)


@pytest.fixture(scope="session")
def small_digests(small_survey, small_config, tmp_path_factory) -> dict[str, str]:
    """Digests of a run in one process, whose libraries may use two threads."""

    def make(root: Path) -> None:
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        with pytest.MonkeyPatch.context() as patch:
            for name in names:
                patch.setenv(name, "2")
            process = start_ingest(small_survey, root, small_config, "--workers", "1")
            assert process.wait() == 0, process.stderr.read()

    return digests(made_once(tmp_path_factory, "small-release", make))
