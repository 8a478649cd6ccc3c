"""Every published name stands unquoted in a query, by the judgement of STILTS's own ADQL parser."""

import pytest

from tests.contract.test_house import PUBLISHED
from tests.support.programs import run_program


@pytest.mark.client
def test_stilts_takes_every_published_name_unquoted(service):
    """STILTS parses ADQL before it sends it where a table has parse=true."""
    for table in PUBLISHED:
        if table.full_name in ("oddsky.objects", "oddsky.mock_labels") and "explorer_url" in {
            f.name for f in table.fields
        }:
            continue
        names = ", ".join(f"t.{f.name}" for f in table.fields)
        query = f"SELECT TOP 1 {names} FROM {table.full_name} AS t"
        answer = run_program(
            "stilts",
            "tapquery",
            f"tapurl={service}/tap",
            f"adql={query}",
            "parse=true",
            "sync=true",
            "ofmt=csv",
        )
        assert answer.returncode == 0, answer.stderr
