import pytest

from tests.support.engine import Queries


@pytest.fixture(scope="session")
def queries(tmp_path_factory) -> Queries:
    return Queries(tmp_path_factory.mktemp("cat") / "release")
