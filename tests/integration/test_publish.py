"""`oddsky publish`, as a user runs it, and what the service then answers to pyvo."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import pyvo
from astropy.coordinates import SkyCoord
from astropy.table import Table
from click.testing import CliRunner, Result

from ingest.store import publish_part
from ingest.workspace import Workspace
from tests.support.service import ODDSKY, serving
from tests.support.shared import shared_path
from vo_service.cli_publish import publish as command
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.release import Release, prepare_root
from vo_service.release.table import Table as Described

META = """
[table]
description = "Galaxies, made up"

[columns.obj_id]
description = "Identifier"
ucd = "meta.id;meta.main"
unit = ""

[columns.ra]
description = "Right ascension, ICRS"

[columns.dec]
description = "Declination, ICRS"

[columns.Size]
description = "Radius"
unit = "arcsec"
ucd = "phys.angSize"
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments])


def publish(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def refusal(*arguments: object) -> str:
    """Return the one sentence with which the command refuses."""
    done = run(*arguments)
    assert done.exit_code == 2, done
    (line,) = done.stderr.strip().splitlines()
    return line.removeprefix("oddsky: ")


def galaxies(rows: int = 500) -> Table:
    rng = np.random.default_rng(rows)
    return Table(
        {
            "obj_id": np.arange(rows) + 2**40,
            "ra": rng.uniform(0, 360, rows),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, rows))),
            "Size": np.where(np.arange(rows) % 10, rng.uniform(0, 9, rows), np.nan),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    table = galaxies()
    for name in ("g.fits", "g.vot", "g.parquet", "g.csv", "g.ecsv"):
        table.write(folder / name, **({"format": "votable"} if name == "g.vot" else {}))
    (folder / "g.toml").write_text(META)
    return folder


@pytest.fixture(scope="module")
def root(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published") / "survey"
    publish(files / "g.fits", "--into", root, "--name", "mine.galaxies", "--meta", files / "g.toml")
    return root


@pytest.fixture(scope="module")
def url(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(root, tmp_path_factory.mktemp("state")) as url:
        yield url


def test_a_published_table_answers_with_its_values_and_metadata(url: str):
    answer = pyvo.dal.TAPService(f"{url}/tap").search("SELECT * FROM mine.galaxies ORDER BY obj_id")
    table, expected = answer.to_table(), galaxies()
    assert table.colnames == ["obj_id", "ra", "dec", "size_"]
    for name in ("obj_id", "ra", "dec"):
        np.testing.assert_array_equal(table[name], expected[name])
    np.testing.assert_array_equal(np.ma.filled(table["size_"], np.nan), expected["Size"])
    assert table["size_"].mask.sum() == 50
    size = answer.fielddescs[-1]
    assert (str(size.unit), size.ucd, size.description) == ("arcsec", "phys.angSize", "Radius")
    assert answer.fielddescs[1].ucd == "pos.eq.ra;meta.main"


def test_its_positions_are_searched(url: str):
    table = galaxies()
    centre = SkyCoord(180, 20, unit="deg")
    near = SkyCoord(table["ra"], table["dec"], unit="deg").separation(centre).deg < 20
    expected = sorted(table["obj_id"][near])
    cone = pyvo.dal.SCSService(f"{url}/cone/mine.galaxies").search(centre, radius=20)
    assert sorted(cone["obj_id"]) == expected
    query = (
        "SELECT obj_id FROM mine.galaxies "
        "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(180, 20, 20)) ORDER BY obj_id"
    )
    assert list(pyvo.dal.TAPService(f"{url}/tap").search(query)["obj_id"]) == expected


def test_a_second_publish_replaces_it_under_a_running_service(
    files: Path, tmp_path: Path, root: Path
):
    copy = tmp_path / "survey"
    shutil.copytree(root, copy, symlinks=True)
    with serving(copy, tmp_path / "state") as url:
        service = pyvo.dal.TAPService(f"{url}/tap")

        def count() -> int:
            return service.search("SELECT COUNT(*) AS n FROM mine.galaxies")["n"][0]

        assert count() == 500
        left = copy / "work" / "publish-of-a-killed-run"
        left.mkdir()
        galaxies(40).write(tmp_path / "g.fits")
        where = ("--into", copy, "--name", "mine.galaxies", "--meta", files / "g.toml")
        assert "as release 2 of" in publish(tmp_path / "g.fits", *where)
        assert count() == 40
        assert not left.exists()
        publish(files / "g.csv", "--into", copy, "--name", "mine.other", "--meta", files / "g.toml")
        assert service.search("SELECT COUNT(*) AS n FROM mine.other")["n"][0] == 500
        assert count() == 40
    assert "was there already" in publish(tmp_path / "g.fits", *where)
    assert Release.open(copy).number == 3


@pytest.mark.parametrize("name", ["g.vot", "g.parquet", "g.csv", "g.ecsv"])
def test_every_format_publishes_the_same_rows(name: str, files: Path, root: Path, tmp_path: Path):
    into = tmp_path / "survey"
    publish(files / name, "--into", into, "--name", "mine.galaxies", "--meta", files / "g.toml")
    digests = [json.loads(_part_file(r).read_text())["digests"] for r in (root, into)]
    assert digests[0] == digests[1]


def _part_file(root: Path) -> Path:
    return next(root.glob("parts/*/part.json"))


def test_a_later_ingest_keeps_what_was_published(files: Path, tmp_path: Path):
    root = tmp_path / "survey"
    prepare_root(root)

    def ingest(run_id: str) -> None:
        workspace = Workspace(root / "work" / run_id)
        described = Described(
            "oddsky", "things", "Things", (Field("n", "long", "A number", ucd="meta.number"),)
        )
        with PartWriter(workspace.part) as writer:
            writer.write_table(described, pa.table({"n": [len(run_id)]}))
            writer.finish("ingest", run_id, {})
        publish_part(root, workspace, run_id)

    ingest("first")
    publish(files / "g.fits", "--into", root, "--name", "mine.galaxies", "--meta", files / "g.toml")
    ingest("another")
    tables = {t.full_name: t.rows for t in Release.open(root).tables}
    assert tables["mine.galaxies"] == 500
    assert tables["oddsky.things"] == 1
    assert [p.kind for p in Release.open(root).parts] == ["ingest", "publish"]


def test_what_is_missing_is_asked_for_filled_in_and_published(files: Path, tmp_path: Path):
    into, template = tmp_path / "survey", tmp_path / "g.toml"
    said = refusal(files / "g.fits", "--into", into, "--name", "mine.galaxies")
    assert "description, unit and UCD of obj_id, Size; description of ra, dec" in said
    assert not into.exists()
    assert "9 entries are to be filled in" in publish(files / "g.fits", "--write-meta", template)
    text = template.read_text()
    for key in ("description", "unit", "ucd"):
        word = {"description": "Words", "unit": "", "ucd": "meta.number"}[key]
        text = text.replace(f'# {key} = ""', f'{key} = "{word}"')
    template.write_text(text)
    publish(files / "g.fits", "--into", into, "--name", "mine.galaxies", "--meta", template)
    fields = {f.name: f for f in Release.open(into).tables[0].fields}
    assert fields["size_"].description == "Words"
    assert fields["ra"].unit == "deg"


def test_a_draft_needs_no_more_than_the_file(files: Path, tmp_path: Path):
    said = publish(files / "g.csv", "--into", tmp_path / "s", "--name", "mine.draft", "--draft")
    assert "Size as size_" in said
    assert "Positions are ra and dec" in said
    assert "published mine.draft (500 rows, 4 columns)" in said
    assert Release.open(tmp_path / "s").tables[0].has_sky


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oddsky.objects", "Schema oddsky holds what an ingest makes"),
        ("tap_schema.tables", "Schema tap_schema describes the tables"),
        ("TAP_UPLOAD.t", "Schema TAP_UPLOAD holds uploads"),
        ("galaxies", "'galaxies' is no table name; write schema.table."),
        ("a.b.c", "'a.b.c' is no table name"),
        ("mine.Galaxies", "'Galaxies' must match [a-z][a-z0-9_]*; choose another name."),
        ("mine.size", "'size' is a reserved word of ADQL; choose another name."),
    ],
)
def test_names_that_cannot_be_are_refused(name: str, words: str, files: Path, tmp_path: Path):
    into = tmp_path / "survey"
    said = refusal(files / "g.fits", "--into", into, "--name", name, "--meta", files / "g.toml")
    assert words in said
    assert not into.exists()


