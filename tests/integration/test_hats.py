"""A release as a HATS catalogue, judged by the packages that read such: hats and LSDB."""

import io
import json
import re
from pathlib import Path

import duckdb
import hats
import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse_single_table
from click.testing import CliRunner
from hats.io.skymap import read_skymap
from hats.io.validation import is_valid_catalog

from ingest.export.cli import export
from vo_service.release.release import Release

MOST = 20


def command(*arguments: object) -> object:
    return CliRunner().invoke(export, ["hats", *map(str, arguments)])


@pytest.fixture(scope="module")
def release(mock_release) -> Release:
    return Release.open(mock_release)


@pytest.fixture(scope="module")
def objects(release) -> pa.Table:
    """The table as SQL gives it."""
    (part,) = release.parts
    with duckdb.connect(str(part.folder / "tables.duckdb"), read_only=True) as db:
        return db.sql("FROM oddsky.objects").to_arrow_table()


@pytest.fixture(scope="module")
def catalogue(mock_release, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hats") / "catalogue"
    answer = command("--from", mock_release, "--into", folder, "--rows-per-partition", MOST)
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == ""
    return folder


def test_the_catalogue_is_valid(catalogue):
    assert is_valid_catalog(catalogue, strict=True)


def test_partitions_are_small_and_say_where_they_lie(catalogue, objects):
    found = hats.read_hats(catalogue)
    assert found.catalog_info.total_rows == objects.num_rows
    orders = [pixel.order for pixel in found.get_healpix_pixels()]
    assert len(set(orders)) > 1
    assert max(orders) == int(found.catalog_info.hats_order)
    assert len(orders) == len(list(catalogue.rglob("*.parquet"))) >= objects.num_rows / MOST
    for path in catalogue.rglob("*.parquet"):
        rows = pq.read_table(path)
        order, pixel = int(path.parts[-3].split("=")[1]), int(path.stem.split("=")[1])
        index = rows["_healpix_29"].to_numpy()
        assert set(index >> 2 * (29 - order)) == {pixel}
        assert (np.diff(index) >= 0).all()
        assert 0 < len(rows) <= MOST


def test_all_rows_and_columns_are_those_of_the_table(catalogue, objects):
    read = lsdb.open_catalog(catalogue, columns="all").compute().sort_values("obj_id")
    published = [n for n in objects.column_names if not n.startswith("_")]
    assert [n for n in read.columns if n != "_healpix_29"] == published
    expected = objects.select(published).sort_by("obj_id")
    for name in published:
        values, truth = read[name], expected[name].to_pandas(types_mapper=None)
        assert values.isna().to_numpy().tolist() == truth.isna().to_numpy().tolist(), name
        kept = ~truth.isna().to_numpy()
        assert values.to_numpy()[kept].tolist() == truth.to_numpy()[kept].tolist(), name


def test_the_principal_columns_are_read_unless_others_are_asked_for(catalogue, release):
    (table,) = (t for t in release.tables if t.full_name == "oddsky.objects")
    principal = [f.name for f in table.stored if f.principal]
    assert [n for n in lsdb.open_catalog(catalogue).columns if n != "_healpix_29"] == principal


@pytest.mark.parametrize("radius_deg", [0.5, 5.0, 40.0])
def test_a_cone_holds_what_sql_says(catalogue, objects, radius_deg):
    ra, dec = (objects[name].to_numpy() for name in ("ra", "dec"))
    centre = SkyCoord(ra[7], dec[7], unit="deg")
    near = centre.separation(SkyCoord(ra, dec, unit="deg")).deg < radius_deg
    expected = objects["obj_id"].to_numpy()[near]
    cone = lsdb.open_catalog(catalogue).cone_search(ra[7], dec[7], radius_deg * 3600).compute()
    assert sorted(cone["obj_id"]) == sorted(expected)
    assert len(expected) > 0


def test_a_crossmatch_of_the_catalogue_with_itself_finds_every_object(catalogue):
    one = lsdb.open_catalog(catalogue, columns=["obj_id", "ra", "dec"])
    pairs = one.crossmatch(one, radius_arcsec=0.01, n_neighbors=5, suffixes=("_a", "_b")).compute()
    assert set(pairs["obj_id_a"]) == set(pairs["obj_id_b"])
    assert (pairs["obj_id_a"] == pairs["obj_id_b"]).sum() == one.compute().shape[0]


def test_maps_count_the_rows(catalogue, objects):
    density = read_skymap(hats.read_hats(catalogue), None)
    assert density.size == 12 * 4**8
    assert density.sum() == objects.num_rows
    index = objects["_hpx29"].to_numpy() >> 2 * 21
    assert (np.bincount(index, minlength=density.size) == density).all()
    ra, dec = (objects[name].to_numpy() * units.deg for name in ("ra", "dec"))
    assert hats.read_hats(catalogue).moc.contains_lonlat(ra, dec).all()


def test_columns_keep_unit_ucd_and_description(catalogue, release):
    (table,) = (t for t in release.tables if t.full_name == "oddsky.objects")
    file = next(catalogue.rglob("*.parquet"))
    schema = pq.read_schema(file)
    footer = pq.read_metadata(catalogue / "dataset" / "_common_metadata").metadata
    votable = parse_single_table(io.BytesIO(footer[b"IVOA.VOTable-Parquet.content"]))
    said = {f.name: f for f in votable.fields}
    assert list(said) == schema.names
    for field in table.stored:
        known = {k.decode(): v.decode() for k, v in schema.field(field.name).metadata.items()}
        assert known["description"] == field.description
        # astropy wraps what it writes.
        assert " ".join(said[field.name].description.split()) == field.description
        assert known["ucd"] == field.ucd == said[field.name].ucd
        assert known.get("unit", "") == field.unit


def test_footers_of_all_partitions_stand_in_one_file(catalogue, objects):
    metadata = pq.read_metadata(catalogue / "dataset" / "_metadata")
    assert metadata.num_rows == objects.num_rows
    paths = {metadata.row_group(i).column(0).file_path for i in range(metadata.num_row_groups)}
    dataset = catalogue / "dataset"
    assert paths == {str(p.relative_to(dataset)) for p in dataset.rglob("*.parquet")}


def test_the_example_of_the_docs_runs(catalogue, capsys):
    page = Path("docs/scale.md").read_text()
    (code,) = re.findall(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    exec(code.replace("survey-hats", str(catalogue)), {})
    assert "Mock J" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            "oddsky.lines",
            "has no positions; tables with positions are: oddsky.objects",
        ),
        ("oddsky.stars", "oddsky.stars is not in the release; tables with positions are: "),
    ],
)
def test_a_table_that_cannot_be_exported_is_told(mock_release, tmp_path, table, words):
    answer = command("--from", mock_release, "--into", tmp_path / "out", "--table", table)
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_directory_without_a_release_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    answer = command("--from", tmp_path / "empty", "--into", tmp_path / "out")
    assert answer.exit_code == 2
    assert "holds no release" in answer.stderr


def test_what_is_there_is_not_overwritten(mock_release, catalogue):
    before = json.dumps(sorted(str(p) for p in catalogue.rglob("*")))
    answer = command("--from", mock_release, "--into", catalogue)
    assert answer.exit_code == 2
    assert "is there already; remove it, or name a new directory" in answer.stderr
    assert json.dumps(sorted(str(p) for p in catalogue.rglob("*"))) == before
