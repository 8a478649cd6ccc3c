"""Cut-outs of spectra, at once and as jobs, through pyvo and plain HTTP."""

import io
from pathlib import Path

import numpy as np
import pytest
import pyvo
import requests
from astropy import units as u
from astropy.io import fits, votable
from astropy.table import Table
from lxml import etree
from pyvo.dal.adhoc import DatalinkResults

from tests.support.schemas import load_schema
from tests.support.service import Server, running
from tests.support.shared import shared_path
from tests.unit.vo_service.uws.test_worker import until

METRES = 1e-10
XLINK = "{http://www.w3.org/1999/xlink}href"
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"


@pytest.fixture(scope="module")
def tap(service):
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="module")
def ids(tap) -> list[str]:
    found = tap.search("SELECT TOP 5 obj_id FROM oddsky.objects ORDER BY obj_id")["obj_id"]
    return [str(i) for i in found]


@pytest.fixture(scope="module")
def whole(service, ids) -> Table:
    """The first spectrum, from its own address."""
    answer = requests.get(f"{service}/spectra/{ids[0]}?RESPONSEFORMAT=fits", timeout=30)
    return Table.read(io.BytesIO(answer.content), format="fits")


def cut(service: str, **parameters) -> requests.Response:
    return requests.get(f"{service}/soda/sync", parameters, timeout=30)


def read(answer: requests.Response) -> Table:
    assert answer.status_code == 200, answer.text
    return Table.read(io.BytesIO(answer.content), format="votable")


def expect_same(part: Table, whole: Table) -> None:
    assert len(part) == len(whole)
    for name in ("wave", "flux", "ivar", "mask", "sky"):
        assert np.array_equal(part[name], whole[name]), name


def test_pyvo_cuts_a_spectrum_out_of_its_links(service, ids, whole):
    links = DatalinkResults.from_result_url(f"{service}/links?ID={ids[0]}")
    low, high = whole["wave"][100] * 1.0, whole["wave"][250] * 1.0
    row = next(links.iter_procs())
    made = row.processed(band=(low, high) * u.AA)
    expect_same(Table.read(io.BytesIO(made.read()), format="votable"), whole[100:251])
    by_hand = row.process(BAND=[low * METRES, high * METRES], RESPONSEFORMAT="fits")
    expect_same(Table.read(io.BytesIO(by_hand.read()), format="fits"), whole[100:251])


def test_the_links_say_between_which_wavelengths_there_is_something(service, ids, whole):
    links = DatalinkResults.from_result_url(f"{service}/links?ID={ids[0]}")
    row = next(links.iter_procs())
    band = next(p for p in row.input_params if p.name == "BAND")
    least, most = float(band.values.min), float(band.values.max)
    assert np.isclose(least, whole["wave"][0] * METRES, rtol=1e-12)
    assert np.isclose(most, whole["wave"][-1] * METRES, rtol=1e-12)
    limits = f"{band.values.min} {band.values.max}"
    expect_same(read(cut(service, ID=ids[0], BAND=limits)), whole)


def test_each_of_many_spectra_has_its_own_limits_and_cut(service, tap):
    result = tap.search("SELECT TOP 20 publisher_did, obj_id FROM oddsky.objects")
    for links in result.iter_datalinks():
        identifier = str(links.original_row["obj_id"])
        own = Table.read(f"{service}/spectra/{identifier}?RESPONSEFORMAT=fits", format="fits")
        row = next(links.iter_procs())
        band = next(p for p in row.input_params if p.name == "BAND")
        assert np.isclose(float(band.values.min), own["wave"][0] * METRES, rtol=1e-12)
        made = row.process(BAND=[band.values.min, band.values.max], RESPONSEFORMAT="fits")
        expect_same(Table.read(io.BytesIO(made.read()), format="fits"), own)
    assert len({l[0].id for l in result.iter_datalinks()}) == 20  # noqa: E741


def test_pyvo_cuts_from_a_row_of_tap(tap, service):
    row = tap.search("SELECT TOP 1 obj_id FROM oddsky.objects ORDER BY obj_id")[0]
    made = Table.read(io.BytesIO(row.processed(band=(5000, 5010) * u.AA).read()), format="votable")
    assert 5000 <= made["wave"].min() <= made["wave"].max() <= 5010


