"""New spectra in a release: placed and ranked by its models, the rows that were there untouched."""

import json
import shutil
import urllib.request
from pathlib import Path

import duckdb
import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner

from ingest.add.cli import add
from ingest.cli import ingest
from ingest.mock.survey import write_survey
from tests.support.runs import SMALL, kill_all, start, wait_until, write_settings
from tests.support.service import serving
from tests.support.shared import shared_path
from vo_service.release.attach import attach_release
from vo_service.release.release import Release

ALLOWED = {
    "nad_x": 0.2, "nad_y": 0.2, "pca_worst_rank": 0, "pca_mean_rank": 0, "fisher_rank": 0,
    "knn_rank": 0, "isolation_rank": 0, "z": 0, "halpha_ew": 1e-6,
    "nad_rank": 1,  # two that are one another's last neighbour are equally far
}  # fmt: skip
"""How far two observations with equal pixels may be apart. The forests are not among them: each
asks of a spectrum that it was grown on the trees alone that did not see it."""


@pytest.fixture(scope="module")
def survey(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    write_survey(folder, 100, seed=11)
    return folder


@pytest.fixture(scope="module")
def files(survey) -> list[Path]:
    return sorted(survey.rglob("spec-*.fits"))


@pytest.fixture(scope="module")
def base(files, tmp_path_factory) -> Path:
    """A release of all but the last twenty files."""
    folder = tmp_path_factory.mktemp("base")
    old = lay_out(folder / "old", files[:-20])
    config = write_settings(folder / "settings.toml", SMALL)
    oddsky("ingest", old, "--into", folder / "release", "--config", config)
    return folder / "release"


@pytest.fixture
def root(base, tmp_path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "release", symlinks=True))


def lay_out(folder: Path, files: list[Path]) -> Path:
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    return folder


def oddsky(name: str, *arguments: object, code: int = 0) -> str:
    """Run a command in this process, and return what it says."""
    words = [*map(str, arguments), "--workers", "1"]
    done = CliRunner().invoke({"ingest": ingest, "add": add}[name], words)
    assert done.exit_code == code, done.output
    return done.output


def observe_again(file: Path, folder: Path) -> Path:
    """Write the same pixels as another observation of the same source."""
    folder.mkdir(exist_ok=True)
    with fits.open(file) as hdus:
        facts = hdus["SPECOBJ"].data
        facts["FIBERID"] += 500
        facts["SPECOBJID"] = "9" + facts["SPECOBJID"][0][1:]
        hdus[0].header["FIBERID"] = int(facts["FIBERID"][0])
        target = folder / file.name.replace("spec-", "spec-9")
        hdus.writeto(target)
    return target


def rows(root: Path, query: str) -> list[tuple]:
    with duckdb.connect() as db:
        attach_release(db, Release.open(root))
        return db.sql(query).fetchall()


def test_an_observation_of_a_known_source_takes_its_place_and_ranks(root, files, tmp_path):
    again = [observe_again(file, tmp_path / "again") for file in files[:6]]
    oddsky("add", again[0].parent, "--to", root)
    columns = ", ".join(f"old.{name}, new.{name}" for name in ALLOWED)
    pairs = rows(
        root,
        f"SELECT {columns} FROM oddsky.objects AS new JOIN oddsky.objects AS old "
        "ON new.source_id = old.obj_id WHERE new.is_new = 1 AND old.is_new = 0",
    )
    assert len(pairs) == 6
    for pair in pairs:
        for (name, allowed), old, new in zip(ALLOWED.items(), pair[::2], pair[1::2], strict=True):
            assert new == pytest.approx(old, abs=allowed), name
    assert rows(root, "SELECT SUM(is_primary), SUM(n_beyond) FROM oddsky.objects "
                      "WHERE is_new = 1") == [(0, 0)]  # fmt: skip


def test_what_is_published_stays_and_the_new_rows_stand_beside_it(root, files, tmp_path):
    before = rows(root, "FROM oddsky.objects ORDER BY obj_id")
    told = oddsky("add", lay_out(tmp_path / "new", files[-20:]), "--to", root)
    assert "20 spectra added" in told.replace("\n", " ")
    assert rows(root, "FROM oddsky.objects WHERE is_new = 0 ORDER BY obj_id") == before
    counted = "SELECT COUNT(*), COUNT(DISTINCT obj_id), COUNT(DISTINCT random_index), "
    assert rows(root, counted + "SUM(is_new) FROM oddsky.objects") == [(100, 100, 100, 20)]
    release = Release.open(root)
    assert [part.kind for part in release.parts] == ["ingest", "add"]
    assert release.parts[1].info["models"] == release.parts[0].part_id
    # Every table of spectra has the new ones, and their neighbours are known ones.
    new = "(SELECT obj_id FROM oddsky.objects WHERE is_new = 1)"
    for table in ("neighbours", "region_scores", "window_scores", "scores", "components",
                  "reasons", "line_fits"):  # fmt: skip
        query = f"SELECT COUNT(DISTINCT obj_id) FROM oddsky.{table} WHERE obj_id IN {new}"
        assert rows(root, query) == [(20,)], table
    assert rows(root, f"SELECT COUNT(*) FROM oddsky.neighbours WHERE neighbour_id IN {new}") == [
        (0,)
    ]


