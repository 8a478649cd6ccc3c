"""A folder that is whole or not there."""

from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.export.draft import drafted


def test_the_folder_appears_at_the_end(tmp_path: Path):
    with drafted(tmp_path / "out") as draft:
        (draft / "file").write_text("x")
        assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "file"]


def test_nothing_is_left_when_it_fails(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), drafted(tmp_path / "out") as draft:
        (draft / "file").write_text("x")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_gone(tmp_path: Path):
    (tmp_path / ".out.draft" / "old").mkdir(parents=True)
    with drafted(tmp_path / "out") as draft:
        (draft / "new").write_text("x")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["new"]


def test_two_do_not_write_at_once(tmp_path: Path):
    with drafted(tmp_path / "out") as draft:
        (draft / "file").write_text("x")
        with (
            pytest.raises(IngestError, match="Another run is writing"),
            drafted(tmp_path / "out"),
        ):
            pass
    assert (tmp_path / "out" / "file").exists()


def test_what_is_there_stays(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(IngestError, match="is there already; remove it"), drafted(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / "mine").read_text() == "x"
