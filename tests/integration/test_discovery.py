"""Finding spectra by ObsCore and SSA, through the clients that people use."""

import io
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.table import Table
from astropy.time import Time

from tests.support.postgres import Server as Database
from tests.support.programs import run_program
from tests.support.service import ODDSKY, serving


@pytest.fixture(scope="session")
def tap(service) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="session")
def ssa(service) -> pyvo.dal.SSAService:
    return pyvo.dal.SSAService(f"{service}/ssa")


@pytest.fixture(scope="session")
def objects(tap) -> Table:
    return tap.search("SELECT * FROM oddsky.objects").to_table()


def follow(url: str) -> bytes:
    """Return what a record's own link gives; `getdataset` asks the vocabulary's host first."""
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def fetch(service: str, **parameters: str) -> tuple[int, str]:
    url = f"{service}/ssa?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def ids(results) -> list[int]:
    return results.to_table()["obj_id"].tolist()


def test_obscore_has_each_spectrum_once_with_its_own_limits(service, tap):
    rows = tap.search(
        "SELECT s.*, o.ra, o.dec, o.name FROM ivoa.obscore AS s JOIN oddsky.objects AS o "
        "ON o.obj_id = s.obj_id"
    ).to_table()
    (count,) = tap.search("SELECT COUNT(*) AS n FROM oddsky.objects")["n"]
    assert len(rows) == count == len(set(rows["obs_publisher_did"]))
    assert np.array_equal(rows["s_ra"], rows["ra"])
    assert np.array_equal(rows["s_dec"], rows["dec"])
    assert np.array_equal(rows["target_name"], rows["name"])
    for row in rows[::60]:
        spectrum = Table.read(f"{service}/spectra/{row['obj_id']}", format="votable")
        assert row["em_xel"] == len(spectrum)
        ends = np.asarray(spectrum["wave"])[[0, -1]] * 1e-10
        assert (row["em_min"], row["em_max"]) == pytest.approx(tuple(ends), rel=1e-9)
        assert row["access_url"] == f"{service}/links?ID={row['obj_id']}"
        assert row["obs_publisher_did"] == f"ivo://oddsky.invalid/spectra?{row['obj_id']}"


def test_obscore_is_declared_and_discovered_as_pyvo_does(tap):
    (model,) = [m for c in tap.capabilities for m in getattr(c, "datamodels", [])]
    assert model.ivo_id == "ivo://ivoa.net/std/ObsCore#core-1.1"
    found = tap.search(
        "SELECT obs_id FROM ivoa.obscore WHERE dataproduct_type = 'spectrum' AND em_min < 5e-7 "
        "AND em_max > 5e-7 AND obs_collection = 'Mock'"
    )
    assert len(found) > 0


def test_a_region_of_the_sky_is_a_circle_to_geometry(tap, objects):
    """Its text is what other programs read; the fibre holds its own centre and no other."""
    sky = SkyCoord(objects["ra"], objects["dec"], unit="deg")
    near = sky[0].directional_offset_by(30 * u.deg, 1.4 * u.arcsec)
    beyond = sky[0].directional_offset_by(30 * u.deg, 1.6 * u.arcsec)
    for place, expected in ((sky[0], True), (near, True), (beyond, False)):
        query = (
            "SELECT obj_id FROM ivoa.obscore "
            f"WHERE 1 = CONTAINS(POINT({place.ra.deg:.12f}, {place.dec.deg:.12f}), s_region)"
        )
        assert (objects["obj_id"][0] in tap.search(query)["obj_id"]) == expected
    cone = f"CIRCLE({sky[0].ra.deg:.12f}, {sky[0].dec.deg:.12f}, 5)"
    met = tap.search(f"SELECT obj_id FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, {cone})")
    inside = sky.separation(sky[0]).deg <= 5 + 1.5 / 3600
    assert set(met["obj_id"].tolist()) == set(objects["obj_id"][inside].tolist())
    words = tap.search("SELECT TOP 1 s_region FROM ivoa.obscore")["s_region"][0].split()
    assert words[:2] == ["CIRCLE", "ICRS"]
    assert float(words[4]) == pytest.approx(1.5 / 3600, abs=1e-8)


