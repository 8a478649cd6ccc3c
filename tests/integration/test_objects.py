"""The page of an object, the same as JSON, and the way to it."""

import io
import json
import re
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pytest
import pyvo
from lxml import html
from PIL import Image

from tests.integration.test_tap import fetch
from tests.support.engine import make_release
from tests.support.postgres import Server
from vo_service.app import create_app
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.postgres import load_release
from vo_service.release.release import Release
from vo_service.release.table import Table
from vo_service.release.types import arrow_schema
from vo_service.settings import Settings

LITTLE = Table(
    "odd",
    "things",
    "Things of which little is known",
    (
        Field("id", "long", "Identifier", ucd="meta.id;meta.main", role="id"),
        Field("ra", "double", "Right ascension", "deg", "pos.eq.ra;meta.main", role="ra"),
        Field("dec", "double", "Declination", "deg", "pos.eq.dec;meta.main", role="dec"),
        Field("z", "double", "Redshift", ucd="src.redshift", role="redshift"),
        Field("sii_x", "float", "First axis", ucd="stat.value", role="map:sii:x"),
        Field("sii_y", "float", "Second axis", ucd="stat.value", role="map:sii:y"),
        Field("sii_rank", "int", "Rank", ucd="stat.rank", role="oddness:sii"),
        Field("consensus", "int", "Rank", ucd="stat.rank", role="consensus"),
        Field("source", "long", "Source", ucd="meta.id;src", role="source"),
    ),
    sort_by=("id",),
)
PAGE = {"Accept": "text/html,application/xhtml+xml"}
STRANGEST = "SELECT TOP 1 * FROM oddsky.objects ORDER BY consensus_rank"


@pytest.fixture(scope="module")
def tap(service) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="module")
def strangest(tap):
    return tap.search(STRANGEST)[0]


def read_page(url: str) -> html.HtmlElement:
    status, headers, body = fetch(url, **PAGE)
    assert status == 200, body
    assert "script-src" not in headers["Content-Security-Policy"], "scripts are our own alone"
    page = html.fromstring(body)
    assert page.xpath("//script[not(@src)]") == []
    return page


def test_the_page_tells_what_the_tables_tell(service, tap, strangest):
    obj_id = strangest["obj_id"]
    page = read_page(f"{service}/objects/{obj_id}")
    text = " ".join(page.text_content().split())
    assert page.xpath("string(//h1)") == strangest["name"]
    ranks = tap.search(f"SELECT detector, score_rank FROM oddsky.scores WHERE obj_id = {obj_id}")
    for row in ranks:
        assert re.search(rf"\b{row['detector']} {row['score_rank']} top ", text)
    for row in tap.search(f"SELECT reason FROM oddsky.reasons WHERE obj_id = {obj_id}"):
        assert row["reason"] in text
    similar = tap.search(
        f"SELECT neighbour_id FROM oddsky.neighbours WHERE obj_id = {obj_id} AND region_id = 'nad'"
    )
    hrefs = page.xpath("//section[@aria-labelledby='map-nad']//ol//a/@href")
    assert hrefs == [f"/objects/{row['neighbour_id']}" for row in similar]


def test_maps_by_other_methods_are_shown_with_the_object_on_its_dot(service, tap, strangest):
    obj_id = strangest["obj_id"]
    page = read_page(f"{service}/objects/{obj_id}")
    points = tap.search(f"SELECT * FROM oddsky.map_points WHERE obj_id = {obj_id}")
    assert len(points) > 1
    for region in points["region_id"]:
        (card,) = page.xpath(f"//section[@aria-labelledby='map-{region}']")
        (plot,) = card.xpath("./details/svg")
        (picture,) = plot.xpath("./image/@href")
        assert picture == f"/objects/maps/{region}-pca.png"
        assert stands_on_a_dot(service, plot)


def test_the_queries_of_the_page_give_what_it_shows(service, tap, strangest):
    page = read_page(f"{service}/objects/{strangest['obj_id']}")
    queries = [pre.text for pre in page.xpath("//pre")]
    assert len(queries) == 7
    results = [tap.search(query) for query in queries]
    assert [len(r) for r in results[:2]] == [1, len(tap.search("SELECT * FROM oddsky.detectors"))]
    _, _, body = fetch(f"{service}/objects/{strangest['obj_id']}?RESPONSEFORMAT=json")
    told = json.loads(body)
    lengths = [len(told[n]) for n in ("scores", "reasons", "lines", "similar", "repeats")]
    elsewhere = sum(map(len, told["elsewhere"].values()))
    assert [len(r) for r in results[1:]] == [*lengths[:4], elsewhere, *lengths[4:]]


