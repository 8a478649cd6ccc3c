"""Stacks as clients ask for them, beside sums over the spectra that the service itself gives."""

import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import pyvo
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table
from lxml import etree
from PIL import Image

from tests.support.grid_release import NAD, make_grid_release
from tests.support.postgres import Server
from tests.support.schemas import load_schema
from tests.support.service import serving
from vo_service.release.postgres import load_release
from vo_service.release.release import Release

ALL = "SELECT obj_id, z, nad_x FROM oddsky.objects"
COLUMNS = ["mean", "error", "median", "p16", "p84", "n_spec"]


def ask(service: str, data: bytes | None = None, **parameters: object) -> tuple[int, dict, bytes]:
    """GET a stack, or POST it where there is a body."""
    url = f"{service}/stack?{urllib.parse.urlencode(parameters, doseq=True)}"
    request = urllib.request.Request(url, data)
    if data is not None:
        request.add_header("Content-Type", "multipart/form-data; boundary=ODD")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def upload(content: str) -> bytes:
    """Write a form that holds a file `mine`."""
    head = '--ODD\r\nContent-Disposition: form-data; name="mine"; filename="mine.csv"\r\n\r\n'
    return f"{head}{content}\r\n--ODD--\r\n".encode()


def stacks(service: str, data: bytes | None = None, **parameters: object) -> Table:
    status, _, body = ask(service, data, **parameters)
    assert status == 200, body[-500:]
    table = Table.read(io.BytesIO(body), format="votable")
    for name in (n for n in table.colnames if table[n].dtype.kind == "f"):
        table[name] = table[name].filled(np.nan) if hasattr(table[name], "filled") else table[name]
    return table


def refusal(service: str, data: bytes | None = None, **parameters: object) -> tuple[int, str]:
    """Return the status and the one sentence of an error."""
    status, _, body = ask(service, data, **parameters)
    (info,) = [i for i in parse(io.BytesIO(body)).resources[0].infos if i.name == "QUERY_STATUS"]
    assert info.value == "ERROR"
    return status, info.content


@pytest.fixture(scope="module")
def objects(service):
    table = pyvo.dal.TAPService(f"{service}/tap").search(f"{ALL} WHERE nad_x IS NOT NULL")
    return table.to_table()


def by_hand(service: str, obj_ids: list[int], region: tuple[float, float]) -> Table:
    """Stack spectra that are fetched one by one, each over its median in a region."""
    flux, weight = [], []
    for obj_id in obj_ids:
        url = f"{service}/spectra/{obj_id}?FRAME=rest"
        spectrum = Table.read(url, format="votable")
        wave = np.asarray(spectrum["wave"])
        here = (wave >= region[0]) & (wave <= region[1])
        f, w = (np.asarray(spectrum[name][here], float) for name in ("flux", "ivar"))
        norm = np.median(f[w > 0])
        flux.append(np.where(w > 0, f / norm, np.nan))
        weight.append(w * norm**2)
    flux, weight = np.array(flux), np.array(weight)
    p16, median, p84 = np.nanpercentile(flux, (16, 50, 84), axis=0)
    mean = np.nansum(weight * np.nan_to_num(flux), axis=0) / weight.sum(axis=0)
    values = [wave[here], mean, weight.sum(axis=0) ** -0.5, median, p16, p84]
    return Table([*values, np.isfinite(flux).sum(axis=0)], names=["wave", *COLUMNS])


def test_groups_along_redshift_are_what_a_reader_of_single_spectra_finds(service, objects):
    chosen = objects[:21]
    ids = chosen["obj_id"].tolist()
    found = stacks(service, ID=ids, ORDER="z", GROUPS=4, REGION="nad")
    ordered = chosen["obj_id"][np.lexsort((chosen["obj_id"], chosen["z"]))].tolist()
    groups = [ordered[:6], ordered[6:11], ordered[11:16], ordered[16:]]
    assert sorted(set(found["group_number"])) == [1, 2, 3, 4]
    for number, members in enumerate(groups, 1):
        mine = found[found["group_number"] == number]
        expected = by_hand(service, members, (5680, 6120))
        for name in ("wave", *COLUMNS):
            assert np.allclose(mine[name], expected[name], rtol=1e-5, atol=1e-7), name
        median = np.median(chosen["z"][np.isin(chosen["obj_id"], members)])
        assert np.allclose(mine["order_median"], median)


