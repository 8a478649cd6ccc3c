"""Files that hold many spectra, through the first stage."""

import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from ingest.executor import Executor, open_executor
from ingest.mock.survey import write_survey
from ingest.read.desi import DesiReader
from ingest.read.mock import MockReader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.store import save_shard
from ingest.workspace import Workspace
from tests.unit.ingest.read.desi_file import IDS, make_coadd, make_images, make_redrock

SETTINGS = IngestSettings(survey="desi", z_min=0.005, min_coverage=0.5)


def read_folder(folder: Path, settings: IngestSettings = SETTINGS) -> Workspace:
    workspace = Workspace(folder / "work")
    sources = list_sources([str(folder / "files")])
    read_survey(sources, DesiReader(), settings, workspace, lambda count: None)
    return workspace


def write(folder: Path, name: str, coadd: bytes, redrock: bytes | None) -> None:
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / f"coadd-{name}.fits").write_bytes(coadd)
    if redrock:
        (folder / "files" / f"redrock-{name}.fits").write_bytes(redrock)


def rejects(workspace: Workspace) -> list[tuple[str, str]]:
    table = workspace.rejects().to_pydict()
    return list(zip(table["source_file"], table["reason"], strict=True))


def test_single_spectra_of_a_file_are_rejected_each_with_its_reason(tmp_path: Path) -> None:
    ids = (11, 12, 13, 14, 15, 16)
    z = np.array([0.1, 0.0, -1.0, np.nan, 1100.0, 0.2])
    images = make_images(6)
    images["B_IVAR"][5], images["R_IVAR"][5] = -1, -1
    write(tmp_path, "a", make_coadd(images, ids=ids), make_redrock(ids, Z=z))
    workspace = read_folder(tmp_path)
    assert workspace.facts()["survey_id"].to_pylist() == ["11"]
    found = rejects(workspace)
    assert {name for name, _ in found} == {"coadd-a.fits"}
    assert sorted(reason for _, reason in found) == [
        "spectrum 12: its redshift 0.00000 is outside 0.005 to 1.0",
        "spectrum 13: its redshift -1.00000 is outside 0.005 to 1.0",
        "spectrum 14: the redshift is missing",
        "spectrum 15: its redshift 1100.00000 is outside 0.005 to 1.0",
        "spectrum 16: covers 32% of rest 3700-8000 Angstrom, less than 50%",
    ]


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a", make_coadd()[:30_000], make_redrock())
    write(tmp_path, "b", make_coadd(), None)
    write(tmp_path, "c", make_coadd(), make_redrock())
    workspace = read_folder(tmp_path)
    assert workspace.facts()["survey_id"].to_pylist() == [str(i) for i in IDS[:2]]
    found = rejects(workspace)
    assert ("coadd-a.fits", "is cut short after 30000 bytes") in found
    assert ("coadd-b.fits", "has no redrock-b.fits beside it, which holds the redshifts") in found


def test_a_target_in_two_files_is_taken_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path, name, make_coadd(), make_redrock())
    workspace = read_folder(tmp_path)
    assert workspace.facts()["source_file"].to_pylist() == ["coadd-a.fits"] * 2
    assert ("coadd-b.fits", "is a second copy of coadd-a.fits") in rejects(workspace)


@pytest.mark.parametrize(("shard_rows", "shards"), [(1000, 2), (100, 4)])
def test_shards_hold_about_as_many_spectra_as_asked(
    tmp_path: Path, shard_rows: int, shards: int
) -> None:
    for name in ("a", "b"):
        write(tmp_path, name, make_coadd(), make_redrock())
    settings = IngestSettings(survey="desi", shard_rows=shard_rows)
    workspace = read_folder(tmp_path, settings)
    assert [workspace.has_shard(i) for i in range(shards + 1)] == [True] * shards + [False]


@pytest.fixture(scope="module")
def mocks(tmp_path_factory) -> Path:
    """Some spectra, one of them in a second folder too, which comes last."""
    folder = tmp_path_factory.mktemp("mocks")
    write_survey(folder, 25, seed=4)
    (folder / "zz").mkdir()
    first = min(folder.rglob("spec-*.fits"))
    shutil.copy(first, folder / "zz" / first.name)
    return folder


def read_mocks(argument: Path, work: Path, executor: Executor | None = None) -> Workspace:
    workspace = Workspace(work)
    settings = IngestSettings(survey="mock", shard_rows=10)
    sources = list_sources([str(argument)])
    read_survey(sources, MockReader(), settings, workspace, lambda count: None, executor)
    return workspace


def contents(workspace: Workspace) -> list:
    shards = range(len(workspace.shard_sizes()))
    facts = workspace.facts().drop_columns(["source_file"]).to_pylist()
    return [facts, *(pixels.tobytes() for n in shards for pixels in workspace.read_shard(n))]


def test_several_processes_read_what_one_does(mocks: Path, tmp_path: Path) -> None:
    alone = read_mocks(mocks, tmp_path / "alone")
    with open_executor(2) as executor:
        together = read_mocks(mocks, tmp_path / "together", executor)
    assert contents(together) == contents(alone)
    assert rejects(together) == rejects(alone)


def test_an_archive_gives_what_its_folder_does(mocks: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "mocks.tar", "w") as archive:
        for path in sorted(mocks.rglob("spec-*.fits")):
            archive.add(path, path.relative_to(mocks).as_posix())
    packed = read_mocks(tmp_path / "mocks.tar", tmp_path / "packed")
    assert contents(packed) == contents(read_mocks(mocks, tmp_path / "loose"))


def test_a_second_copy_in_another_shard_is_left_out(mocks: Path, tmp_path: Path) -> None:
    workspace = read_mocks(mocks, tmp_path / "work")
    first = min(mocks.rglob("spec-*.fits"))
    kept = first.relative_to(mocks).as_posix()
    assert (f"zz/{first.name}", f"is a second copy of {kept}") in rejects(workspace)
    ids = workspace.facts()["survey_id"].to_pylist()
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("moment", ["dropped", "described"])
def test_a_copy_is_left_out_after_a_kill_too(
    mocks: Path, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the two readings of a shard, before or after its facts are written anew."""
    calm = read_mocks(mocks, tmp_path / "calm")
    reading_again = []

    def die(*arguments: object) -> None:
        if reading_again:
            raise KeyboardInterrupt
        save_shard(*arguments)

    def drop(workspace: Workspace, number: int) -> None:
        shutil.rmtree(workspace.spectra / f"{number:05d}")
        reading_again.append(number)
        if moment == "dropped":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "drop_shard", drop)
        patch.setattr("ingest.shard.save_shard", die)
        with pytest.raises(KeyboardInterrupt):
            read_mocks(mocks, tmp_path / "killed")
    assert reading_again
    assert contents(read_mocks(mocks, tmp_path / "killed")) == contents(calm)
