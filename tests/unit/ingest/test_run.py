"""Whole ingest runs on a small mock survey: the same again, after a kill, on bad input."""

import gzip
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner

from ingest.cli import ingest, run
from ingest.mock.survey import write_survey
from ingest.settings import IngestSettings
from ingest.store import read_table
from vo_service.release.release import Release

LOF = "sklearn.neighbors.LocalOutlierFactor(n_neighbors=12)"
FEW = {"forest_trees": 40, "isolation_trees": 20, "planted_copies": 2, "report_spectra": 1}
QUICK = IngestSettings(survey="mock", regions=("nad", "sii"), shard_rows=10, **FEW)


@pytest.fixture(scope="module")
def survey(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    write_survey(folder, 60, seed=2)
    return folder


@pytest.fixture(scope="module")
def plain(survey, tmp_path_factory) -> Release:
    root = tmp_path_factory.mktemp("plain") / "release"
    return run([str(survey)], root, QUICK, workers=1)


def digests(release: Release) -> dict:
    return release.parts[0].info["digests"]


def command(*arguments: object) -> object:
    return CliRunner().invoke(ingest, [str(a) for a in arguments])


def test_the_same_input_gives_the_same_content_elsewhere_by_two_workers(survey, plain, tmp_path):
    again = run([str(survey)], tmp_path / "again", QUICK, workers=2)
    assert again.parts[0].part_id == plain.parts[0].part_id
    assert digests(again) == digests(plain)


def test_an_equal_run_changes_nothing(survey, plain):
    root = plain.folder.parent.parent
    assert run([str(survey)], root, QUICK, workers=1).number == plain.number


def test_another_seed_is_another_run(survey, plain, tmp_path):
    other = run(
        [str(survey)],
        tmp_path / "seed",
        IngestSettings(survey="mock", regions=("nad", "sii"), seed=1, **FEW),
    )
    assert other.parts[0].part_id != plain.parts[0].part_id


KILLED = """
import sys
from pathlib import Path
from ingest.cli import run
from ingest.settings import IngestSettings
few = {"forest_trees": 40, "isolation_trees": 20, "planted_copies": 2, "report_spectra": 1}
settings = IngestSettings(survey="mock", regions=("nad", "sii"), shard_rows=10, **few)
run([sys.argv[1]], Path(sys.argv[2]), settings, workers=1)
"""


def _kill_when(condition, survey, root) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(survey), str(root)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_run_that_was_killed_goes_on_and_ends_the_same(survey, plain, tmp_path):
    root = tmp_path / "killed"
    _kill_when(lambda: list(root.glob("work/*/part/spectra/00002")), survey, root)
    assert not (root / "current").exists()
    shard = next(root.glob("work/*/part/spectra/00001/flux.npy"))
    before = shard.stat().st_mtime_ns
    _kill_when(lambda: list(root.glob("work/*/stages/map-nad.npz")), survey, root)
    assert not (root / "current").exists()
    assert shard.stat().st_mtime_ns == before
    release = run([str(survey)], root, QUICK, workers=1)
    assert digests(release) == digests(plain)
    assert list((root / "work").iterdir()) == []


def _changed(path: Path, change) -> bytes:
    with fits.open(path, memmap=False) as hdus:
        change(hdus)
        sink = io.BytesIO()
        hdus.writeto(sink)
    return sink.getvalue()


def _all_nan(hdus) -> None:
    hdus[1].data["flux"] = np.nan


def _all_masked(hdus) -> None:
    hdus[1].data["ivar"] = 0


def _no_redshift(hdus) -> None:
    hdus[2].data["Z"] = hdus[2].data["Z_NOQSO"] = np.nan


def _star(hdus) -> None:
    hdus[2].data["CLASS"] = "STAR"


@pytest.fixture(scope="module")
def spoiled(survey, tmp_path_factory) -> Release:
    """A run on a folder in which every kind of bad file lies among good ones."""
    folder = tmp_path_factory.mktemp("spoiled")
    shutil.copytree(survey / "spec", folder, dirs_exist_ok=True)
    files = sorted(folder.rglob("*.fits"))
    good = files[0].read_bytes()
    (folder / "not_a_spectrum.fits").write_text("hello")
    (folder / "empty.fits").write_bytes(b"")
    (folder / "truncated.fits").write_bytes(good[:30_000])
    (folder / "nan.fits").write_bytes(_changed(files[1], _all_nan))
    (folder / "masked.fits").write_bytes(_changed(files[2], _all_masked))
    (folder / "no_redshift.fits").write_bytes(_changed(files[3], _no_redshift))
    (folder / "star.fits").write_bytes(_changed(files[4], _star))
    (folder / "zz_duplicate.fits.gz").write_bytes(gzip.compress(good))
    (folder / "broken.fits.gz").write_bytes(gzip.compress(good)[:5000])
    for path in files[1:5]:
        path.unlink()
    return run([str(folder)], tmp_path_factory.mktemp("spoiled-release") / "r", QUICK, workers=1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not_a_spectrum.fits", "not a FITS file"),
        ("empty.fits", "not a FITS file"),
        ("truncated.fits", "cut short"),
        ("nan.fits", "no good pixel"),
        ("masked.fits", "no good pixel"),
        ("no_redshift.fits", "redshift is missing"),
        ("star.fits", "class is STAR"),
        ("zz_duplicate.fits.gz", "second copy of 0020/"),
        ("broken.fits.gz", ""),
    ],
)
def test_a_bad_file_is_rejected_with_its_reason_and_the_rest_goes_on(spoiled, name, words):
    rejects = dict(zip(*(read_table(spoiled, "oddsky.rejects").columns), strict=True))
    reasons = {str(k): str(v) for k, v in rejects.items()}
    assert words in reasons[name]
    assert len(reasons[name]) > 10
    assert read_table(spoiled, "oddsky.objects").num_rows >= 50