def test_the_order_of_identifiers_and_how_they_are_sent_change_nothing(service, objects):
    ids = objects["obj_id"][:40].tolist()
    asked = {"ORDER": "z", "GROUPS": 3, "REGION": "nad", "RESPONSEFORMAT": "csv"}
    first = ask(service, ID=ids, **asked)[2]
    assert first.count(b"\n") > 3 * 300
    assert ask(service, ID=",".join(map(str, reversed(ids))), **asked)[2] == first
    did = [f"ivo://oddsky.invalid/spectra?{i}" for i in ids]
    assert ask(service, ID=did, **asked)[2] == first
    listed = ", ".join(map(str, ids))
    query = f"SELECT obj_id FROM oddsky.objects WHERE obj_id IN ({listed})"
    assert ask(service, QUERY=query, **asked)[2] == first
    table = "obj_id\n" + "\n".join(map(str, ids[::-1]))
    sent = ask(service, upload(table), UPLOAD="mine,param:mine", **asked)
    assert sent[2] == first


def test_an_upload_may_bring_its_own_order_and_join_a_query(service, objects):
    ids = objects["obj_id"][:6].tolist()
    table = "\n".join(["weight,OBJ_ID", *(f"{10 - i},{obj_id}" for i, obj_id in enumerate(ids))])
    asked = {"UPLOAD": "mine,param:mine", "ORDER": "weight", "GROUPS": 2, "REGION": "nad"}
    alone = stacks(service, upload(table), **asked)
    assert alone["order_median"][0] == 6
    expected = by_hand(service, ids[3:], (5680, 6120))
    assert np.allclose(alone["mean"][alone["group_number"] == 1], expected["mean"], rtol=1e-5)
    query = "SELECT o.obj_id, u.weight FROM oddsky.objects o JOIN TAP_UPLOAD.mine u USING (obj_id)"
    joined = stacks(service, upload(table), QUERY=query, **asked)
    assert np.array_equal(joined["mean"], alone["mean"])


def test_what_is_left_out_is_told_in_every_format(service, objects):
    ids = [*objects["obj_id"][:4].tolist(), 4, 5, "x", objects["obj_id"][0]]
    asked = {"ID": ids, "ORDER": "z", "GROUPS": 2, "REGION": "nad"}
    told = "ids that are no spectra of this release: 2 (4, 5)"
    _, headers, body = ask(service, RESPONSEFORMAT="votable/td", **asked)
    infos = [i.value for i in parse(io.BytesIO(body)).resources[0].infos if i.name == "left_out"]
    assert told in infos
    assert f"repeated rows: 1 ({ids[-1]})" in infos
    assert "rows whose identifier is no obj_id: 1 (x)" in infos
    assert told in headers["Oddsky-Left-Out"]
    _, headers, body = ask(service, RESPONSEFORMAT="csv", **asked)
    assert told in headers["Oddsky-Left-Out"]
    _, _, body = ask(service, RESPONSEFORMAT="fits", **asked)
    with fits.open(io.BytesIO(body)) as hdus:
        history = "".join(hdus[1].header["HISTORY"])
    assert "no spectra of this release: 2 (4, 5)" in history


def test_what_a_client_sent_is_told_without_harm(service, objects):
    ids = [int(objects["obj_id"][0]), "\x00\x07", "a\r\nSet-Cookie: b", "☃<&>"]
    for form in ("votable/td", "fits", "csv", "png"):
        status, headers, body = ask(service, ID=ids, REGION="nad", RESPONSEFORMAT=form)
        assert status == 200
        assert "Set-Cookie" not in headers
        assert headers["Oddsky-Left-Out"].startswith(
            "rows whose identifier is no obj_id: 3 (??, a??Set-"
        )
    _, _, body = ask(service, ID=ids, REGION="nad")
    told = [i.value for i in parse(io.BytesIO(body)).resources[0].infos if i.name == "left_out"]
    assert "☃<&>" in told[0]