@pytest.mark.parametrize(
    ("band", "first", "end"),
    [
        ("-Inf +Inf", 0, None),
        ("{0} +Inf", 10, None),
        ("-Inf {1}", 0, 21),
        ("{0} {1}", 10, 21),
        ("{0} {0}", 10, 11),
        ("  {0}   {1} ", 10, 21),
        ("inf_is_not", None, None),
    ],
)
def test_open_closed_and_scalar_bands(service, ids, whole, band, first, end):
    text = band.format(*(repr(float(whole["wave"][i]) * METRES) for i in (10, 20)))
    answer = cut(service, ID=ids[0], BAND=text)
    if first is None:
        assert answer.status_code == 400
    else:
        expect_same(read(answer), whole[first:end])


def test_a_band_within_a_pixel_gives_the_nearest(service, ids, whole):
    between = (whole["wave"][10] * 0.9 + whole["wave"][11] * 0.1) * METRES
    expect_same(read(cut(service, ID=ids[0], BAND=f"{between} {between}")), whole[10:11])


def test_without_a_band_there_is_the_whole(service, ids, whole):
    expect_same(read(cut(service, ID=ids[0])), whole)


@pytest.mark.parametrize("frame", ["observed", "rest"])
@pytest.mark.parametrize("band", ["5e-7 5.1e-7", "5e-7 5e-7"])
@pytest.mark.parametrize(
    ("form", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"wave,"), ("json", b"{")]
)
def test_a_part_comes_in_every_format(service, ids, frame, band, form, begin):
    answer = cut(service, ID=ids[0], BAND=band, FRAME=frame, RESPONSEFORMAT=form)
    assert answer.status_code == 200
    assert answer.content.startswith(begin)


def test_a_post_and_a_did_are_as_good(service, ids, whole):
    values = {"ID": f"ivo://oddsky.invalid/spectra?{ids[0]}", "BAND": "5e-7 5.1e-7"}
    posted = requests.post(f"{service}/soda/sync", values, timeout=30)
    wave = whole["wave"]
    expect_same(read(posted), whole[(wave >= 5000) & (wave <= 5100)])


def test_the_rest_frame_is_cut_in_its_own_wavelengths(service, ids):
    url = f"{service}/spectra/{ids[0]}?FRAME=rest&RESPONSEFORMAT=fits"
    rest = Table.read(url, format="fits")
    part = read(cut(service, ID=ids[0], FRAME="rest", BAND="5e-7 5.1e-7"))
    inside = (rest["wave"] >= 5000) & (rest["wave"] <= 5100)
    assert part["wave"].tolist() == rest["wave"][inside].tolist()
    assert part.colnames == rest.colnames


@pytest.mark.parametrize("band", ["1e-7 2e-7", "1 2", "-2 -1", "-Inf 1e-9", "1e-5 +Inf"])
def test_where_there_is_nothing_the_answer_is_empty(service, ids, band):
    answer = cut(service, ID=ids[0], BAND=band)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({"BAND": "6e-7 5e-7"}, 400, "UsageError: BAND is '6e-7 5e-7'; the lesser"),
        ({"BAND": "five six"}, 400, "UsageError: BAND is 'five six'; it must be two wavelengths"),
        ({"BAND": "5e-7"}, 400, "UsageError: BAND is '5e-7'; it must be two"),
        ({"BAND": "5e-7 6e-7 7e-7"}, 400, "UsageError: BAND is '5e-7 6e-7 7e-7'"),
        ({"BAND": "nan 6e-7"}, 400, "UsageError: BAND is 'nan 6e-7'; it must be two"),
        ({"BAND": ["1 2", "2 3"]}, 400, "MultiValuedParamNotSupported: BAND"),
        ({"ID": ["1", "2"]}, 400, "MultiValuedParamNotSupported: ID"),
        ({"ID": ""}, 400, "UsageError: ID is missing"),
        ({"ID": "12"}, 404, "UsageError: There is no spectrum with obj_id 12"),
        ({"ID": "-12"}, 404, "UsageError: There is no spectrum '-12'"),
        ({"ID": "9" * 19}, 404, "UsageError: There is no spectrum"),
        ({"ID": "a/../b"}, 404, "UsageError: There is no spectrum 'a/../b'"),
        ({"FRAME": "moon"}, 400, "UsageError: FRAME 'moon' is not known"),
        ({"RESPONSEFORMAT": "docx"}, 400, "UsageError: RESPONSEFORMAT 'docx'"),
    ],
)
def test_what_is_wrong_is_told_as_soda_does(service, ids, parameters, status, said):
    answer = cut(service, **{"ID": ids[0]} | parameters)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(said)


