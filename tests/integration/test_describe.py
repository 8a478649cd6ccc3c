"""The service as it describes itself, through the clients that read it."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy.io.votable import parse
from astropy.table import Table
from lxml import etree
from pyvo.dal.adhoc import DatalinkQuery

from tests.integration.test_tap import fetch, query_url
from tests.support.engine import make_release
from tests.support.programs import run_program
from tests.support.service import serving
from vo_service.adql.functions import declared_features
from vo_service.formats.registry import FORMATS
from vo_service.settings import Settings

VOCABULARY = "http://www.ivoa.net/rdf/examples#"
FORBIDDEN_IN_RDFA_LITE = {"about", "content", "datatype", "inlist", "rel", "rev"}


@pytest.fixture(scope="session")
def tap(service) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Iterator[str]:
    """A service of published tables alone, without any spectra."""
    folder = tmp_path_factory.mktemp("published")
    make_release(folder / "root", polygons=False)
    with serving(folder / "root", folder / "state") as url:
        yield url


def read_examples(url: str) -> list[dict]:
    """Read examples as a client does: by their RDFa alone."""
    status, headers, body = fetch(f"{url}/tap/examples")
    assert status == 200
    assert headers["Content-Type"].startswith("application/xhtml+xml")
    page = etree.fromstring(body)
    (scope,) = page.xpath("//*[@vocab]")
    assert scope.get("vocab") == VOCABULARY
    examples = []
    for element in scope.xpath(".//*[@typeof='example']"):
        assert element.get("resource") == f"#{element.get('id')}"
        assert not FORBIDDEN_IN_RDFA_LITE & {a for e in element.iter() for a in e.attrib}
        assert all(len(e) == 0 for e in element.xpath(".//*[@property]")), "plain text"
        one = {n: element.xpath(f"string(.//*[@property='{n}'])") for n in ("name", "query")}
        tables = [e.text for e in element.xpath(".//*[@property='table']")]
        examples.append(one | {"id": element.get("id"), "tables": tables})
    return examples


def test_there_are_examples_enough_and_all_differ(service):
    examples = read_examples(service)
    assert len(examples) >= 15
    for key in ("id", "name", "query"):
        assert len({e[key] for e in examples}) == len(examples)
    assert all(re.fullmatch(r"[a-z][a-z0-9_.-]*", e["id"]) for e in examples)
    assert all(" " in e["name"] and len(e["query"]) > 30 for e in examples)


def test_pyvo_runs_every_example_and_gets_rows(service, tap):
    written = {e["query"]: e for e in read_examples(service)}
    assert len(tap.examples) == len(written)
    for example in tap.examples:
        rows = len(example.execute())
        about = written[example["QUERY"]]
        assert rows > 0 or about["id"] == "rejects", about


def test_examples_name_the_tables_that_they_ask(service, tap):
    for example in read_examples(service):
        assert example["tables"], example
        for name in example["tables"]:
            assert name in tap.tables
            assert name in example["query"]


@pytest.mark.client
@pytest.mark.parametrize("which", ["service", "published"])
def test_taplint_finds_no_fault_and_runs_every_example(which, request):
    """Its parser takes ADQL 2.0 alone, as TOPCAT's does."""
    url = request.getfixturevalue(which)
    stages = "stages=TMV TME TMS TMC CPV CAP AVV EXA"
    lint = run_program("stilts", "taplint", f"tapurl={url}/tap", stages, "report=EWFS")
    assert "Errors: 0;" in lint.stdout, lint.stdout
    assert "Failures: 0" in lint.stdout, lint.stdout
    # The validator knows a draft of ADQL 2.1: newer features are custom ones to it, nothing else.
    assert set(re.findall(r"^W-(\S+)-\d+ ", lint.stdout, re.MULTILINE)) <= {"CAP-CULF"}
    count = len(read_examples(url))
    for what in ("Syntax validity", "Symbol validity", "Execution"):
        assert f"{what} success/attempt: {count}/{count}" in lint.stdout, lint.stdout


def test_published_tables_alone_have_examples_too(published):
    tap = pyvo.dal.TAPService(f"{published}/tap")
    examples = read_examples(published)
    assert len(examples) >= 10
    asked = {name for e in examples for name in e["tables"]}
    assert {"cat.stars", "cat.notes", "tap_schema.columns"} <= asked
    for example in examples:
        assert "oddsky" not in example["query"]
        assert len(tap.search(example["query"])) > 0, example
    assert fetch(f"{published}/")[0] == 200