def test_other_directories_are_left_alone(files: Path, tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    said = refusal(files / "g.fits", "--into", tmp_path, "--name", "a.b", "--draft")
    assert "holds something else (thesis.tex)" in said
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    said = refusal(tmp_path / "no.fits", "--into", tmp_path / "s", "--name", "a.b")
    assert said == f"Cannot read {tmp_path / 'no.fits'}: No such file or directory."
    assert "--into DIR" in refusal(tmp_path / "no.fits", "--name", "a.b")


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("catalogues/skyserver_3000_galaxies.xml", True),
        ("catalogues/skyserver_3000_111021.xml", True),
        ("catalogues/skyserver_sql_10000.csv", True),
        ("portal_reduced/portal_reduced.fits", True),
        ("sdss_dr14/objects.csv", True),
        ("sdss_dr14/native/spec-0371-52078-0126.fits", False),
        ("desi/redrock-4-80613-thru20210324.fits", False),
        ("votable_samples/3C273_sed_spectrum.xml", False),
        ("votable_samples/astroquery_gaia_1710099405832VAL-result.vot", True),
        ("votable_samples/pyvo_dal_tap_obscore-image.xml", True),
    ],
)
def test_real_tables_are_published(name: str, positions: bool, tmp_path: Path):
    publish(shared_path(f"data/{name}"), "--into", tmp_path, "--name", "mine.things", "--draft")
    assert Release.open(tmp_path).tables[0].has_sky == positions


def test_identifiers_that_a_spreadsheet_rounded_are_refused(tmp_path: Path):
    source, meta = shared_path("data/catalogues/skyserver_sql_10000.csv"), tmp_path / "m.toml"
    meta.write_text('[columns.objid]\nrole = "id"\n')
    said = refusal(source, "--into", tmp_path / "s", "--name", "a.b", "--meta", meta, "--draft")
    assert said == (
        "Column 'objid' has the role id, but 9999 of its 10000 values are missing or stand more "
        "than once."
    )


def test_the_catalogue_of_the_benchmark_takes_one_command(tmp_path: Path):
    program, source = shared_path("bench/make_catalogue.py"), tmp_path / "c.fits"
    make = [sys.executable, program, source, "--rows", "20000"]
    subprocess.run(make, check=True, capture_output=True)
    options = ["--into", tmp_path / "s", "--name", "galmaps.galaxies", "--draft"]
    words = [ODDSKY, "publish", source, *options]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert "published galmaps.galaxies (20,000 rows, 42 columns) as release 1" in done.stdout