def run_job(service: str, **parameters) -> tuple[str, etree._Element]:
    """Run a job to its end; return its URL and document."""
    answer = requests.post(
        f"{service}/soda/async", parameters | {"PHASE": "RUN"}, allow_redirects=False, timeout=30
    )
    assert answer.status_code == 303
    url = answer.headers["Location"]
    until(lambda: requests.get(f"{url}/phase", timeout=30).text in ("COMPLETED", "ERROR"), 30)
    return url, etree.fromstring(requests.get(url, timeout=30).content)


def test_a_job_has_a_result_for_every_id_with_every_band(service, ids, whole, tmp_path):
    bands = ["5e-7 5.1e-7", "1e-7 2e-7"]
    url, document = run_job(service, ID=[ids[0], "12", ids[1]], BAND=bands)
    load_schema(tmp_path).assertValid(document)
    found = {r.get("id"): r for r in document.iter(f"{UWS}result")}
    assert list(found) == [f"cutout-{i}-{j}" for i in (1, 2, 3) for j in (1, 2)]
    answers = {name: requests.get(r.get(XLINK), timeout=30) for name, r in found.items()}
    for name, result in found.items():
        assert answers[name].headers["Content-Type"] == result.get("mime-type")
        assert len(answers[name].content) == int(result.get("size"))
    wave = whole["wave"]
    expect_same(read(answers["cutout-1-1"]), whole[(wave >= 5000) & (wave <= 5100)])
    assert answers["cutout-1-1"].content == cut(service, ID=ids[0], BAND=bands[0]).content
    assert answers["cutout-1-2"].text.startswith(f"UsageError: Spectrum {ids[0]} has nothing in")
    assert answers["cutout-2-1"].text.startswith("UsageError: There is no spectrum with obj_id 12")
    assert requests.get(f"{url}/results/result", timeout=30).status_code == 404


def test_a_job_in_another_format(service, ids):
    _, document = run_job(service, ID=ids[:2], BAND="5e-7 5.1e-7", RESPONSEFORMAT="fits")
    for result in document.iter(f"{UWS}result"):
        content = requests.get(result.get(XLINK), timeout=30).content
        assert len(Table.read(io.BytesIO(content), format="fits")) > 50


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"BAND": "5e-7 6e-7"}, "UsageError: ID is missing"),
        ({"ID": "1", "BAND": "x"}, "UsageError: BAND is 'x'"),
        ({"ID": "1", "FRAME": "moon"}, "UsageError: FRAME"),
        ({"ID": [str(i) for i in range(2001)]}, "UsageError: 2001 cut-outs are asked for"),
    ],
)
def test_a_job_that_is_wrong_fails_and_says_why(service, parameters, said):
    url, document = run_job(service, **parameters)
    assert document.find(f"{UWS}phase").text == "ERROR"
    error = requests.get(f"{url}/error", timeout=30)
    assert (error.status_code, error.headers["Content-Type"]) == (
        200, "text/plain; charset=utf-8",
    )  # fmt: skip
    assert error.text.startswith(said)


def test_a_job_with_far_too_many_is_refused_at_once(service):
    body = "&".join(f"ID={i}" for i in range(10_001))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(f"{service}/soda/async", body, headers=kind, timeout=60)
    assert answer.status_code == 413
    assert answer.text.startswith("UsageError: ID is given 10001 times; a job takes at most 10000.")


def test_jobs_of_one_service_are_not_those_of_another(service, ids):
    url, _ = run_job(service, ID=ids[0])
    number = url.rpartition("/")[2]
    assert requests.get(f"{service}/tap/async/{number}", timeout=30).status_code == 404
    assert number not in requests.get(f"{service}/tap/async", timeout=30).text
    assert number in requests.get(f"{service}/soda/async", timeout=30).text
    wrong = requests.delete(f"{service}/tap/async/{number}", timeout=30)
    assert wrong.status_code == 404
    requests.delete(url, timeout=30)
    gone = requests.get(url, timeout=30)
    assert gone.status_code == 404
    assert gone.text.startswith("UsageError: There is no job")