def test_params_describe_the_groups(service, objects):
    z = np.sort(objects["z"])
    _, _, body = ask(service, QUERY=ALL, ORDER="z", GROUPS=3, REGION="nad")
    table = parse(io.BytesIO(body)).get_first_table()
    params = {param.name: param.value for param in table.params}
    parts = np.array_split(np.sort(stack_order(service)), 3)
    assert params["order_by"] == "z"
    assert params["group_size"].tolist() == [part.size for part in parts]
    assert np.allclose(params["order_min"], [part.min() for part in parts])
    assert np.allclose(params["order_median"], [np.median(part) for part in parts])
    assert np.allclose(params["order_max"], [part.max() for part in parts])
    assert (params["n_stacked_nad"] <= params["group_size"]).all()
    assert z.size <= sum(part.size for part in parts)


def stack_order(service: str) -> np.ndarray:
    return np.asarray(pyvo.dal.TAPService(f"{service}/tap").search(ALL).to_table()["z"])


def test_regions_have_the_same_groups_and_the_pixels_that_are_published(service):
    tap = pyvo.dal.TAPService(f"{service}/tap")
    regions = tap.search("SELECT region_id, lo, hi, pixels FROM oddsky.regions").to_table()
    found = stacks(service, QUERY=ALL, ORDER="nad_x", GROUPS=2, REGION="all")
    assert set(found["region_id"]) == set(regions["region_id"])
    for row in regions:
        mine = found[(found["region_id"] == row["region_id"]) & (found["group_number"] == 2)]
        assert len(mine) == row["pixels"]
        assert mine["wave"].min() >= row["lo"]
        assert mine["wave"].max() <= row["hi"] + 1
    assert len(set(found["order_median"])) == 2


def test_norms(service, objects):
    asked = {"ID": int(objects["obj_id"][0]), "REGION": "nad"}
    spectrum = Table.read(f"{service}/spectra/{asked['ID']}?FRAME=rest", format="votable")
    flux = np.where(spectrum["ivar"] > 0, np.asarray(spectrum["flux"], float), np.nan)
    here = (spectrum["wave"] > 5680) & (spectrum["wave"] < 6120)
    # The whole spectrum begins at 3700 Angstrom, a pixel after the grid.
    norms = {"none": 1, "region": np.nanmedian(flux[here]), "whole": np.nanmedian(flux[1:])}
    for norm, value in norms.items():
        found = stacks(service, NORM=norm, **asked)
        assert np.allclose(found["mean"], flux[here] / value, rtol=1e-5, equal_nan=True)
        assert (found["p16"] == found["p84"])[found["n_spec"] == 1].all()
    assert str(stacks(service, NORM="none", **asked)["mean"].unit).endswith(
        "erg / (Angstrom s cm2)"
    )


@pytest.mark.parametrize("form", ["votable/b2", "votable/td", "csv", "fits", "json", "parquet"])
def test_every_format_holds_the_same_stacks(service, form):
    asked = {"QUERY": ALL, "ORDER": "z", "GROUPS": 2, "REGION": "nad"}
    expected = stacks(service, **asked)
    status, _, body = ask(service, RESPONSEFORMAT=form, **asked)
    assert status == 200
    if form == "json":
        read = json.loads(body)
        names = [column["name"] for column in read["metadata"]]
        found = dict(zip(names, zip(*read["data"], strict=True), strict=True))
    elif form == "parquet":
        found = pq.read_table(io.BytesIO(body)).to_pydict()
    else:
        kind = {"csv": "ascii.csv"}.get(form, form.split("/")[0])
        found = Table.read(io.BytesIO(body), format=kind)
    for name in ("wave", "group_number", *COLUMNS):
        assert np.allclose(np.array(found[name], float), expected[name], equal_nan=True), name


