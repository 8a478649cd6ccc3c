"""The list of what was fetched, after kills and strange hands."""

from pathlib import Path

import pytest

from ingest.errors import SourceError
from ingest.fetch.manifest import HEADER, Manifest
from ingest.fetch.wanted import Place, Wanted

PLACE = Place("http://archive/it.fits", "it.fits")
WANTED = Wanted("it", (PLACE,))


def test_a_file_that_is_not_there_is_not_held(tmp_path: Path):
    assert not Manifest(tmp_path).holds(WANTED)


def test_a_listed_file_is_held_until_its_size_changes(tmp_path: Path):
    (tmp_path / "it.fits").write_bytes(b"four")
    Manifest(tmp_path).add("it", PLACE)
    assert Manifest(tmp_path).holds(WANTED)
    (tmp_path / "it.fits").write_bytes(b"five!")
    assert not Manifest(tmp_path).holds(WANTED)


@pytest.mark.parametrize("cut", [3, len(HEADER) - 1, len(HEADER) + 5])
def test_a_list_cut_anywhere_is_mended(tmp_path: Path, cut: int):
    (tmp_path / "it.fits").write_bytes(b"four")
    Manifest(tmp_path).add("it", PLACE)
    path = tmp_path / "fetched.csv"
    path.write_text(path.read_text()[:cut])
    assert Manifest(tmp_path).holds(WANTED)
    header, row = path.read_text().splitlines()
    assert header == HEADER.strip()
    assert row.startswith("it,http://archive/it.fits,it.fits,4,")


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path):
    (tmp_path / "fetched.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="no list of oddsky fetch"):
        Manifest(tmp_path)
    assert (tmp_path / "fetched.csv").read_text() == "a,b\n1,2\n"