def test_json_has_identifiers_as_text_and_numbers_as_they_are(service, strangest):
    _, headers, body = fetch(f"{service}/objects/{strangest['obj_id']}?RESPONSEFORMAT=json")
    told = json.loads(body)
    facts = {fact["name"]: fact["value"] for fact in told["facts"]}
    assert headers["Content-Type"] == "application/json"
    assert told["obj_id"] == facts["obj_id"] == str(strangest["obj_id"])
    assert facts["ra"] == strangest["ra"]
    assert facts["nad_rank"] == strangest["nad_rank"]
    assert {row["id"] for row in told["similar"]} >= {str(int(told["similar"][0]["id"]))}


def test_an_object_of_which_little_is_known_looks_right(tmp_path):
    """Null in every column but the identifier: as a spectrum that covers no region has them."""
    root = tmp_path / "root"
    releases.prepare_root(root)
    with PartWriter(root / "work" / "p") as writer:
        # ivoa.obscore has them too, and stands first in some releases.
        again = replace(LITTLE, name="again", fields=LITTLE.fields[:3])
        writer.write_table(again, pa.table({"id": [1, 2], "ra": [0.0, 1.0], "dec": [0.0, 1.0]}))
        columns = {f.name: [1, 2] if f.role == "id" else [None, 3] for f in LITTLE.fields}
        schema = arrow_schema(LITTLE.fields)
        writer.write_table(LITTLE, pa.table(columns, schema=schema))
        writer.finish("ingest", "p", {})
    releases.adopt_part(root, root / "work" / "p", "p")
    releases.publish(root, ["p"])
    app = create_app(Settings(root, tmp_path / "state"))
    client = app.test_client()
    known, unknown = (html.fromstring(client.get(f"/objects/{i}").text) for i in (2, 1))
    assert "Rank 3 of 3, top 100 %" in known.xpath("string(//*[@aria-labelledby='map-sii'])")
    assert unknown.xpath("string(//h1)") == "Object 1"
    (card,) = unknown.xpath("//section[@aria-labelledby='map-sii']")
    assert "Not covered" in card.text_content()
    assert card.xpath(".//*[@class='here']") == []
    assert "not on it" in card.xpath("string(.//*[local-name()='svg']/@aria-label)")
    for word in ("None", "nan", "null,"):
        assert word not in unknown.xpath("string(//main)")
    assert client.get("/objects/1?RESPONSEFORMAT=json").json["places"][0]["rank"] is None
    app.extensions["oddsky"].holdings.close()


def test_an_object_that_a_plane_does_not_hold_is_not_drawn_on_it(service, tap):
    query = "SELECT TOP 1 obj_id FROM oddsky.objects WHERE bpt_nii_x {} NULL"
    for test, marks in (("IS", 0), ("IS NOT", 1)):
        rows = tap.search(query.format(test))
        page = read_page(f"{service}/objects/{rows[0]['obj_id']}")
        (card,) = page.xpath("//section[@aria-labelledby='map-bpt_nii']")
        assert len(card.xpath(".//*[@class='here']")) == marks


@pytest.mark.parametrize("wrong", ["0", "-5", "12", "abc", "1e5", "9" * 19, "9" * 300, "%EF%BC%95"])
def test_an_object_that_is_not_there_is_told_in_a_sentence(service, wrong):
    for path in (f"/objects/{wrong}", f"/objects/{wrong}?RESPONSEFORMAT=json"):
        status, _, body = fetch(service + path, **PAGE)
        assert status == 404
        assert "There is no object" in html.fromstring(body).text_content()