def test_the_page_is_for_people_too(service):
    page = etree.fromstring(fetch(f"{service}/tap/examples")[2])
    space = {"x": "http://www.w3.org/1999/xhtml"}
    links = page.xpath("//x:article//x:a/@href", namespaces=space)
    assert len(links) == len(read_examples(service))
    for link in links:
        status, headers, _ = fetch(link)
        assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/csv")
    targets = {t[1:] for t in page.xpath("//x:nav//x:a/@href", namespaces=space)}
    assert targets == {e["id"] for e in read_examples(service)}
    assert all(page.xpath(f"//*[@id='{b}']") for b in page.xpath("//*/@data-copy"))


def test_capabilities_are_what_the_registries_hold(service, tap):
    capability = tap.get_tap_capability()
    (language,) = capability.languages
    declared = {(g.type, f.form) for g in language.languagefeaturelists for f in g}
    assert declared == {(kind, form) for kind, form, _ in declared_features()}
    assert {f.mime for f in capability.outputformats} == {f.media_type for f in FORMATS}
    assert {m.ivo_id.rpartition("#")[2] for m in tap.upload_methods} == {
        "upload-inline",
        "upload-http",
    }


def test_limits_are_those_of_the_settings(tap):
    defaults = Settings.make(Path())
    capability = tap.get_tap_capability()
    assert (tap.maxrec, tap.hardlimit) == (defaults.default_rows, defaults.most_rows)
    assert capability.executionduration.default == defaults.job_seconds
    assert capability.retentionperiod.default == defaults.job_days * 86_400
    limit = capability.uploadlimit
    assert (limit.default.unit, limit.default.content) == ("row", defaults.upload_rows)
    assert (limit.hard.unit, limit.hard.content) == ("byte", defaults.upload_bytes)


def test_limits_follow_the_environment(mock_release, tmp_path, monkeypatch):
    for name, value in {"JOB_DAYS": "2", "JOB_SECONDS": "90", "UPLOAD_ROWS": "77"}.items():
        monkeypatch.setenv(f"ODDSKY_{name}", value)
    with serving(mock_release, tmp_path) as url:
        capability = pyvo.dal.TAPService(f"{url}/tap").get_tap_capability()
    assert capability.retentionperiod.hard == 2 * 86_400
    assert capability.executionduration.hard == 90
    assert capability.uploadlimit.default.content == 77


def test_availability_says_since_when(service):
    values = {e.tag.rpartition("}")[2]: e.text for e in read_xml(f"{service}/tap/availability")}
    assert values["available"] == "true"
    assert datetime.fromisoformat(values["upSince"]) <= datetime.now(UTC)
    assert "Release 1 " in values["note"]


def read_xml(url: str) -> etree._Element:
    return etree.fromstring(fetch(url)[2])


def test_tables_come_with_and_without_columns_and_one_by_one(service, tap):
    whole = fetch(f"{service}/tap/tables")[2]
    least = fetch(f"{service}/tap/tables?detail=min")[2]
    assert b"<column" in whole
    assert b"<column" not in least
    assert whole.count(b"<table ") == least.count(b"<table ")
    one = pyvo.dal.TAPService(f"{service}/tap").tables["oddsky.objects"]
    assert len(one.columns) > 50
    (count,) = tap.search("SELECT COUNT(*) AS n FROM oddsky.objects")["n"]
    (said,) = re.findall(rb"<nrows>(\d+)</nrows>", fetch(f"{service}/tap/tables/oddsky.objects")[2])
    assert int(said) == count


def test_tap_schema_is_asked_as_topcat_asks(tap):
    for table in ("schemas", "tables", "columns", "keys", "key_columns"):
        assert len(tap.search(f"SELECT * FROM TAP_SCHEMA.{table}")) > 0
    query = 'SELECT column_name, "size", arraysize, principal, indexed, std FROM TAP_SCHEMA.columns'
    assert len(tap.search(query)) > 150