def test_spectra_are_placed_each_for_itself(base, files, tmp_path):
    told = []
    for name, groups in (("once", [files[-20:]]), ("twice", [files[-20:-13], files[-13:]])):
        root = Path(shutil.copytree(base, tmp_path / name, symlinks=True))
        for i, group in enumerate(groups):
            oddsky("add", lay_out(tmp_path / f"{name}-{i}", group), "--to", root)
        hidden = "EXCLUDE (random_index)"
        told.append(
            [
                rows(root, f"SELECT * {hidden} FROM oddsky.objects ORDER BY obj_id"),
                rows(root, "FROM oddsky.scores ORDER BY detector, obj_id"),
                rows(root, "FROM oddsky.window_scores ORDER BY obj_id, window_id"),
                rows(root, "FROM oddsky.region_scores ORDER BY obj_id, region_id"),
                rows(root, "FROM oddsky.neighbours ORDER BY obj_id, region_id, nb_rank"),
            ]
        )
    assert told[0] == told[1]


def test_a_spectrum_like_none_before_is_told(root, files, tmp_path):
    target = observe_again(files[-1], tmp_path / "strange")
    with fits.open(target, mode="update") as hdus:
        pixels = hdus["COADD"].data
        wave = 10 ** pixels["loglam"]
        pixels["flux"] *= 1 + 0.9 * np.sin(wave / 30)
        hdus["SPECOBJ"].data["PLUG_RA"] += 1
    told = oddsky("add", target, "--to", root)
    assert "1 stranger than all that the models were made of" in told
    assert rows(root, "SELECT n_beyond, consensus_rank FROM oddsky.objects WHERE is_new = 1") == [
        (1, 1)
    ]


def test_adding_the_same_again_changes_nothing(root, files, tmp_path):
    new = lay_out(tmp_path / "new", files[-20:-15])
    oddsky("add", new, "--to", root)
    number = Release.open(root).number
    oddsky("add", new, "--to", root)
    assert Release.open(root).number == number


def test_a_killed_addition_goes_on(base, files, tmp_path):
    new = lay_out(tmp_path / "new", files[-20:])
    ends = []
    for name in ("calm", "killed"):
        root = Path(shutil.copytree(base, tmp_path / name, symlinks=True))
        if name == "killed":
            process = start("add", new, "--to", root, "--workers", "2")
            wait_until(lambda: list(root.glob("work/*/stages/shard-*")), process)  # noqa: B023
            kill_all(process)
        oddsky("add", new, "--to", root)
        ends.append(json.loads(next(iter(_added(root))).read_text())["digests"])
    assert ends[0] == ends[1]


def _added(root: Path) -> list[Path]:
    return [i for i in root.glob("parts/*/part.json") if json.loads(i.read_text())["kind"] == "add"]


def test_ingesting_anew_replaces_what_was_added(root, files, tmp_path):
    oddsky("add", lay_out(tmp_path / "new", files[-20:-15]), "--to", root)
    others = lay_out(tmp_path / "others", files[:30])
    config = write_settings(tmp_path / "settings.toml", SMALL)
    oddsky("ingest", others, "--into", root, "--config", config)
    assert rows(root, "SELECT COUNT(*), SUM(is_new) FROM oddsky.objects") == [(30, 0)]


def test_the_service_gives_the_spectra_of_all_parts(root, files, tmp_path):
    oddsky("add", lay_out(tmp_path / "new", files[-20:-15]), "--to", root)
    ids = rows(root, "SELECT MIN(obj_id) FROM oddsky.objects GROUP BY is_new")
    with serving(root, tmp_path / "state") as url:
        for (obj_id,) in ids:
            with urllib.request.urlopen(f"{url}/spectra/{obj_id}") as answer:
                assert answer.read().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (lambda files, root, tmp: [files[0], "--to", root],
         "None of 1 spectra can be added: {name} is a second copy of a spectrum of the release"),
        (lambda files, root, tmp: [files[-1], "--to", tmp / "nowhere"], "There is no directory"),
        (lambda files, root, tmp: [files[-1], "--to", tmp], "holds no ingested spectra"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_told(root, files, tmp_path, arguments, sentence):
    (tmp_path / "empty").mkdir()
    told = oddsky("add", *arguments(files, root, tmp_path / "empty"), code=2)
    assert sentence.format(name=files[0].name) in " ".join(told.split())


def test_spectra_of_another_survey_are_refused(root):
    real = shared_path("data/sdss_dr14/native/spec-1665-52976-0198.fits")
    told = oddsky("add", real, "--to", root, code=2)
    assert "spectra of 'mock' and these are of 'sdss'" in " ".join(told.split())


def test_a_release_without_models_is_refused(root, files):
    shutil.rmtree(next(root.glob("parts/*/models")))
    told = oddsky("add", files[-1], "--to", root, code=2)
    assert "keeps no models" in " ".join(told.split())