def test_a_cone_finds_what_astropy_says_the_nearest_first(ssa, objects):
    sky = SkyCoord(objects["ra"], objects["dec"], unit="deg")
    away = sky.separation(sky[7]).deg
    found = ids(ssa.search(pos=sky[7], diameter=12 * u.deg))
    assert found == objects["obj_id"][np.argsort(away)][: (away <= 6).sum()].tolist()
    assert len(found) > 3


def test_records_hold_what_pyvo_reads_and_lead_to_spectra(ssa, objects):
    results = ssa.search(pos=(objects["ra"][0], objects["dec"][0]), diameter=0.01)
    record, row = results[0], objects[0]
    assert (record.ra, record.dec) == (row["ra"], row["dec"])
    assert record.title == f"Spectrum of {row['name']}"
    assert record.instr == "simulation"
    assert record.format == "application/x-votable+xml"
    body = follow(record.acref)
    assert 0.5 < record["access_size"] / len(body) < 2
    spectrum = Table.read(io.BytesIO(body), format="votable")
    assert len(spectrum) == record["n_points"]
    assert spectrum["flux"].unit == u.Unit("1e-17 erg s-1 cm-2 Angstrom-1")


@pytest.mark.parametrize("form", ["fits", "native", "image/fits"])
def test_the_format_that_is_asked_for_is_what_the_link_gives(ssa, form):
    record = ssa.search(format=form, top=1)[0]
    assert record.format == "application/fits"
    body = follow(record.acref)
    assert len(Table.read(io.BytesIO(body), format="fits")) == record["n_points"]
    assert 0.8 < record["access_size"] / len(body) < 1.2


def test_bands_are_met_whichever_end_is_open(ssa, tap):
    rows = tap.search("SELECT obj_id, em_min, em_max FROM ivoa.obscore").to_table()
    middle = float(np.median(rows["em_min"]))
    sees_blue = set(rows["obj_id"][rows["em_min"] <= middle].tolist())
    assert 0 < len(sees_blue) < len(rows)
    for band in (f"/{middle!r}", f"1e-7/{middle!r}", f"{middle!r}", f"1e-9,/{middle!r}"):
        assert set(ids(ssa.search(BAND=band))) == sees_blue, band
    assert len(ssa.search(BAND="2e-6/")) == 0
    assert len(ssa.search(band=(4000, 5000) * u.AA)) == len(rows)
    assert len(ssa.search(band=(5e14, 6e14) * u.Hz)) == len(rows)


def test_times_are_met(ssa, tap):
    (day,) = set(tap.search("SELECT t_min FROM ivoa.obscore")["t_min"].tolist())
    date = Time(day, format="mjd").isot
    everything = len(ssa.search())
    assert everything == 300
    for text in (date[:4], date[:10], date, f"{date}/", f"{day}", f"{day - 1}/{day + 1}"):
        assert len(ssa.search(TIME=text)) == everything, text
    assert len(ssa.search(time=Time([day - 400, day + 1], format="mjd"))) == everything
    for text in (f"/{day - 1}", f"{day + 2}/", "1999"):
        assert len(ssa.search(TIME=text)) == 0, text


def test_objects_are_chosen_by_what_is_measured_of_them(ssa, objects):
    z, sn = objects["z"], objects["sn_median"]
    low, high = np.percentile(z, [20, 60]).tolist()
    found = set(ids(ssa.search(REDSHIFT=f"{low!r}/{high!r}", SNR=20)))
    assert found == set(objects["obj_id"][(z >= low) & (z <= high) & (sn >= 20)].tolist())
    name, survey_id = str(objects["name"][5]), str(objects["survey_id"][6])
    assert ids(ssa.search(TARGETNAME=name.lower())) == [objects["obj_id"][5]]
    both = ssa.search(TARGETNAME=f"{name}, {survey_id}")
    assert set(ids(both)) == set(objects["obj_id"][5:7].tolist())
    did = ssa.search(TARGETNAME=name)[0]["publisher_did"]
    assert ids(ssa.search(PUBDID=did)) == [objects["obj_id"][5]]
    assert len(ssa.search(SPECRP=1900)) == 300
    assert len(ssa.search(SPECRP=2100)) == len(ssa.search(COLLECTION="SDSS")) == 0


