"""Files that hold many spectra, through the first stage."""

from pathlib import Path

import numpy as np
import pytest

from ingest.read.desi import DesiReader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
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
