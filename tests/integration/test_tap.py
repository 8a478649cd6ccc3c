"""A served release through the clients that people use: pyvo, astropy, STILTS."""

import io
import re
import urllib.parse
import urllib.request

import numpy as np
import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.table import Table

from tests.support.programs import run_program


@pytest.fixture(scope="session")
def tap(service):
    return pyvo.dal.TAPService(f"{service}/tap")


def fetch(url: str, **headers: str) -> tuple[int, dict, bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def query_url(service: str, query: str, **parameters: str) -> str:
    values = {"LANG": "ADQL", "QUERY": query} | parameters
    return f"{service}/tap/sync?{urllib.parse.urlencode(values)}"


@pytest.mark.client
@pytest.mark.parametrize(
    "path",
    [
        "/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+9+*+FROM+oddsky.objects",
        "/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+9+*+FROM+oddsky.objects&RESPONSEFORMAT=votable/td",
        "/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+oddsky.components&MAXREC=5",
        "/tap/sync?LANG=ADQL&QUERY=SELECT+POINT(ra,dec),CIRCLE(ra,dec,1)+FROM+oddsky.objects",
        "/tap/sync?LANG=ADQL&QUERY=SELECT+nothing+FROM+oddsky.objects",
        "/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+oddsky.objects&MAXREC=0",
        "/cone?RA=180&DEC=20&SR=20&VERB=3",
        "/cone?RA=180&DEC=20&SR=0",
        "/cone?RA=180&DEC=20",
        "/spectra/{id}",
        "/spectra/{id}?FRAME=rest&RESPONSEFORMAT=votable",
        "/spectra/12",
    ],
)
def test_votlint_is_clean_on_every_votable(service, tap, tmp_path, path):
    obj_id = tap.search("SELECT TOP 1 obj_id FROM oddsky.objects")["obj_id"][0]
    _, headers, body = fetch(service + path.format(id=obj_id))
    assert "votable+xml" in headers["Content-Type"] or headers["Content-Type"].startswith(
        "text/xml"
    )
    (tmp_path / "answer.vot").write_bytes(body)
    lint = run_program("stilts", "votlint", f"votable={tmp_path / 'answer.vot'}")
    assert (lint.stdout + lint.stderr).strip() == ""


def test_both_serialisations_hold_the_same_rows(service):
    query = "SELECT * FROM oddsky.objects"
    tables = []
    for form in ("votable/td", "votable/b2"):
        body = fetch(query_url(service, query, RESPONSEFORMAT=form))[2]
        tables.append(parse(io.BytesIO(body), verify="exception").get_first_table().to_table())
    text, binary = tables
    assert text.colnames == binary.colnames
    for name in text.colnames:
        a, b = np.ma.asarray(text[name]), np.ma.asarray(binary[name])
        assert np.array_equal(np.ma.getmaskarray(a), np.ma.getmaskarray(b)), name
        assert np.ma.filled(a == b, True).all(), name


def test_csv_holds_the_rows_too(service, tap):
    query = "SELECT obj_id, name, z, ebv FROM oddsky.objects ORDER BY obj_id"
    body = fetch(query_url(service, query, FORMAT="csv"))[2].decode()
    table = Table.read(body, format="ascii.csv")
    theirs = tap.search(query).to_table()
    assert table["obj_id"].tolist() == theirs["obj_id"].tolist()
    assert np.allclose(table["z"], theirs["z"], rtol=0, atol=0)


def test_a_cone_is_what_astropy_says_by_tap_and_by_cone_search(service, tap):
    everything = tap.search("SELECT obj_id, ra, dec FROM oddsky.objects").to_table()
    sky = SkyCoord(everything["ra"], everything["dec"], unit="deg")
    centre = sky[7]
    expected = set(everything["obj_id"][sky.separation(centre).deg <= 6].tolist())
    assert len(expected) > 3
    ra, dec = centre.ra.deg, centre.dec.deg
    for condition in (
        f"1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', {ra}, {dec}, 6))",
        f"DISTANCE(POINT(ra, dec), POINT({ra}, {dec})) <= 6",
        f"DISTANCE({ra}, {dec}, ra, dec) <= 6",
        f"DISTANCE(ra + 0, dec, {ra}, {dec}) <= 6",
    ):
        found = tap.search(f"SELECT obj_id FROM oddsky.objects WHERE {condition}")["obj_id"]
        assert set(found.tolist()) == expected, condition
    cone = pyvo.dal.SCSService(f"{service}/cone").search(pos=centre, radius=6 * u.deg)
    assert set(cone.to_table()["obj_id"].tolist()) == expected


def test_columns_keep_unit_ucd_and_description(tap):
    answer = tap.search("SELECT TOP 1 ra, AVG(z) AS mean_z FROM oddsky.objects GROUP BY ra")
    (ra, mean) = answer.fielddescs
    assert (str(ra.unit), ra.ucd, ra.description) == (
        "deg",
        "pos.eq.ra;meta.main",
        "Right ascension, ICRS",
    )
    assert mean.description == "AVG of z"
    published = tap.tables["oddsky.objects"]
    assert all(c.description and c.ucd for c in published.columns)


def test_links_lead_to_spectra(tap, service):
    row = tap.search("SELECT TOP 1 obj_id, spectrum_url FROM oddsky.objects")[0]
    assert row["spectrum_url"] == f"{service}/spectra/{row['obj_id']}"
    observed = Table.read(io.BytesIO(fetch(row["spectrum_url"])[2]), format="votable")
    assert observed["wave"].unit == u.AA
    assert observed["flux"].unit == u.Unit("1e-17 erg s-1 cm-2 Angstrom-1")
    rest = Table.read(
        io.BytesIO(fetch(row["spectrum_url"] + "?FRAME=rest&RESPONSEFORMAT=fits")[2]), format="fits"
    )
    assert len(rest) == 3349
    assert rest["flux"].unit == observed["flux"].unit


@pytest.mark.parametrize(
    ("query", "message", "place"),
    [
        ("SELECT nme FROM oddsky.objects", "did you mean 'name'?", "(line 1, column 8)"),
        (
            "SELECT name\nFROM oddsky.objetcs",
            "did you mean 'oddsky.objects'?",
            "(line 2, column 6)",
        ),
        ("SELECT SQRTT(z) FROM oddsky.objects", "did you mean 'SQRT'?", "(line 1, column 8)"),
        ("SELECT name FROM oddsky.objects LIMIT 5", "write SELECT TOP n", "(line 1, column 39)"),
        (
            "SELECT name FROM oddsky.objects; DROP TABLE x",
            "without a semicolon",
            "(line 1, column 32)",
        ),
        ("SELECT read_csv('/etc/passwd') FROM oddsky.objects", "no function READ_CSV", "(line 1"),
        ("SELECT name, COUNT(*) FROM oddsky.objects", "put it into GROUP BY", "(line 1, column 8)"),
        (
            "SELECT name FROM oddsky.objects WHERE name = 3",
            "text with a number",
            "(line 1, column 44)",
        ),
    ],
)
def test_a_wrong_query_gets_status_400_and_a_sentence_with_its_place(
    service, query, message, place
):
    status, headers, body = fetch(query_url(service, query))
    assert status == 400
    assert headers["Content-Type"] == "application/x-votable+xml"
    info = parse(io.BytesIO(body)).resources[0].infos[0]
    assert (info.name, info.value) == ("QUERY_STATUS", "ERROR")
    assert message in info.content
    assert place in info.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tap/sync", 400),
        ("/tap/sync?LANG=ADQL", 400),
        ("/tap/sync?LANG=OOBLECK&QUERY=SELECT+1", 400),
        ("/tap/sync?LANG=ADQL&QUERY=SELECT+1+FROM+oddsky.objects&MAXREC=-1", 400),
        ("/tap/sync?LANG=ADQL&QUERY=SELECT+1+FROM+oddsky.objects&FORMAT=docx", 400),
        ("/tap/tables/no.such", 404),
        ("/tap/async/nope", 404),
        ("/spectra/abc", 404),
        ("/spectra/99999999999999999999", 404),
        ("/nowhere", 404),
        ("/cone/no.such?RA=1&DEC=1&SR=1", 200),
        ("/cone?RA=x&DEC=1&SR=1", 200),
        ("/cone?RA=1&DEC=91&SR=1", 200),
    ],
)
def test_every_wrong_request_gets_a_votable_and_no_secret(service, path, status):
    seen, headers, body = fetch(service + path)
    assert seen == status
    assert "xml" in headers["Content-Type"]
    parse(io.BytesIO(body))
    for secret in (b"Traceback", b"duckdb", b"/tmp/", b".py"):
        assert secret not in body


