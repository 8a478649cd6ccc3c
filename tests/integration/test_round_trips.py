"""Every datatype, null and letter through pyvo: up as an upload, back as an answer."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy.table import MaskedColumn, Table

from tests.support.postgres import Server as Database
from tests.support.service import ODDSKY, serving

NULL = [False, True, False]
TEXTS = ["plain", "", "Ångström 🌌"]


def every_type() -> Table:
    """Return a column of each datatype; the second row is null wherever a type has nulls."""
    info = {n: np.iinfo(n) for n in ("i2", "i4", "i8")}
    table = Table(
        {
            name: MaskedColumn(np.array([limits.min + 1, 7, limits.max], name), mask=NULL)
            for name, limits in info.items()
        }
    )
    table["u1"] = MaskedColumn(np.array([0, 1, 255], "u1"), mask=NULL)
    table["yes"] = MaskedColumn(np.array([True, True, False]), mask=NULL)
    table["f4"] = np.array([1.5e-38, np.nan, 3.25], "f4")
    table["f8"] = np.array([-1e300, np.nan, 1 / 3])
    table["ascii"] = ["one", "two", "a<b&\"c'"]
    table["texts"] = TEXTS
    table["pair"] = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]])
    table["triple"] = np.array([[1, 2, 3], [4, 5, 6], [7, 8, -9]], "i4")
    return table


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def tap(
    request: pytest.FixtureRequest, mock_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[pyvo.dal.TAPService]:
    options: tuple[str, ...] = ()
    if request.param == "postgresql":
        database: Database = request.getfixturevalue("postgres")
        options = ("--database", database.make_database("round_trips"))
        command = [ODDSKY, "load", mock_release, *options]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
    with serving(mock_release, tmp_path_factory.mktemp("state"), *options) as url:
        yield pyvo.dal.TAPService(f"{url}/tap")


@pytest.mark.parametrize("form", ["votable/b2", "votable/td", "votable/b"])
@pytest.mark.parametrize("way", ["run_sync", "run_async"])
def test_what_goes_up_comes_back(tap, way, form):
    sent = every_type()
    run = getattr(tap, way)
    back = run("SELECT * FROM TAP_UPLOAD.t", uploads={"t": sent}, RESPONSEFORMAT=form).to_table()
    assert back.colnames == sent.colnames
    for name in ("i2", "i4", "i8", "yes"):
        assert back[name].dtype == sent[name].dtype or name == "yes"
        assert np.ma.asarray(back[name]).tolist() == np.ma.asarray(sent[name]).tolist()
    assert np.ma.asarray(back["u1"]).tolist() == [0, None, 255]
    for name in ("f4", "f8"):
        assert back[name].dtype == sent[name].dtype
        np.testing.assert_array_equal(np.ma.filled(back[name], np.nan), sent[name])
    assert back["ascii"].tolist() == sent["ascii"].tolist()
    assert [str(t) if t else "" for t in np.ma.filled(back["texts"], "").tolist()] == TEXTS
    for name in ("pair", "triple"):
        np.testing.assert_array_equal(np.ma.getdata(back[name]), sent[name])
