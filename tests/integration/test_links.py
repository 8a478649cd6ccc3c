"""Links of spectra through the clients that follow them: pyvo, STILTS, plain HTTP."""

import io
import re
import subprocess
import urllib.parse

import numpy as np
import pytest
import pyvo
import requests
from astropy.io.votable import parse
from astropy.table import Table
from pyvo.dal.adhoc import DatalinkResults, DatalinkService

from tests.support.programs import run_program
from tests.support.service import ODDSKY, serving

COLUMNS = {
    "ID": ("char", "meta.id;meta.main"),
    "access_url": ("char", "meta.ref.url"),
    "service_def": ("char", "meta.ref"),
    "error_message": ("char", "meta.code.error"),
    "description": ("char", "meta.note"),
    "semantics": ("char", "meta.code"),
    "content_type": ("char", "meta.code.mime"),
    "content_length": ("long", "phys.size;meta.file"),
    "content_qualifier": ("char", None),
    "local_semantics": ("char", "meta.id.assoc"),
    "link_auth": ("char", "meta.code"),
    "link_authorized": ("boolean", "meta.code"),
}
"""Data type and UCD of DataLink 1.1, table 1."""

VOCABULARY = {
    "#this", "#progenitor", "#derivation", "#auxiliary", "#weight", "#error", "#noise",
    "#calibration", "#bias", "#dark", "#flat", "#preview", "#preview-image", "#preview-plot",
    "#thumbnail", "#proc", "#cutout", "#documentation", "#detached-header", "#coderived",
    "#counterpart", "#package",
}  # fmt: skip
"""Of http://www.ivoa.net/rdf/datalink/core."""

NEWER = {"documentation", "counterpart"}
"""Terms that the vocabulary has got since STILTS 3.4.7 took its copy."""


@pytest.fixture(scope="module")
def tap(service):
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="module")
def ids(tap) -> list[str]:
    found = tap.search("SELECT obj_id FROM oddsky.objects ORDER BY obj_id")["obj_id"]
    return [str(i) for i in found]


def ask(service: str, *identifiers: str, **others: str) -> requests.Response:
    return requests.post(f"{service}/links", {"ID": identifiers} | others, timeout=30)


def rows(answer: requests.Response) -> Table:
    assert answer.status_code == 200, answer.text
    return parse(io.BytesIO(answer.content), verify="exception").get_first_table().to_table()


def test_the_table_is_what_datalink_describes(service, ids):
    answer = ask(service, ids[0])
    assert answer.headers["Content-Type"] == "application/x-votable+xml;content=datalink"
    resource = parse(io.BytesIO(answer.content), verify="exception").resources[0]
    assert ("standardID", "ivo://ivoa.net/std/DataLink#links-1.1") in [
        (i.name, i.value) for i in resource.infos
    ]
    assert {f.name: (f.datatype, f.ucd) for f in resource.tables[0].fields} == COLUMNS
    assert str(resource.tables[0].get_field_by_id_or_name("content_length").unit) == "byte"
    assert b"<TABLEDATA>" in answer.content


def test_every_row_has_one_target_and_a_term_of_the_vocabulary(service, ids):
    table = rows(ask(service, *ids[:20], "nonsense", "12"))
    targets = [np.char.str_len(np.ma.filled(table[n].astype(str), "")) > 0
               for n in ("access_url", "service_def", "error_message")]  # fmt: skip
    assert (np.sum(targets, axis=0) == 1).all()
    assert set(table["semantics"]) <= VOCABULARY
    assert {"#this", "#preview", "#preview-plot", "#derivation", "#cutout"} <= set(
        table["semantics"]
    )


def test_good_and_bad_identifiers_each_get_their_rows_together_and_in_their_order(service, ids):
    long = "9" * 19
    did = f"ivo://oddsky.invalid/spectra?{ids[1]}"
    asked = [ids[0], "-5", did, "1e18", "12", long, "<&>", "Å", "9" * 60, ids[2]]
    table = rows(ask(service, *asked))
    told = [str(i) for i in table["ID"]]
    groups = [t for n, t in enumerate(told) if n == 0 or told[n - 1] != t]
    assert groups == asked
    errors = {str(r["ID"]): str(r["error_message"]) for r in table if r["error_message"]}
    assert set(errors) == set(groups) - {ids[0], did, ids[2]}
    assert all(re.match("(NotFound|Usage)Fault: ", text) for text in errors.values())
    assert errors["12"].startswith("NotFoundFault: There is no spectrum with obj_id 12")
    assert all(r["semantics"] == "#this" for r in table if r["error_message"])


def test_an_identifier_that_is_given_twice_is_answered_once(service, ids):
    assert len(rows(ask(service, ids[0], ids[0]))) == len(rows(ask(service, ids[0])))


def test_get_and_post_are_the_same(service, ids):
    query = urllib.parse.urlencode({"ID": ids[:3]}, doseq=True)
    got = requests.get(f"{service}/links?{query}", timeout=30)
    assert got.content == ask(service, *ids[:3]).content