def test_what_a_person_types_leads_to_the_object(service, strangest):
    ra, dec = strangest["ra"], strangest["dec"]
    hours, degrees = sexagesimal(ra / 15), sexagesimal(abs(dec))
    texts = [
        str(strangest["obj_id"]),
        strangest["survey_id"],
        strangest["name"],
        strangest["name"].split()[-1].lower(),
        f"{ra:.5f} {dec:.5f}",
        f"{ra:.5f}, {dec:+.5f}",
        f"{hours} {'-' if dec < 0 else '+'}{degrees}",
        f"{hours.replace(' ', ':')} {'-' if dec < 0 else '+'}{degrees.replace(' ', ':')}",
    ]
    for text in texts:
        page = read_page(f"{service}/objects?Q={quote(text)}")
        assert page.xpath("string(//h1)") == strangest["name"], text


def sexagesimal(value: float) -> str:
    minutes = value % 1 * 60
    return f"{int(value):02d} {int(minutes):02d} {minutes % 1 * 60:06.3f}"


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("", 400, "Give an obj_id"),
        ("no such thing", 404, "No object of this release has 'no such thing'"),
        ("10 -89.9", 404, "lies within 60 arcsec"),
        ("370 10", 400, "is no position"),
        ("' OR 1=1 --", 404, "No object of this release"),
        ("%%%", 404, "No object of this release"),
    ],
)
def test_what_leads_nowhere_is_told(service, text, status, sentence):
    answer = fetch(f"{service}/objects?Q={quote(text)}", **PAGE)
    assert answer[0] == status
    assert sentence in html.fromstring(answer[2]).text_content()


def test_several_that_fit_are_listed(service, tap):
    names = [r["name"] for r in tap.search("SELECT name FROM oddsky.objects")]
    page = read_page(f"{service}/objects?Q=mock")
    shown = page.xpath("//tbody//a/text()")
    assert shown == sorted(names)[:50]
    assert page.xpath("string(//h1)") == "More than 50 objects fit “mock”"


def test_the_picture_of_a_map_has_every_object(service, tap):
    rows = tap.search("SELECT nad_x, nad_y FROM oddsky.objects WHERE nad_x IS NOT NULL")
    status, headers, body = fetch(f"{service}/objects/maps/nad.png")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    opacity = np.asarray(Image.open(io.BytesIO(body)).convert("RGBA"))[..., 3]
    assert 0 < np.count_nonzero(opacity) <= len(rows)
    assert fetch(f"{service}/objects/maps/no.png")[0] == 404


def test_an_object_stands_on_its_own_dot(service, tap, strangest):
    """The ring of the page lies where the picture behind it has an object."""
    page = read_page(f"{service}/objects/{strangest['obj_id']}")
    (card,) = page.xpath("//section[@aria-labelledby='map-whole']")
    (plot,) = card.xpath("./svg")
    assert stands_on_a_dot(service, plot)


def stands_on_a_dot(service: str, plot: html.HtmlElement) -> bool:
    """Return whether the picture behind a plot has an object where the ring is."""
    place = plot.xpath("string(./*[@class='here']/@transform)")
    across, down = (float(v) / 200 for v in re.findall(r"[\d.]+", place))
    (picture,) = plot.xpath("./image/@href")
    opacity = np.asarray(Image.open(io.BytesIO(fetch(f"{service}{picture}")[2])).convert("RGBA"))
    row, column = (int(f * (n - 1e-9)) for f, n in zip((down, across), opacity.shape, strict=False))
    return bool(opacity[row, column, 3])


def test_a_release_without_spectra_has_pages_too(tmp_path):
    make_release(tmp_path / "root")
    app = create_app(Settings(tmp_path / "root", tmp_path / "state"))
    client = app.test_client()
    page = client.get("/objects/7").text
    assert "holds no spectrum of this object" in page
    assert "Object 7" in page
    refused = client.get("/viewer", headers=PAGE)
    assert (refused.status_code, "ranks nothing" in refused.text) == (404, True)
    app.extensions["oddsky"].holdings.close()


def test_both_engines_tell_the_same(mock_release, tmp_path, postgres: Server, strangest):
    url = postgres.make_database("objects")
    load_release(Release.open(mock_release), url, None, lambda _table, _rows: None)
    told = []
    for database in ("", url):
        app = create_app(Settings(mock_release, tmp_path / "state", database=database))
        client = app.test_client()
        path = f"/objects/{strangest['obj_id']}"
        told.append(client.get(f"{path}?RESPONSEFORMAT=json").json)
        assert strangest["name"] in client.get(path).text
        assert client.get("/viewer/guide").json["lines"]
        app.extensions["oddsky"].holdings.close()
    assert told[0] == told[1]
