"""`oddsky fetch` against an archive with real files, as a user starts it."""

import csv
import errno
import hashlib
import io
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from astropy.table import Table
from click.testing import CliRunner

from ingest.fetch.cli import fetch as fetch_command
from ingest.fetch.transfer import Transfer
from ingest.read.sources import list_sources
from tests.support.archive import Archive, Fault, lay_out_desi, lay_out_sdss, serve
from tests.support.service import ODDSKY
from tests.support.shared import shared_path

SQL = "/dr14/SqlSearch"


@pytest.fixture
def originals(tmp_path: Path) -> dict[str, Path]:
    return lay_out_sdss(tmp_path / "archive")


@pytest.fixture
def archive(tmp_path: Path, originals):
    with serve(tmp_path / "archive") as archive:
        yield archive


def command(archive: Archive, survey: str, into: Path, *words: object) -> list[str]:
    release = {"sdss": "dr14", "desi": "edr"}[survey]
    catalogue = {"sdss": f"{archive.url}{SQL}", "desi": f"{archive.url}/tap"}[survey]
    options = ["--archive", archive.url, "--catalogue", catalogue, "--release", release]
    return [str(ODDSKY), "fetch", survey, *map(str, words), *options, "--into", str(into)]


def fetch(archive: Archive, survey: str, into: Path, *words: object) -> subprocess.CompletedProcess:
    line = command(archive, survey, into, *words)
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def fetched(into: Path) -> dict[str, Path]:
    return {path.name: path for path in into.rglob("*.fits")}


def assert_equal(into: Path, originals: dict[str, Path]) -> None:
    found = fetched(into)
    assert found.keys() == originals.keys()
    for name, path in originals.items():
        assert found[name].read_bytes() == path.read_bytes()


@pytest.fixture
def id_list(tmp_path: Path, originals) -> Path:
    path = tmp_path / "ids.txt"
    path.write_text("# all there are\n" + "\n".join(originals) + "\n")
    return path


def test_a_list_with_faults_arrives_whole_and_is_not_fetched_again(
    archive, originals, id_list, tmp_path
):
    names = list(originals)
    archive.faults[names[0]] = [Fault(cut=50000)]
    archive.faults[names[1]] = [Fault(status=503, headers={"Retry-After": "1"})]
    archive.faults[names[2]] = [Fault(wrong=True)]
    into = tmp_path / "spectra"
    done = fetch(archive, "sdss", into, "--ids", id_list, "--connections", 2)
    assert done.returncode == 0, done.stderr
    assert f"{len(originals)} files fetched" in done.stdout
    assert_equal(into, originals)
    assert archive.busiest <= 2
    before = len(archive.requests)
    assert fetch(archive, "sdss", into, "--ids", id_list).returncode == 0
    assert len(archive.requests) == before


def test_the_list_of_what_was_fetched_is_true(archive, originals, id_list, tmp_path):
    into = tmp_path / "spectra"
    fetch(archive, "sdss", into, "--ids", id_list)
    rows = list(csv.DictReader((into / "fetched.csv").open()))
    assert len(rows) == len(originals)
    for row in rows:
        data = (into / row["file"]).read_bytes()
        assert int(row["bytes"]) == len(data)
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        assert row["url"].startswith(archive.url)
        assert row["url"].endswith(originals[Path(row["file"]).name].name)