@pytest.mark.client
def test_a_stack_keeps_to_the_schema_of_votable(service, tmp_path: Path):
    schema = load_schema(tmp_path)
    for extra in ({"GROUPS": 1, "ORDER": "z"}, {"MAP": "nad", "FROM": "0,0", "TO": "3,4"}, {}):
        _, _, body = ask(service, QUERY=ALL, REGION="nad", **extra)
        schema.assertValid(etree.fromstring(body))


def test_pictures_are_drawn_and_equal_ones_are_equal(service):
    asked = {"QUERY": ALL, "ORDER": "z", "GROUPS": 4, "REGION": "nad,halpha"}
    _, headers, body = ask(service, RESPONSEFORMAT="png", **asked)
    assert headers["Content-Type"] == "image/png"
    picture = np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))
    assert picture.shape[1] > picture.shape[0] > 500
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
    assert ask(service, RESPONSEFORMAT="image/png", **asked)[2] == body
    _, headers, body = ask(service, RESPONSEFORMAT="svg", **asked)
    assert headers["Content-Type"].startswith("image/svg+xml")
    assert etree.fromstring(body).tag == "{http://www.w3.org/2000/svg}svg"
    assert ask(service, RESPONSEFORMAT="svg", **asked)[2] == body


def test_one_stack_and_many_are_drawn_too(service):
    for extra in ({}, {"ORDER": "z", "GROUPS": 60}, {"NORM": "none"}):
        status, _, body = ask(service, QUERY=ALL, RESPONSEFORMAT="png", REGION="sii", **extra)
        assert (status, body[:4]) == (200, b"\x89PNG")


def test_names_of_columns_are_drawn_as_they_are(service):
    query = 'SELECT obj_id, z AS "$\\frac{z$_^" FROM oddsky.objects'
    asked = {"QUERY": query, "ORDER": "$\\frac{z$_^", "REGION": "nad"}
    for form in ("png", "svg"):
        assert ask(service, RESPONSEFORMAT=form, **asked)[0] == 200
    first = pyvo.dal.TAPService(f"{service}/tap").search("SELECT TOP 1 obj_id FROM oddsky.objects")
    ids = ["\x00$x$", int(first["obj_id"][0])]
    _, _, body = ask(service, ID=ids, REGION="nad", RESPONSEFORMAT="svg")
    assert etree.fromstring(body).tag.endswith("svg")


def test_head_and_maxrec_0_run_nothing_and_maxrec_cuts(service):
    request = urllib.request.Request(f"{service}/stack?ID=1", method="HEAD")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    _, _, body = ask(service, QUERY=ALL, MAXREC=0)
    assert len(parse(io.BytesIO(body)).get_first_table().array) == 0
    _, _, body = ask(service, QUERY=ALL, MAXREC=7, RESPONSEFORMAT="votable/td")
    assert body.count(b"<TR>") == 7
    assert b'value="OVERFLOW"' in body