def test_without_identifiers_the_service_describes_itself(service):
    answer = requests.get(f"{service}/links", timeout=30)
    assert len(rows(answer)) == 0
    (described,) = [r for r in parse(io.BytesIO(answer.content)).resources if r.type == "meta"]
    assert described.utype == "adhoc:this"
    assert "OVERFLOW" not in answer.text


def test_more_identifiers_than_are_taken_are_an_overflow(service, ids):
    many = [f"ivo://a{i}/spectra?{ids[0]}" for i in range(2001)]
    answer = ask(service, *many)
    assert 'name="QUERY_STATUS" value="OVERFLOW"' in answer.text
    assert len(set(rows(answer)["ID"])) == 2000


def test_maxrec_never_cuts_the_links_of_one_identifier(service, ids):
    each = len(rows(ask(service, ids[0])))
    whole = rows(ask(service, *ids[:3]))
    assert len(whole) == 3 * each
    cut = ask(service, *ids[:3], MAXREC=str(2 * each + 1))
    assert len(rows(cut)) == 2 * each
    assert "OVERFLOW" in cut.text
    assert "OVERFLOW" not in ask(service, *ids[:3], MAXREC=str(3 * each)).text
    nothing = ask(service, *ids[:3], MAXREC="0")
    assert len(rows(nothing)) == 0
    assert "OVERFLOW" in nothing.text


@pytest.mark.parametrize(
    ("wanted", "media_type"),
    [
        ("votable", "application/x-votable+xml;content=datalink"),
        ("application/x-votable+xml", "application/x-votable+xml;content=datalink"),
        ("text/xml; content=datalink", "application/x-votable+xml;content=datalink"),
        ("votable/b2", "application/x-votable+xml;serialization=BINARY2"),
        ("csv", "text/csv;header=present"),
        ("json", "application/json"),
    ],
)  # fmt: skip
def test_the_format_is_the_one_that_was_asked_for(service, ids, wanted, media_type):
    answer = ask(service, ids[0], RESPONSEFORMAT=wanted)
    assert answer.headers["Content-Type"] == media_type


def test_a_wrong_format_is_a_usage_fault(service, ids):
    answer = ask(service, ids[0], RESPONSEFORMAT="docx")
    assert answer.status_code == 400
    assert 'value="ERROR"' in answer.text
    assert "UsageFault: RESPONSEFORMAT &#x27;docx&#x27;" in answer.text.replace("'", "&#x27;")


def test_our_own_links_lead_to_what_they_say(service, ids):
    for row in rows(ask(service, ids[0])):
        url, kind = str(row["access_url"]), str(row["content_type"])
        local = str(row["local_semantics"])
        is_there = local.startswith(("spectrum-", "preview-", "rest-", "similar-"))
        if not is_there:
            continue
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 200, url
        assert answer.headers["Content-Type"] == kind
        length = row["content_length"]
        assert np.ma.is_masked(length) or length == len(answer.content)


def test_similar_objects_are_those_of_the_region(service, tap, ids):
    table = rows(ask(service, ids[0]))
    similar = [r for r in table if str(r["local_semantics"]) == "similar-nad"]
    shown = Table.read(io.BytesIO(requests.get(similar[0]["access_url"], timeout=30).content))
    theirs = tap.search(
        f"SELECT neighbour_id FROM oddsky.neighbours WHERE obj_id = {ids[0]} "
        "AND region_id = 'nad' ORDER BY nb_rank"
    )["neighbour_id"]
    assert shown["obj_id"].tolist() == theirs.tolist()


def test_repeats_are_the_other_spectra_of_the_source(service, tap, ids):
    found = tap.search("SELECT obj_id, source_id FROM oddsky.objects").to_table()
    sources, counts = np.unique(found["source_id"], return_counts=True)
    repeated = sources[counts > 1]
    assert repeated.size, "the mock survey has repeats"
    for source in repeated[:5]:
        same = {str(i) for i in found["obj_id"][found["source_id"] == source]}
        table = rows(ask(service, *same))
        for identifier in same:
            urls = [
                str(r["access_url"])
                for r in table
                if r["ID"] == identifier and r["local_semantics"] == "repeat"
            ]
            others = {re.search(r"/spectra/(\d+)", u)[1] for u in urls}
            assert others == same - {identifier}
    alone = {str(i) for i in found["obj_id"][np.isin(found["source_id"], sources[counts == 1])]}
    assert "repeat" not in set(rows(ask(service, sorted(alone)[0]))["local_semantics"])


def test_the_sky_is_linked_at_the_position(service, tap, ids):
    where = tap.search(f"SELECT ra, dec FROM oddsky.objects WHERE obj_id = {ids[0]}")[0]
    links = {str(r["local_semantics"]): r for r in rows(ask(service, ids[0]))}
    image = urllib.parse.parse_qs(urllib.parse.urlsplit(links["sky-image"]["access_url"]).query)
    assert float(image["ra"][0]) == where["ra"]
    assert float(image["dec"][0]) == where["dec"]
    simbad = urllib.parse.parse_qs(urllib.parse.urlsplit(links["simbad"]["access_url"]).query)
    assert [float(v) for v in simbad["Coord"][0].split()] == [where["ra"], where["dec"]]


