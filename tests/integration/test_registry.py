"""What registries are told: coverage, tables, tests that find something, settings."""

import io
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy import constants
from astropy import units as u
from lxml import etree
from mocpy import MOC
from pyvo.io import vosi

from tests.support.service import running

OAI = "{http://www.openarchives.org/OAI/2.0/}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def get(url: str, data: bytes | None = None) -> etree._Element:
    with urllib.request.urlopen(url, data, timeout=60) as answer:
        return etree.fromstring(answer.read())


@pytest.fixture(scope="session")
def record(service) -> etree._Element:
    return get(f"{service}/registry/record")


@pytest.fixture(scope="session")
def tap(service) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


def test_the_sky_that_is_told_holds_all_spectra_and_little_more(record, tap):
    moc = MOC.from_string(record.findtext("coverage/spatial"), "ascii")
    sky = tap.search("SELECT s_ra, s_dec FROM ivoa.obscore").to_table()
    assert moc.contains_lonlat(sky["s_ra"].quantity, sky["s_dec"].quantity).all()
    assert moc.max_order == 6
    assert moc.flatten().size <= len(sky)


def test_spectrum_and_time_are_those_of_the_spectra(record, tap):
    told = [float(v) for v in record.findtext("coverage/spectral").split()]
    limits = tap.search("SELECT MIN(em_min) AS a, MAX(em_max) AS b FROM ivoa.obscore")[0]
    energies = (constants.h * constants.c / ([limits["b"], limits["a"]] * u.m)).to_value("J")
    assert told == pytest.approx(energies.tolist(), rel=1e-5)
    days = [float(v) for v in record.findtext("coverage/temporal").split()]
    times = tap.search("SELECT MIN(t_min) AS a, MAX(t_max) AS b FROM ivoa.obscore")[0]
    assert days == [times["a"], times["b"]]


def test_all_capabilities_are_told_and_their_tests_find_something(service, record):
    told = {c.get("standardID"): c for c in record.iter("capability")}
    assert {
        "ivo://ivoa.net/std/TAP",
        "ivo://ivoa.net/std/SSA",
        "ivo://ivoa.net/std/ConeSearch",
        "ivo://ivoa.net/std/VOSI#capabilities",
        "ivo://ivoa.net/std/VOSI#availability",
        "ivo://ivoa.net/std/VOSI#tables-1.1",
    } <= set(told)
    cone, ssa = told["ivo://ivoa.net/std/ConeSearch"], told["ivo://ivoa.net/std/SSA"]
    values = {k: cone.findtext(f"testQuery/{k}") for k in ("ra", "dec", "sr")}
    url = cone.findtext("interface/accessURL") + urllib.parse.urlencode(
        {k.upper(): v for k, v in values.items()}
    )
    assert get(url).findall(".//{*}TR")
    place = [ssa.findtext(f"testQuery/pos/{k}") for k in ("long", "lat")]
    asked = {"POS": ",".join(place), "SIZE": ssa.findtext("testQuery/size")}
    assert get(ssa.findtext("interface/accessURL") + urllib.parse.urlencode(asked)).findall(
        ".//{*}TR"
    )
    assert [e.text for e in ssa.findall("dataSource")] == ["artificial"]


def test_pyvo_reads_the_capabilities_of_the_simple_protocols(service):
    for protocol, name in (("ssa", "SSA"), ("cone", "ConeSearch")):
        with urllib.request.urlopen(f"{service}/{protocol}/capabilities") as answer:
            told = vosi.parse_capabilities(io.BytesIO(answer.read()).read)
        assert f"ivo://ivoa.net/std/{name}" in {c.standardid for c in told}


def test_all_tables_are_told(record, tap):
    assert {t.findtext("name") for t in record.iter("table")} == set(tap.tables.keys())


def test_a_harvest_takes_over_what_stands_at_the_urls(service):
    answer = get(f"{service}/oai", b"verb=ListRecords&metadataPrefix=ivo_vor&set=ivo_managed")
    held = {
        r.findtext(f"{OAI}header/{OAI}identifier"): r.find(f"{OAI}metadata")[0]
        for r in answer.iter(f"{OAI}record")
    }
    assert len(held) == 4
    for name in ("record", "organisation", "authority", "registry"):
        alone = get(f"{service}/registry/{name}")
        same = held[alone.findtext("identifier")]
        assert same.get(XSI_TYPE) == alone.get(XSI_TYPE)
        assert [e.text for e in same.iter()] == [e.text for e in alone.iter()]
    identity = get(f"{service}/oai?verb=Identify")
    assert identity.findtext(f".//{OAI}baseURL") == f"{service}/oai"


def test_identifiers_of_spectra_lead_to_a_record(record, tap):
    did = tap.search("SELECT TOP 1 obs_publisher_did FROM ivoa.obscore")["obs_publisher_did"][0]
    assert did.partition("?")[0] == record.findtext("identifier")


def test_settings_say_who_publishes(mock_release: Path, tmp_path: Path):
    told = {
        "ODDSKY_AUTHORITY": "odd.example.org",
        "ODDSKY_TITLE": "Odd galaxies & others",
        "ODDSKY_PUBLISHER": "Example Observatory",
        "ODDSKY_CONTACT_EMAIL": "vo@example.org",
    }
    with running(mock_release, tmp_path, **told) as server:
        record = get(f"{server.url}/registry")
        assert record.findtext("title") == "Odd galaxies & others"
        assert record.findtext("curation/publisher") == "Example Observatory"
        assert record.findtext("curation/contact/email") == "vo@example.org"
        tap = pyvo.dal.TAPService(f"{server.url}/tap")
        row = tap.search("SELECT TOP 1 obj_id, obs_publisher_did AS did FROM ivoa.obscore")[0]
        assert row["did"] == f"ivo://odd.example.org/spectra?{row['obj_id']}"
        assert record.findtext("identifier") == "ivo://odd.example.org/spectra"
        harvested = get(f"{server.url}/oai?verb=ListIdentifiers&metadataPrefix=oai_dc")
        assert {e.text for e in harvested.iter(f"{OAI}identifier")} >= {"ivo://odd.example.org"}
        assert np.all([i.text.startswith("ivo://odd") for i in harvested.iter(f"{OAI}identifier")])