def test_an_ingest_takes_the_folder_at_once(archive, originals, id_list, tmp_path):
    into = tmp_path / "spectra"
    fetch(archive, "sdss", into, "--ids", id_list)
    (into / ".unfinished" / "left.part").write_bytes(b"half")
    sources = list_sources([str(into)])
    offered = {Path(name).name: data for s in sources for name, data in s.members()}
    assert offered == {name: path.read_bytes() for name, path in originals.items()}
    line = [str(ODDSKY), "ingest", str(into), "--into", str(tmp_path / "survey")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    # All are read and used; a map needs a few more than lie there.
    assert f"{len(originals)} spectra can be used and 0 are rejected" in done.stderr


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_ends_midway_goes_on(archive, originals, id_list, tmp_path, kind):
    into = tmp_path / "spectra"
    archive.pace = 0.1
    line = command(archive, "sdss", into, "--ids", id_list)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(fetched(into)) < 6:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(kind)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (-signal.SIGKILL if kind == signal.SIGKILL else 2)
    if kind == signal.SIGINT:
        assert said.strip().startswith("oddsky: Interrupted.")
    there, before = set(fetched(into)), len(archive.requests)
    assert len(there) < len(originals)
    archive.pace = 0.0
    assert fetch(archive, "sdss", into, "--ids", id_list).returncode == 0
    assert_equal(into, originals)
    again = {request.name for request in archive.requests[before:]}
    assert not there & again
    rows = list(csv.DictReader((into / "fetched.csv").open()))
    assert sorted(Path(row["file"]).name for row in rows) == sorted(originals)


def test_what_is_missing_is_told_and_stops_nothing(archive, tmp_path):
    into = tmp_path / "spectra"
    done = fetch(archive, "sdss", into, "371-52078-126", "371-52078-9", "417743534917969920")
    assert done.returncode == 1
    assert "371-52078-9: the server answered 404" in done.stderr
    assert list(fetched(into)) == ["spec-0371-52078-0126.fits"]
    assert "371-52078-9" in (into / "logs" / "fetch.log").read_text()


def test_a_plate_is_all_that_the_archive_lists_of_it(archive, originals, tmp_path):
    into = tmp_path / "spectra"
    done = fetch(archive, "sdss", into, "--plate", "1665-52976", "1665-52976-5")
    assert done.returncode == 0, done.stderr
    assert_equal(into, {n: p for n, p in originals.items() if n.startswith("spec-1665-52976")})


@pytest.mark.parametrize("form", ["csv", "fits", "votable", "parquet"])
def test_a_table_of_any_format(archive, tmp_path, form):
    path = tmp_path / "table"
    columns = {"plate": [371, 6138], "mjd": [52078, 56598], "fiberid": [126, 950]}
    Table(columns | {"run2d": ["26", "v5_10_0"]}).write(path, format=form)
    into = tmp_path / "spectra"
    done = fetch(archive, "sdss", into, "--table", path)
    assert done.returncode == 0, done.stderr
    assert set(fetched(into)) == {"spec-0371-52078-0126.fits", "spec-6138-56598-0950.fits"}


def skyserver(archive: Archive, names: list[str]) -> list[dict[str, str]]:
    """Answer every query with spectra of the list; return what is asked."""
    facts = Table.read(shared_path("data/sdss_dr14/objects.csv"), format="ascii.csv")
    ours = [row for row in facts if Path(row["filename"]).name.split(".")[0] in names]
    keys = ("ra", "dec", "plate", "mjd", "fiberid", "run2d")
    lines = ["#Table1", ",".join(keys), *(",".join(str(row[k]) for k in keys) for row in ours)]
    asked: list[dict[str, str]] = []

    def answer(fields: dict[str, str]) -> bytes:
        asked.append(fields)
        return "\n".join(lines).encode()

    archive.answers[SQL] = answer
    return asked


def test_the_result_of_a_query(archive, tmp_path):
    asked = skyserver(archive, ["spec-0371-52078-0126"])
    sql = "SELECT plate, mjd, fiberid, run2d FROM SpecObj WHERE z < 0.02 AND class = 'GALAXY'"
    done = fetch(archive, "sdss", tmp_path / "spectra", "--query", sql)
    assert done.returncode == 0, done.stderr
    assert [(a["cmd"], a["format"]) for a in asked] == [(sql, "csv")]
    assert list(fetched(tmp_path / "spectra")) == ["spec-0371-52078-0126.fits"]


def test_positions_are_matched_and_those_without_a_spectrum_told(archive, tmp_path):
    name = "spec-0371-52078-0126"
    asked = skyserver(archive, [name])
    facts = Table.read(shared_path("data/sdss_dr14/objects.csv"), format="ascii.csv")
    (row,) = [r for r in facts if name in r["filename"]]
    path = tmp_path / "positions.csv"
    Table({"ra": [row["ra"], 10.0], "dec": [row["dec"] + 1 / 3600, -5.0]}).write(path)
    done = fetch(archive, "sdss", tmp_path / "spectra", "--positions", path)
    assert done.returncode == 1
    assert "10.000000 -5.000000: the survey has no spectrum within 2 arcsec" in done.stderr
    assert list(fetched(tmp_path / "spectra")) == [f"{name}.fits"]
    assert asked[0]["cmd"].count("fGetNearbySpecObjAllEq") == 2


@pytest.mark.parametrize("words", ["No objects have been found", "#Table1\nplate,mjd,fiberid"])
def test_a_query_that_finds_nothing(archive, tmp_path, words):
    archive.answers[SQL] = lambda _: words.encode()
    done = fetch(archive, "sdss", tmp_path / "spectra", "--query", "SELECT …")
    assert done.returncode == 0, done.stderr
    assert "0 files fetched" in done.stdout


def test_a_query_for_many_positions_fits_into_a_url(archive, tmp_path):
    skyserver(archive, [])
    path = tmp_path / "positions.csv"
    Table({"ra": [350.1234567] * 30, "dec": [-50.1234567] * 30}).write(path)
    fetch(archive, "sdss", tmp_path / "spectra", "--positions", path)
    queries = [urlsplit(line).query for line in archive.lines if line.startswith(SQL)]
    assert len(queries) == 3
    assert max(map(len, queries)) <= 2048


@pytest.fixture
def desi(tmp_path: Path):
    root = tmp_path / "public"
    originals = lay_out_desi(root)
    with serve(root) as archive:
        yield archive, originals


def test_desi_pixels_come_with_their_redshifts(desi, tmp_path):
    archive, originals = desi
    archive.faults["coadd-special-dark-27247.fits"] = [Fault(cut=200000), Fault(wrong=True)]
    done = fetch(archive, "desi", tmp_path / "spectra", "special/dark/27247")
    assert done.returncode == 0, done.stderr
    assert_equal(tmp_path / "spectra", originals)


def test_desi_targets_are_placed_by_the_catalogue(desi, tmp_path):
    archive, originals = desi
    asked: list[dict[str, str]] = []
    table = Table(
        {"targetid": [39633437979410485], "survey": ["special"], "program": ["dark"]}
        | {"healpix": [27247]}
    )

    def answer(fields: dict[str, str]) -> bytes:
        asked.append(fields)
        stream = io.BytesIO()
        table.write(stream, format="votable")
        return stream.getvalue()

    archive.answers["/tap/sync"] = answer
    into = tmp_path / "spectra"
    done = fetch(archive, "desi", into, "39633437979410485", "77")
    assert done.returncode == 1
    assert "77: the catalogue desi_edr.zpix has no such target" in done.stderr
    assert asked[0]["QUERY"].endswith("WHERE targetid IN (39633437979410485, 77)")
    assert_equal(into, originals)


def test_desi_positions_are_asked_in_boxes_and_cut_to_cones(desi, tmp_path):
    archive, originals = desi
    asked: list[dict[str, str]] = []

    def answer(fields: dict[str, str]) -> bytes:
        asked.append(fields)
        rows = ["10.0001,1.0,special,dark,27247", "10.0005,1.0005,main,dark,1"]
        return "\n".join(["ra,dec,survey,program,healpix", *rows]).encode()

    archive.answers["/tap/sync"] = answer
    path = tmp_path / "positions.csv"
    path.write_text("ra,dec\n10.0,1.0\n")
    done = fetch(archive, "desi", tmp_path / "spectra", "--positions", path)
    assert done.returncode == 0, done.stderr
    assert "FROM desi_edr.zpix WHERE (mean_fiber_ra BETWEEN" in asked[0]["QUERY"]
    assert_equal(tmp_path / "spectra", originals)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Nothing is asked for"),
        (["4.17744E+17"], "spreadsheet"),
        (["--table", "nothing.csv"], "nothing.csv"),
        (["--plate", "12"], "plate-mjd"),
        (["--plate", "400-52000"], "lists no spectra of plate 400-52000"),
        (["--query", "SELECT"], "refused the query"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(archive, tmp_path, words, said):
    done = fetch(archive, "sdss", tmp_path / "spectra", *words)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("oddsky: ")
    assert said in line


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "is full"), (errno.EACCES, "Cannot write")]
)
def test_a_disk_that_refuses_is_told(archive, tmp_path, monkeypatch, number, said):
    def refuse(*_: object) -> None:
        raise OSError(number, "refused", str(tmp_path))

    monkeypatch.setattr(Transfer, "_write", refuse)
    done = CliRunner().invoke(
        fetch_command, command(archive, "sdss", tmp_path / "s", "371-52078-126")[2:]
    )
    assert done.exit_code == 2
    assert said in done.output


def test_two_runs_do_not_fill_one_folder(archive, id_list, tmp_path):
    into = tmp_path / "spectra"
    archive.pace = 0.1
    first = subprocess.Popen(command(archive, "sdss", into, "--ids", id_list))
    while not fetched(into):
        time.sleep(0.01)
    second = fetch(archive, "sdss", into, "--ids", id_list)
    assert second.returncode == 2
    assert "Another oddsky fetch" in second.stderr
    archive.pace = 0.0
    assert first.wait(timeout=60) == 0