@pytest.mark.client
def test_datalinklint_knows_but_newer_terms_as_wrong(service, ids, tmp_path):
    """It knows DataLink 1.0 and the vocabulary of its time."""
    for number, asked in enumerate([ids[:2], [ids[0], "nonsense"], [], ["12"]]):
        path = tmp_path / f"{number}.vot"
        path.write_bytes(ask(service, *asked).content)
        lint = run_program("stilts", "datalinklint", f"votable={path}", "maxrepeat=9999")
        assert "Totals: " in lint.stdout, lint.stderr
        said = re.findall(r"^[EWF]-.*$", lint.stdout, re.MULTILINE)
        known = [re.search(r"Unknown predicate '(\S+)' from core", line) for line in said]
        assert all(k and k[1] in NEWER for k in known), said


@pytest.mark.client
def test_datalinklint_is_content_with_the_address(service, ids):
    url = f"{service}/links?ID={ids[0]}"
    lint = run_program("stilts", "datalinklint", f"votable={url}", "maxrepeat=9999", "report=EWF")
    said = re.findall(r"^[EWF]-(?!SMCO).*$", lint.stdout, re.MULTILINE)
    assert "Totals: " in lint.stdout
    assert said == []


@pytest.mark.client
@pytest.mark.parametrize("asked", ["ID={id}", "ID={id}&ID=x", "", "ID={id}&RESPONSEFORMAT=docx"])
def test_votlint_is_clean(service, ids, tmp_path, asked):
    body = requests.get(f"{service}/links?{asked.format(id=ids[0])}", timeout=30).content
    (tmp_path / "links.vot").write_bytes(body)
    lint = run_program("stilts", "votlint", f"votable={tmp_path / 'links.vot'}")
    assert (lint.stdout + lint.stderr).strip() == ""


def test_pyvo_reads_links_and_gets_the_spectrum(service, ids):
    links = DatalinkResults.from_result_url(f"{service}/links?ID={ids[0]}")
    # Narrower terms would be looked up in the vocabulary, over the network.
    first, second = links.bysemantics("#this", include_narrower=False)
    spectrum = Table.read(io.BytesIO(first.getdataset().read()), format="votable")
    same = Table.read(io.BytesIO(second.getdataset().read()), format="fits")
    assert np.array_equal(spectrum["flux"], same["flux"])
    (preview,) = links.bysemantics("#preview", include_narrower=False)
    assert preview.content_type == "image/png"
    again = DatalinkService(f"{service}/links").search(ids[0])
    assert len(again) == len(links)


QUERIES = {
    "objects": "SELECT TOP 70 publisher_did, z FROM oddsky.objects",
    "renamed": "SELECT TOP 3 publisher_did AS mine, z FROM oddsky.objects",
    "all columns": "SELECT TOP 3 * FROM oddsky.objects",
    "obscore": "SELECT TOP 3 * FROM ivoa.obscore",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_pyvo_follows_the_links_of_a_result(tap, query):
    result = tap.search(query)
    column = next(n for n in ("publisher_did", "mine", "obs_publisher_did")
                  if n in result.fieldnames)  # fmt: skip
    followed = list(result.iter_datalinks())
    assert {d[0].id for d in followed} == set(result[column])
    assert all(d.original_row[column] == d[0].id for d in followed)


def test_pyvo_follows_the_links_of_a_row_by_obj_id(tap):
    row = tap.search("SELECT TOP 1 obj_id FROM oddsky.objects")[0]
    assert {r.id for r in row.getdatalink()} == {str(row["obj_id"])}


def test_pyvo_follows_the_links_of_a_cone(service, tap):
    where = tap.search("SELECT TOP 1 ra, dec FROM oddsky.objects")[0]
    cone = pyvo.dal.SCSService(f"{service}/cone").search((where["ra"], where["dec"]), 3)
    assert len(cone) > 1
    assert len(list(cone.iter_datalinks())) == len(cone)


def test_both_engines_give_the_same_links(service, ids, mock_release, postgres, tmp_path):
    options = ("--database", postgres.make_database("links"))
    command = [ODDSKY, "load", mock_release, *options]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    with serving(mock_release, tmp_path, *options) as other:
        for asked in (ids[:50], ["12", ids[0], "x"], []):
            theirs = ask(other, *asked).text.replace(other, service)
            assert theirs == ask(service, *asked).text


def test_a_head_and_a_tag_spare_the_work(service, ids):
    url = f"{service}/links?ID={ids[0]}"
    assert requests.head(url, timeout=30).status_code == 200
    tag = requests.get(url, timeout=30).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": tag}, timeout=30).status_code == 304
