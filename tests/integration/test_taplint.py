"""STILTS's validator, all stages, on both engines: no error, no warning, no failed stage."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Server as Database
from tests.support.programs import run_program
from tests.support.service import ODDSKY, serving

pytestmark = pytest.mark.client


@pytest.fixture(params=["duckdb", "postgresql"])
def engine_service(
    request: pytest.FixtureRequest, mock_release: Path, tmp_path: Path
) -> Iterator[str]:
    options: tuple[str, ...] = ()
    if request.param == "postgresql":
        database: Database = request.getfixturevalue("postgres")
        options = ("--database", database.make_database("taplint"))
        command = [ODDSKY, "load", mock_release, *options]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
    with serving(mock_release, tmp_path, *options) as url:
        yield url


def test_taplint_finds_nothing(engine_service: str):
    lint = run_program(
        "stilts", "taplint", f"tapurl={engine_service}/tap", "maxrepeat=99999", "report=EWF"
    )
    assert "Errors: 0;" in lint.stdout, lint.stdout
    # The validator knows a draft of ADQL 2.1: newer features are custom ones to it, nothing else.
    warnings = re.findall(r"^W-(\S+)-\d+ ", lint.stdout, re.MULTILINE)
    assert set(warnings) <= {"CAP-CULF"}, lint.stdout
    # There is no table of planned observations here, and need not be.
    failures = re.findall(r"^F-(\S+)-\d+ ", lint.stdout, re.MULTILINE)
    assert failures == ["LOC-NOTP"], lint.stdout