def test_rejects_never_show_where_files_lie(spoiled):
    for name in read_table(spoiled, "oddsky.rejects")["source_file"].to_pylist():
        assert not name.startswith("/")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--into", "{tmp}/r"], "no file, folder or match for 'nowhere'"),
        (["{tmp}/*.fits", "--into", "{tmp}/r"], "check the path"),
        (
            ["{survey}", "--into", "{tmp}/r", "--survey", "gaia"],
            "Unknown survey 'gaia'. Known are: auto, sdss, mock",
        ),
        (
            ["{survey}", "--into", "{tmp}/r", "--config", "{tmp}/none.toml"],
            "none.toml: No such file",
        ),
        (["{survey}", "--into", "{tmp}/r", "--config", "{config}"], "Unknown region 'nadd'"),
        (["{survey}", "--into", "{survey}"], "holds something else"),
        (["{survey}", "--into", "/proc/oddsky"], "Cannot write into /proc/oddsky"),
        (["{text}", "--into", "{tmp}/r"], "a spectrum of a known survey"),
    ],
)
def test_a_wrong_command_gets_one_clear_sentence(survey, tmp_path, arguments, words):
    (tmp_path / "regions.toml").write_text('regions = ["nadd"]')
    (tmp_path / "text.txt").write_text("hello")
    values = {
        "tmp": tmp_path,
        "survey": survey,
        "config": tmp_path / "regions.toml",
        "text": tmp_path / "text.txt",
    }
    answer = command(*(a.format(**values) for a in arguments))
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.output


def test_too_few_spectra_say_why(survey, tmp_path):
    (one,) = sorted(survey.rglob("*.fits"))[:1]
    answer = command(one, "--into", tmp_path / "r")
    assert answer.exit_code == 2
    assert "Only 1 spectra can be used" in answer.stderr


def test_a_full_disk_says_so_and_publishes_nothing(survey, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small], check=False)
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    try:
        answer = command(survey, "--into", small / "r")
        assert answer.exit_code == 2
        assert "is full; make room and start again" in answer.stderr
        assert not (small / "r" / "current").exists()
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_part_tells_what_made_it(plain):
    info = plain.parts[0].info
    assert info["settings"]["seed"] == QUICK.seed
    assert len(info["input_digest"]) == 64
    assert "umap-learn" in info["libraries"]
    log = plain.folder.parent.parent / "logs" / "ingest.log"
    assert "Mapping regions: done" in log.read_text()
    assert json.loads((plain.folder / "release.json").read_text())["number"] == 1


def test_every_detector_is_described_and_scores_every_spectrum(plain):
    described = read_table(plain, "oddsky.detectors")
    scores = read_table(plain, "oddsky.scores")
    assert set(scores["detector"].to_pylist()) == set(described["detector"].to_pylist())
    assert scores["score"].null_count == 0
    assert all(json.loads(text) for text in described["parameters"].to_pylist())
    assert set(described["seed"].to_pylist()) == {QUICK.seed}
    objects = read_table(plain, "oddsky.objects")
    for name in ("forest_v1", "forest_v2", "isolation", "fisher", "knn"):
        score, rank = (np.asarray(objects[f"{name}_{what}"]) for what in ("score", "rank"))
        assert score[rank == 1] == score.max()
        assert sorted(rank) == list(range(1, len(rank) + 1))


def test_each_family_of_methods_has_one_voice(plain):
    described = read_table(plain, "oddsky.detectors")
    families = dict(zip(*(described[n].to_pylist() for n in ("detector", "family")), strict=True))
    objects = read_table(plain, "oddsky.objects")
    voices: dict[str, list] = {}
    for column in objects.column_names:
        name = column.removesuffix("_rank")
        if column.endswith("_rank") and name not in {"consensus", "best"}:
            surprise = -np.log(np.asarray(objects[column], float) / objects.num_rows)
            voices.setdefault(families.get(name, "map"), []).append(surprise)
    assert len(voices) == 6
    loudest = np.stack([np.nanmax(lists, axis=0) for lists in voices.values()])
    together = np.nanmean(loudest**4, axis=0)
    assert np.asarray(objects["consensus_rank"])[together.argmax()] == 1


def test_a_detector_of_another_library_is_published_by_its_name(survey, tmp_path):
    settings = IngestSettings(survey="mock", regions=("nad",), detectors=(LOF,), **FEW)
    release = run([str(survey)], tmp_path / "r", settings, workers=1)
    described = read_table(release, "oddsky.detectors").to_pylist()
    (row,) = (r for r in described if r["detector"] == "local_outlier_factor")
    assert row["family"] == "local_outlier_factor"
    assert json.loads(row["parameters"])["estimator"] == LOF
    names = read_table(release, "oddsky.scores")["detector"].to_pylist()
    assert names.count("local_outlier_factor") == names.count("fisher")


def test_a_detector_that_is_not_there_is_told_before_anything_is_read(survey, tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text('detectors = ["pyood.models.Ecod"]')
    answer = command(survey, "--into", tmp_path / "r", "--config", config)
    assert answer.exit_code == 2
    assert "The detector pyood.models.Ecod is not found" in answer.stderr
    assert not (tmp_path / "r" / "work").exists() or not list((tmp_path / "r" / "work").iterdir())


def test_repeats_share_a_source_and_one_of_them_is_primary(plain):
    objects = read_table(plain, "oddsky.objects")
    sources = np.array(objects["source_id"].to_pylist())
    primary = np.array(objects["is_primary"].to_pylist())
    ids, counts = np.unique(sources, return_counts=True)
    assert (counts > 1).sum() >= 1
    assert all(primary[sources == i].sum() == 1 for i in ids)