def test_maxrec_cuts_and_says_so(service):
    body = fetch(query_url(service, "SELECT obj_id FROM oddsky.objects", MAXREC="7"))[2]
    resource = parse(io.BytesIO(body)).resources[0]
    assert len(resource.tables[0].array) == 7
    assert [i.value for i in resource.infos if i.name == "QUERY_STATUS"] == ["OK", "OVERFLOW"]
    exact = fetch(query_url(service, "SELECT TOP 7 obj_id FROM oddsky.objects", MAXREC="7"))[2]
    assert b"OVERFLOW" not in exact


def test_the_home_page_says_what_is_here_and_its_examples_run(service):
    status, _, body = fetch(f"{service}/", Accept="text/html,application/xhtml+xml")
    page = body.decode()
    assert status == 200
    assert f'value="{service}/tap"' in page
    assert "oddsky.neighbours" in page
    links = re.findall(r'href="([^"]*/tap/sync[^"]*)"', page)
    assert len(links) == 3
    for link in links:
        status, headers, csv = fetch(link.replace("&amp;", "&"))
        assert status == 200, csv
        assert headers["Content-Type"].startswith("text/csv")
        assert csv.count(b"\n") >= 2 or "DISTANCE" in link


def test_answers_are_open_to_pages_and_say_whose_they_are(service):
    _, headers, _ = fetch(f"{service}/tap/capabilities")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "(IVOA-server)" in headers["Server"]
    status, _, _ = fetch(
        f"{service}/tap/tables", **{"If-None-Match": fetch(f"{service}/tap/tables")[1]["ETag"]}
    )
    assert status == 304