def test_statistics_in_tap_schema_are_those_of_the_rows(tap):
    query = "SELECT * FROM tap_schema.columns WHERE table_name = 'oddsky.objects'"
    told = {row["column_name"]: row for row in tap.search(query)}
    names = ("z", "sn_median", "ebv", "subclass")
    counts = ", ".join(f"COUNT({name}) AS {name}" for name in names)
    (seen,) = tap.search(f"SELECT COUNT(*) AS n_all, {counts} FROM oddsky.objects")
    for name in names:
        assert told[name]["null_fraction"] == pytest.approx(1 - seen[name] / seen["n_all"])
    for name in names[:2]:
        (limits,) = tap.search(f"SELECT MIN({name}) AS lo, MAX({name}) AS hi FROM oddsky.objects")
        assert (told[name]["min_value"], told[name]["max_value"]) == (limits["lo"], limits["hi"])
    (kinds,) = tap.search("SELECT COUNT(DISTINCT subclass) AS n FROM oddsky.objects")
    assert told["subclass"]["n_distinct"] == kinds["n"]
    unknown = tap.search(f"{query} AND null_fraction IS NULL")["column_name"]
    assert list(unknown) == ["spectrum_url"], "it is made in the query, not stored"
    described = tap.search(
        "SELECT column_name, ucd, description FROM tap_schema.columns"
        " WHERE table_name = 'tap_schema.columns' AND column_name LIKE 'm%_value'"
    )
    assert sorted(described["ucd"]) == ["stat.max", "stat.min"]


FORMS = ("votable/td", "votable/b2")


@pytest.mark.parametrize("form", FORMS)
def test_pyvo_fetches_the_spectrum_of_a_row_by_its_descriptor(service, tap, form):
    query = "SELECT TOP 3 z, obj_id FROM oddsky.objects ORDER BY consensus_rank"
    results = tap.run_sync(query, RESPONSEFORMAT=form)
    (offered,) = results.iter_adhocservices()
    assert offered is results.get_adhocservice_by_id(offered.ID)
    for row in results:
        spectrum = fetch_by(row, offered)
        direct = Table.read(
            io.BytesIO(fetch(f"{service}/spectra/{row['obj_id']}")[2]), format="votable"
        )
        assert np.array_equal(spectrum["flux"], direct["flux"])
    assert len(fetch_by(results[0], offered, FRAME="rest")) == 3349


def fetch_by(row, service, **chosen: str) -> Table:
    query = DatalinkQuery.from_resource(row, service, **chosen)
    return Table.read(io.BytesIO(query.execute_raw()), format="votable")


def test_a_cone_offers_spectra_too(service, tap):
    ra, dec = next(iter(tap.search("SELECT TOP 1 ra, dec FROM oddsky.objects"))).values()
    cone = pyvo.dal.SCSService(f"{service}/cone").search(pos=(ra, dec), radius=1)
    (offered,) = cone.iter_adhocservices()
    assert len(fetch_by(cone[0], offered)) > 3000


def test_tables_without_spectra_offer_none(tap, published):
    assert not list(tap.search("SELECT region_id FROM oddsky.regions").iter_adhocservices())
    stars = pyvo.dal.TAPService(f"{published}/tap").search("SELECT TOP 2 id FROM cat.stars")
    assert not list(stars.iter_adhocservices())


@pytest.mark.client
@pytest.mark.parametrize(
    "query",
    [
        "SELECT TOP 2 obj_id, z FROM oddsky.objects",
        'SELECT TOP 2 obj_id AS "an id" FROM oddsky.reasons',
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_starlink_reads_the_descriptor_and_finds_no_fault(service, tmp_path, query, form):
    """TOPCAT offers "Invoke Service" where its library finds a descriptor in the table."""
    answer = tmp_path / "answer.vot"
    answer.write_bytes(fetch(query_url(service, query, RESPONSEFORMAT=form))[2])
    lint = run_program("stilts", "votlint", f"votable={answer}")
    assert (lint.stdout + lint.stderr).strip() == ""
    seen = run_program("stilts", "tpipe", f"in={answer}", "omode=meta")
    assert "ServiceDescriptor" in seen.stdout
    parse(answer, verify="exception")


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("ID=", 400), ("ID=1&ID=2", 404), ("ID=abc", 404), ("ID=12", 404)],
)
def test_a_wrong_id_is_told(service, query, status):
    seen, _, body = fetch(f"{service}/spectra?{query}")
    assert seen == status
    info = parse(io.BytesIO(body)).resources[0].infos[0]
    assert info.value == "ERROR"
    assert "ID" in info.content or "obj_id" in info.content or "spectrum" in info.content