def test_the_strangest_come_first_by_detector_and_by_region(ssa, objects):
    strangest = ssa.search(DETECTOR="fisher", RANK="1/12")
    expected = objects[np.argsort(objects["fisher_rank"])]["obj_id"][:12]
    assert ids(strangest) == expected.tolist()
    assert strangest["fisher_rank"].tolist() == list(range(1, 13))
    by_region = ssa.search(REGION="nad", ODDNESS="/5")
    ranks = objects["nad_rank"]
    known = ~np.ma.getmaskarray(ranks)
    assert set(ids(by_region)) == set(objects["obj_id"][known & (ranks <= 5)].tolist())
    both = ssa.search(DETECTOR="consensus", RANK="1/60", REGION="whole", ODDNESS="1/60", TOP=3)
    wanted = (objects["consensus_rank"] <= 60) & (objects["whole_rank"] <= 60)
    order = np.argsort(objects["consensus_rank"][wanted])
    assert ids(both) == objects["obj_id"][wanted][order][:3].tolist()


def test_what_is_cut_says_so_and_what_is_asked_for_does_not(service):
    assert 'value="OVERFLOW"' in fetch(service, MAXREC="3")[1]
    assert 'value="OVERFLOW"' not in fetch(service, TOP="3")[1]
    assert (
        fetch(service, TOP="3", REQUEST="querydata", RUNID="x", unknown="y")[1].count("<TR>") == 3
    )


def test_metadata_tells_parameters_and_columns_without_rows(service, ssa):
    status, body = fetch(service, REQUEST="queryData", FORMAT="METADATA")
    document = parse(io.BytesIO(body.encode()), verify="exception")
    (resource,) = [r for r in document.resources if r.type == "results"]
    inputs = {p.name for p in resource.params if p.name.startswith("INPUT:")}
    assert {"INPUT:POS", "INPUT:SIZE", "INPUT:BAND", "INPUT:TIME", "INPUT:FORMAT"} < inputs
    table = document.get_first_table()
    assert len(table.array) == 0
    assert [i.value for i in resource.infos if i.name == "QUERY_STATUS"] == ["OK"]
    utypes = {f.utype for f in table.fields} | {p.utype for p in resource.params}
    for needed in (
        "Access.Reference", "Access.Format", "Dataset.DataModel", "Dataset.Length", "DataID.Title",
        "Curation.Publisher", "Curation.PublisherDID", "Target.Name",
        "Char.SpatialAxis.Coverage.Location.Value", "Char.SpatialAxis.Coverage.Bounds.Extent",
        "Char.SpectralAxis.Coverage.Location.Value", "Char.SpectralAxis.Coverage.Bounds.Extent",
        "Char.TimeAxis.Coverage.Location.Value", "Char.TimeAxis.Coverage.Bounds.Extent",
    ):  # fmt: skip
        assert f"ssa:{needed}" in utypes
    assert status == 200
    assert {c.name for c in ssa.columns} >= {"access_url", "target_pos"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"BAND": "7e-7/4e-7"}, "BAND is '7e-7/4e-7'; its first end is beyond its second"),
        ({"BAND": "V"}, "BAND is 'V'; it must be a wavelength in metres"),
        ({"BAND": "-1e-7/"}, "it must be a wavelength in metres"),
        ({"POS": "1,2", "SIZE": "-1"}, "SIZE is -1; it must lie between 0 and 360 degrees."),
        ({"POS": "1,2", "SIZE": "nan"}, "SIZE is nan"),
        ({"POS": "400,2"}, "right ascension lies between 0 and 360 degrees"),
        ({"POS": "10"}, "it must be two numbers"),
        ({"POS": "a,b"}, "POS is 'a'; it must be right ascension and declination"),
        ({"POS": "1,2;GALACTIC"}, "POS is in the frame 'GALACTIC'; give it in ICRS."),
        ({"TIME": "yesterday"}, "TIME is 'yesterday'; it must be a date"),
        ({"TIME": "2003-02-30"}, "TIME is '2003-02-30'; there is no such date."),
        ({"FORMAT": "image/jpeg"}, "FORMAT 'image/jpeg' is not known; choose votable"),
        ({"DETECTOR": "fisher", "RANK": "high"}, "RANK is 'high'; it must be a rank"),
        ({"RANK": "1/5"}, "RANK needs DETECTOR, whose ranks are meant."),
        ({"DETECTOR": "fischer"}, "did you mean 'fisher'?"),
        ({"REGION": "x"}, "REGION 'x' is not known; there are d4000"),
        ({"PUBDID": "mine"}, "There is no spectrum 'mine'"),
        ({"SNR": "-2"}, "SNR is -2"),
        ({"MAXREC": "all"}, "MAXREC is 'all'"),
        ({"REQUEST": "getCapabilities"}, "it must be queryData"),
        ({"VERSION": "2.0"}, "this service speaks 1.1"),
    ],
)
def test_what_is_wrong_is_told_in_the_form_of_the_protocol(service, ssa, parameters, message):
    status, body = fetch(service, **parameters)
    assert status == 200
    (info,) = list(parse(io.BytesIO(body.encode())).resources[0].infos)
    assert (info.name, info.value) == ("QUERY_STATUS", "ERROR")
    assert message in info.content
    with pytest.raises(pyvo.dal.DALQueryError):
        ssa.search(**parameters)