def test_a_known_answer_is_not_made_again(service):
    url = f"{service}/stack?{urllib.parse.urlencode({'QUERY': ALL, 'REGION': 'nad'})}"
    with urllib.request.urlopen(url) as answer:
        tag = answer.headers["ETag"]
    request = urllib.request.Request(url, headers={"If-None-Match": tag})
    with pytest.raises(urllib.error.HTTPError) as known:
        urllib.request.urlopen(request)
    assert known.value.code == 304


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 400, "Nothing is selected"),
        ({"ID": [1, 2, 3, 4]}, 404, r"no spectra of this release: 4 \(1, 2, 3, ...\)"),
        ({"ID": "abc"}, 404, r"no obj_id: 1 \(abc\)"),
        ({"QUERY": f"{ALL} WHERE z > 100"}, 400, "The selection is empty"),
        ({"QUERY": "SELECT obj_i FROM oddsky.objects"}, 400, r"did you mean 'obj_id'\? \(line 1"),
        ({"QUERY": "SELECT z FROM oddsky.objects"}, 400, "no whole numbers"),
        ({"QUERY": ALL, "ORDER": "nad_z"}, 400, "ORDER 'nad_z' .* did you mean 'nad_"),
        ({"QUERY": ALL, "ORDER": "name"}, 400, "ORDER 'name' holds no numbers"),
        ({"QUERY": f"{ALL} WHERE z < 0", "ORDER": "z"}, 400, "empty"),
        (
            {"QUERY": "SELECT TOP 3 obj_id, NULL AS w FROM oddsky.objects", "ORDER": "w"},
            400,
            "of w",
        ),
        ({"QUERY": ALL, "MAP": "nd", "FROM": "0,0", "TO": "1,1"}, 400, "did you mean 'nad'"),
        ({"QUERY": ALL, "MAP": "nad", "FROM": "0,0"}, 400, "all of MAP, FROM and TO"),
        ({"QUERY": ALL, "MAP": "nad", "FROM": "0,0", "TO": "1;1"}, 400, "TO is '1;1'"),
        ({"QUERY": ALL, "MAP": "nad", "FROM": "1,1", "TO": "1,1"}, 400, "same place"),
        ({"QUERY": ALL, "REGION": "nadd"}, 400, "did you mean 'nad'"),
        ({"QUERY": ALL, "GROUPS": "few"}, 400, "GROUPS is 'few'"),
        ({"QUERY": ALL, "ORDER": "z", "GROUPS": 400}, 400, "GROUPS is 400, but only"),
        ({"QUERY": ALL, "RESPONSEFORMAT": "gif"}, 400, "parquet, arrow, png, svg"),
        ({"ID": 1, "UPLOAD": "a,param:none"}, 400, "lacks"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(service, asked, status, said):
    code, sentence = refusal(service, **asked)
    assert code == status
    assert re.search(said, sentence), sentence


def test_uploads_without_identifiers_or_rows_are_refused(service):
    asked = {"UPLOAD": "mine,param:mine"}
    assert "no column obj_id" in refusal(service, upload("name,z\na,1"), **asked)[1]
    assert "cannot be read" in refusal(service, upload(""), **asked)[1]
    assert refusal(service, upload("obj_id\n77"), **asked)[0] == 404


def test_real_galaxies_ordered_by_halpha_show_it(real_service):
    ew = "SELECT obj_id, halpha_ew FROM oddsky.objects WHERE halpha_ew IS NOT NULL"
    tap = pyvo.dal.TAPService(f"{real_service}/tap")
    ordered = tap.search(f"{ew} ORDER BY halpha_ew, obj_id").to_table()
    found = stacks(real_service, QUERY=ew, ORDER="halpha_ew", GROUPS=6, REGION="halpha")
    # The strength of the line in the means: its flux over the continuum beside it.
    line = np.abs(found["wave"] - 6564.6) < 6
    beside = np.abs(np.abs(found["wave"] - 6564.6) - 90) < 20
    peaks = [
        found["mean"][mine & line].mean() / found["mean"][mine & beside].mean()
        for mine in (found["group_number"] == number for number in range(1, 7))
    ]
    assert peaks == sorted(peaks)
    assert peaks[0] < 1 < 1.2 < peaks[-1], peaks
    last = np.array_split(ordered["obj_id"], 6)[-1].tolist()
    expected = by_hand(real_service, last[-12:], (6400, 6700))
    mine = stacks(real_service, ID=last[-12:], REGION="halpha")
    for name in COLUMNS:
        assert np.allclose(mine[name], expected[name], rtol=1e-5, atol=1e-7, equal_nan=True), name


FLUX = np.array([2.0, 4.0, 6.0, 3.0])
PLACES = np.array([[1, 1], [3, 0], [0, 5], [np.nan, np.nan]], np.float32)


def tiny_release(root: Path) -> Path:
    """Publish four flat spectra, the last without a place, in two shards."""
    objects = {"obj_id": np.array([40, 30, 20, 10]), "z": np.array([0.1, 0.2, np.nan, 0.4])}
    objects |= {"nad_x": PLACES[:, 0], "nad_y": PLACES[:, 1]}

    def spectra(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        flux = np.repeat(FLUX[start:stop, None], 3349, axis=1).astype(np.float32)
        ivar = np.ones_like(flux)
        if start == 0:
            ivar[1, NAD.start] = 0
        return flux, ivar

    return make_grid_release(root, objects, spectra, shard_rows=3)


@pytest.fixture(scope="module")
def tiny_root(tmp_path_factory):
    return tiny_release(tmp_path_factory.mktemp("tiny") / "release")


@pytest.fixture(scope="module")
def tiny(tiny_root, tmp_path_factory):
    with serving(tiny_root, tmp_path_factory.mktemp("state")) as url:
        yield url


def test_flat_spectra_along_a_direction_by_hand(tiny):
    asked = {"ID": "10,20,30,40", "MAP": "nad", "FROM": "0,0", "TO": "0,2", "NORM": "none"}
    _, headers, body = ask(tiny, GROUPS=3, REGION="nad", RESPONSEFORMAT="csv", **asked)
    found = Table.read(io.BytesIO(body), format="ascii.csv")
    firsts = found[[0, NAD.stop - NAD.start, 2 * (NAD.stop - NAD.start)]]
    # Along y the places are 0 (obj_id 30), 1 (40) and 5 (20); 30 lacks the first pixel.
    assert firsts["order_median"].tolist() == [0, 1, 5]
    assert firsts["n_spec"].tolist() == [0, 1, 1]
    assert found["mean"][1] == 4
    assert firsts["mean"][1:].tolist() == [2, 6]
    assert headers["Oddsky-Left-Out"] == "spectra without a place on the map of nad: 1 (10)"


def test_a_weighted_mean_of_flat_spectra_by_hand(tiny):
    found = stacks(tiny, ID="40,20", REGION="nad", NORM="none")
    assert set(found["mean"]) == {4.0}
    assert np.allclose(found["error"], 0.5**0.5)
    assert np.allclose(found["p16"], 2 + 0.16 * 4)
    found = stacks(tiny, ID="40,20", REGION="nad", NORM="region")
    assert set(found["mean"]) == {1.0}
    assert np.allclose(found["error"], (4 + 36) ** -0.5)


def test_those_without_a_value_are_left_out_and_told(tiny):
    _, headers, _ = ask(tiny, ID="10,20,30,40", ORDER="z", GROUPS=3, REGION="nad")
    assert headers["Oddsky-Left-Out"] == "spectra without a value of z: 1 (20)"


def test_too_many_spectra_are_refused(tiny_root, tmp_path, monkeypatch):
    monkeypatch.setenv("ODDSKY_MOST_STACKED", "3")
    with serving(tiny_root, tmp_path) as url:
        for asked in ({"ID": "10,20,30,40"}, {"QUERY": "SELECT obj_id FROM oddsky.objects"}):
            status, said = refusal(url, **asked)
            assert (status, said[:39]) == (413, "The selection holds more than the 3 spe")
        assert ask(url, ID="10,20,30")[0] == 200


def test_both_engines_order_alike(tiny_root, tiny, tmp_path, postgres: Server):
    database = postgres.make_database("stacks")
    load_release(Release.open(tiny_root), database, None, lambda _table, _rows: None)
    with serving(tiny_root, tmp_path, "--database", database) as url:
        for asked in (
            {"ID": "10,20,30,40,50", "ORDER": "z"},
            {
                "QUERY": "SELECT obj_id FROM oddsky.objects",
                "MAP": "nad",
                "FROM": "0,0",
                "TO": "1,1",
            },
        ):
            first = ask(tiny, RESPONSEFORMAT="csv", REGION="nad", **asked)
            other = ask(url, RESPONSEFORMAT="csv", REGION="nad", **asked)
            assert (first[0], first[2]) == (200, other[2])
            assert first[1]["Oddsky-Left-Out"] == other[1]["Oddsky-Left-Out"]