def test_a_job_that_takes_too_long_is_stopped(mock_release: Path, tmp_path, ids):
    with running(mock_release, tmp_path) as server:
        url = create_pending(server, ids)
        requests.post(f"{url}/executionduration", {"EXECUTIONDURATION": "1"}, timeout=20)
        requests.post(f"{url}/phase", {"PHASE": "RUN"}, timeout=20)
        until(lambda: requests.get(f"{url}/phase", timeout=20).text == "ERROR", 60)
        assert requests.get(f"{url}/error", timeout=20).text.startswith("Error: The query was")
        assert list((tmp_path / "results").iterdir()) == []


def test_an_aborted_job_stops_and_leaves_nothing(mock_release: Path, tmp_path, ids):
    with running(mock_release, tmp_path) as server:
        url = create_pending(server, ids)
        requests.post(f"{url}/phase", {"PHASE": "RUN"}, timeout=20)
        until(lambda: any((tmp_path / "results").glob("*.vot")), 20)
        requests.post(f"{url}/phase", {"PHASE": "ABORT"}, timeout=20)
        until(lambda: not list((tmp_path / "results").iterdir()), 20)
        assert requests.get(f"{url}/phase", timeout=20).text == "ABORTED"


def create_pending(server: Server, ids: list[str]) -> str:
    bands = [f"{4e-7 + i * 1e-10} 9e-7" for i in range(400)]
    answer = requests.post(
        f"{server.url}/soda/async", {"ID": ids, "BAND": bands}, allow_redirects=False, timeout=20
    )
    return answer.headers["Location"]


@pytest.mark.parametrize("room", ["tap", "soda"])
def test_capabilities_name_links_and_cutouts(service, room):
    found = {
        c.standardid: [i.accessurls[0].content for i in c.interfaces]
        for c in pyvo.io.vosi.parse_capabilities(
            io.BytesIO(requests.get(f"{service}/{room}/capabilities", timeout=30).content)
        )
    }
    assert found["ivo://ivoa.net/std/DataLink#links-1.1"] == [f"{service}/links"]
    assert found["ivo://ivoa.net/std/SODA#sync-1.0"] == [f"{service}/soda/sync"]
    assert found["ivo://ivoa.net/std/SODA#async-1.0"] == [f"{service}/soda/async"]


def test_soda_says_that_it_is_available(service):
    assert "<vosi:available>true" in requests.get(f"{service}/soda/availability", timeout=30).text


def test_every_cutout_is_a_votable_that_astropy_takes_whole(service, ids):
    body = cut(service, ID=ids[0], BAND="5e-7 5.1e-7").content
    votable.parse(io.BytesIO(body), verify="exception")


def test_a_part_of_a_real_spectrum_is_that_of_its_file(real_service):
    path = shared_path("data/sdss_dr14/native/spec-1665-52976-0198.fits")
    query = "SELECT * FROM oddsky.objects WHERE plate = 1665 AND mjd = 52976 AND fiberid = 198"
    (row,) = pyvo.dal.TAPService(f"{real_service}/tap").search(query)
    (links,) = [row.getdatalink()]
    made = next(links.iter_procs()).process(BAND=[5.5e-7, 6e-7], RESPONSEFORMAT="fits")
    part = Table.read(io.BytesIO(made.read()), format="fits")
    with fits.open(path) as hdus:
        file = hdus["COADD"].data
        metres = 10 ** file["loglam"].astype(float) * METRES
        inside = (metres >= 5.5e-7) & (metres <= 6e-7)
        assert np.allclose(part["wave"], metres[inside] / METRES, rtol=1e-6, atol=0)
        assert np.array_equal(part["flux"], file["flux"][inside])
        assert np.array_equal(part["ivar"], file["ivar"][inside])
    page = [r.access_url for r in links if r["local_semantics"] == "survey-page"]
    assert page == [row["explorer_url"]]