@pytest.mark.client
@pytest.mark.parametrize(
    "query", ["FORMAT=METADATA", "DETECTOR=fisher&RANK=1/9", "BAND=x", "TOP=5"]
)
def test_votlint_is_clean(service, query):
    lint = run_program("stilts", "votlint", f"votable={service}/ssa?{query}")
    assert (lint.stdout + lint.stderr).strip() == ""


@pytest.mark.client
def test_stilts_searches_around_the_rows_of_a_table(service, objects, tmp_path):
    objects[["obj_id", "ra", "dec"]][:5].write(tmp_path / "in.csv")
    command = (
        "stilts", "coneskymatch", "servicetype=ssa", f"serviceurl={service}/ssa", "sr=0.001",
        f"in={tmp_path / 'in.csv'}", "ifmt=csv", "ra=ra", "dec=dec", "fixcols=all", "ofmt=csv",
        f"out={tmp_path / 'out.csv'}",
    )  # fmt: skip
    answer = run_program(*command)
    assert answer.returncode == 0, answer.stderr
    found = Table.read(tmp_path / "out.csv", format="ascii.csv")
    assert found["obj_id_0"].tolist() == found["obj_id_1"].tolist()
    assert len(found) == 5


def test_both_engines_find_the_same_spectra(
    mock_release: Path, postgres: Database, service, tmp_path
):
    database = postgres.make_database("discovery")
    command = [ODDSKY, "load", mock_release, "--database", database]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    asked = (
        {"DETECTOR": "pca_worst", "RANK": "1/40"},
        {"POS": "180,20", "SIZE": "30", "BAND": "4e-7/5e-7", "TIME": "2000/"},
        {"REGION": "nad", "ODDNESS": "/9", "FORMAT": "fits", "SNR": "5"},
    )
    with serving(mock_release, tmp_path, "--database", database) as other:
        for parameters in asked:
            here, there = fetch(service, **parameters)[1], fetch(other, **parameters)[1]
            assert here.replace(service, other) == there
            assert here.count("<TR>") > 2
        record = urllib.request.urlopen(f"{other}/registry", timeout=60).read().decode()
        whole = "SELECT * FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, CIRCLE(180, 20, 15))"
        query = f"{whole} AND 1 = CONTAINS(POINT(s_ra, s_dec), s_region) ORDER BY obs_id"
        asked_of_tap = urllib.parse.urlencode({"LANG": "ADQL", "FORMAT": "csv", "QUERY": query})
        here, there = (
            urllib.request.urlopen(f"{url}/tap/sync?{asked_of_tap}", timeout=60).read().decode()
            for url in (service, other)
        )
        assert here.replace(service, other) == there
        assert here.count("\n") > 2
    ours = urllib.request.urlopen(f"{service}/registry", timeout=60).read().decode()
    assert ours.replace(service, other) == record
