"""`/spectra` as clients ask for it, on a mock survey and its models."""

import csv
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table
from flask.testing import FlaskClient
from specutils import Spectrum

from ingest.store import read_table
from tests.support.postgres import Server
from vo_service.app import create_app
from vo_service.release.postgres import load_release
from vo_service.release.release import Release
from vo_service.release.spectra import SpectraStore
from vo_service.settings import Settings

OBSERVED = ["wave", "flux", "ivar", "mask", "sky"]
REST = ["wave", "flux", "ivar", "model", "residual"]
LISTED = 20
FORMS = ("votable/td", "votable/b2", "votable/b", "csv", "tsv", "fits", "json", "parquet", "arrow")


@pytest.fixture(scope="module")
def settings(mock_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(mock_release, tmp_path_factory.mktemp("state"), most_spectra=LISTED)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(settings)
    yield app.test_client()
    app.extensions["oddsky"].holdings.close()


@pytest.fixture(scope="module")
def store(mock_release: Path) -> SpectraStore:
    return SpectraStore(next(mock_release.glob("parts/*/spectra")))


@pytest.fixture(scope="module")
def ids(mock_release: Path) -> list[int]:
    """Return the ids in an order that is not that of the store."""
    rows = read_table(Release.open(mock_release), "oddsky.objects")
    return sorted(rows["obj_id"].to_pylist(), key=lambda i: i % 1009)


def get(client: FlaskClient, path: str, status: int = 200, **headers: str):
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.data[:300]
    return answer


def table_of(answer, form: str) -> Table:
    """Read a table as its users do."""
    data = io.BytesIO(answer.data)
    if form == "json":
        read = json.loads(answer.data)
        rows = list(zip(*read["data"], strict=True))
        names = [c["name"] for c in read["metadata"]]
        return Table({n: np.array(v, float) for n, v in zip(names, rows, strict=True)})
    if form == "parquet":
        return Table({n: c.to_numpy() for n, c in columns(pq.read_table(data))})
    if form == "arrow":
        return Table(
            {n: c.to_numpy() for n, c in columns(pyarrow.ipc.open_stream(data).read_all())}
        )
    names = {"tsv": "ascii.tab", "csv": "ascii.csv", "fits": "fits"}
    return Table.read(data, format=names.get(form, "votable"))


def columns(table):
    return zip(table.column_names, table.columns, strict=True)


def filled(table: Table, name: str) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(table[name], float), np.nan)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frame", ["observed", "rest"])
def test_every_format_holds_the_stored_spectrum(client, store, ids, form, frame):
    answer = get(client, f"/spectra/{ids[0]}?FRAME={frame}&RESPONSEFORMAT={form}")
    seen = table_of(answer, form)
    stored = store.observed(ids[0]) if frame == "observed" else store.rest(ids[0])
    expected = OBSERVED if frame == "observed" else REST
    assert [n for n in seen.colnames if n != "error"] == expected
    assert ("error" in seen.colnames) == (form == "fits" or "votable" in form)
    assert np.allclose(filled(seen, "wave"), stored.wave, rtol=1e-12)
    good = stored.ivar > 0
    assert np.array_equal(filled(seen, "flux").astype("f4")[good], stored.flux[good])
    assert np.array_equal(filled(seen, "ivar").astype("f4"), stored.ivar)
    if frame == "observed":
        assert np.array_equal(filled(seen, "mask"), stored.mask)
        assert np.array_equal(filled(seen, "sky").astype("f4"), stored.sky)
    else:
        assert np.isnan(filled(seen, "flux")[~good]).all()
    extension = answer.headers["Content-Disposition"].rpartition(".")[2].strip('"')
    assert extension == {"arrow": "arrows"}.get(form, "vot" if "votable" in form else form)


def test_the_residual_is_flux_less_model_in_sigma(client, store, ids):
    for obj_id in ids[:5]:
        seen = table_of(get(client, f"/spectra/{obj_id}?FRAME=rest&FORMAT=fits"), "fits")
        stored = store.rest(obj_id)
        good = (stored.ivar > 0) & np.isfinite(seen["model"])
        expected = (stored.flux - seen["model"]) * np.sqrt(stored.ivar)
        assert np.allclose(seen["residual"][good], expected[good], rtol=1e-4, atol=1e-4)
        assert np.isnan(filled(seen, "residual")[stored.ivar == 0]).all()
        assert 0.5 < np.median(np.abs(filled(seen, "residual")[good])) / 0.6745 < 1.5


def test_json_tells_the_object_and_its_regions(client, ids, mock_release):
    read = json.loads(get(client, f"/spectra/{ids[3]}?FRAME=rest&RESPONSEFORMAT=json").data)
    said = read["parameters"]
    objects = read_table(Release.open(mock_release), "oddsky.objects").to_pylist()
    known = next(row for row in objects if row["obj_id"] == ids[3])
    assert said["obj_id"] in (ids[3], str(ids[3]))
    for name in ("name", "ra", "dec", "z", "nad_rank", "whole_rank", "consensus_rank"):
        assert said[name] == known[name]
    assert (said["nad_lo"], said["nad_hi"]) == (5680, 6120)
    assert said["n_spectra"] == len(objects)
    assert said["publisher_did"] == f"ivo://oddsky.invalid/spectra?{ids[3]}"
    assert read["metadata"][0]["utype"] == "spec:Spectrum.Data.SpectralAxis.Value"


def test_a_votable_says_it_in_params_with_units_and_utypes(client, ids):
    answer = get(client, f"/spectra/{ids[3]}?FRAME=rest")
    table = parse(io.BytesIO(answer.data), verify="exception").get_first_table()
    params = {p.name: p for p in table.params}
    assert params["obj_id"].value == ids[3]
    assert params["z"].utype == "spec:Spectrum.Target.Redshift"
    assert params["nad_lo"].unit == u.AA
    assert params["nad_rank"].value >= 1
    assert table.utype == "spec:Spectrum"
    assert params["ra"].ref == "icrs"
    utypes = {f.name: f.utype for f in table.fields}
    assert utypes["flux"] == "spec:Spectrum.Data.FluxAxis.Value"
    assert utypes["error"] == "spec:Spectrum.Data.FluxAxis.Accuracy.StatError"


@pytest.mark.parametrize("frame", ["observed", "rest"])
def test_specutils_reads_the_fits_file_without_a_hint(client, store, ids, tmp_path, frame):
    path = tmp_path / "spectrum.fits"
    path.write_bytes(get(client, f"/spectra/{ids[1]}?FRAME={frame}&RESPONSEFORMAT=fits").data)
    seen = Spectrum.read(str(path))
    stored = store.observed(ids[1]) if frame == "observed" else store.rest(ids[1])
    good = stored.ivar > 0
    assert np.allclose(seen.spectral_axis.to_value(u.AA), stored.wave, rtol=1e-12)
    assert seen.flux.unit == 1e-17 * u.erg / u.s / u.cm**2 / u.AA
    assert np.array_equal(seen.flux.value[good], stored.flux[good])
    # Its reader takes the next column of the flux's unit for the error: never the sky or the model.
    assert np.allclose(seen.uncertainty.array[good], 1 / np.sqrt(stored.ivar[good]), rtol=1e-6)
    assert seen.meta["header"]["REDSHIFT"] > 0


def test_a_part_without_models_has_none(mock_release, tmp_path, ids):
    """An older part: all is answered but model and residual."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("releases", "current"):
        (root / name).symlink_to(mock_release / name)
    (part,) = mock_release.glob("parts/*")
    copied = root / "parts" / part.name
    copied.mkdir(parents=True)
    for entry in part.iterdir():
        if entry.name != "models":
            (copied / entry.name).symlink_to(entry)
    (root / "current").unlink()
    (root / "current").symlink_to((mock_release / "current").resolve())
    app = create_app(Settings(root, tmp_path / "state"))
    read = json.loads(get(app.test_client(), f"/spectra/{ids[0]}?FRAME=rest&FORMAT=json").data)
    assert {(row[3], row[4]) for row in read["data"]} == {(None, None)}
    app.extensions["oddsky"].holdings.close()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_pictures_show_the_spectrum(client, ids, kind):
    answer = get(client, f"/spectra/{ids[0]}?FRAME=rest&RESPONSEFORMAT={kind}&SIZE=700x400")
    assert answer.mimetype == {"png": "image/png", "svg": "image/svg+xml"}[kind]
    again = get(client, f"/spectra/{ids[0]}?FRAME=rest&RESPONSEFORMAT=image/{kind}&SIZE=700x400")
    if kind == "png":
        assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
        assert again.data == answer.data


def test_what_a_client_has_is_not_sent_again(client, ids):
    paths = [
        f"/spectra/{ids[0]}",
        f"/spectra/{ids[1]}",
        f"/spectra/{ids[0]}?FRAME=rest",
        f"/spectra/{ids[0]}?RESPONSEFORMAT=fits",
        f"/spectra?ID={ids[0]}&ID={ids[1]}&RESPONSEFORMAT=csv",
    ]
    tags = [get(client, path).headers["ETag"] for path in paths]
    assert len(set(tags)) == len(paths)
    assert not any(tag.startswith("W/") for tag in tags), "the same bytes each time"
    for path, tag in zip(paths, tags, strict=True):
        again = get(client, path, 304, **{"If-None-Match": tag})
        assert again.data == b""
        assert again.headers["ETag"] == tag
    assert get(client, paths[0], **{"If-None-Match": tags[1]}).data


def test_the_same_request_has_the_same_bytes(client, ids):
    for form in (*FORMS, "png", "svg"):
        path = f"/spectra/{ids[0]}?FRAME=rest&RESPONSEFORMAT={form}"
        assert get(client, path).data == get(client, path).data, form


def check_many(seen: Table, store: SpectraStore, wanted: list[int]) -> None:
    """Compare a long table, ids as floats where a format has no others."""
    assert seen.colnames[0] == "obj_id"
    found = [int(i) for i in dict.fromkeys(seen["obj_id"].tolist())]
    places = store.places(np.array(wanted))
    assert found == [wanted[i] for i in np.argsort(places)]
    for obj_id in wanted:
        stored = store.observed(obj_id)
        rows = seen[np.asarray(seen["obj_id"]) == obj_id]
        assert np.array_equal(filled(rows, "flux").astype("f4"), stored.flux)
        assert np.allclose(filled(rows, "wave"), stored.wave, rtol=1e-12)


@pytest.mark.parametrize("form", [f for f in FORMS if f != "json"])
def test_many_are_one_long_table(client, store, ids, form):
    wanted = ids[:18]  # more than are encoded together
    query = f"ID={wanted[0]}&ID={','.join(map(str, wanted[1:]))}"
    check_many(
        table_of(get(client, f"/spectra?{query}&RESPONSEFORMAT={form}"), form), store, wanted
    )


def upload(name: str, ids: list[int]) -> bytes:
    table, sink = Table({"n": np.arange(len(ids)), "obj_id": np.array(ids)}), io.BytesIO()
    if name == "csv":
        return ("n,obj_id\n" + "".join(f"{n},{i}\n" for n, i in enumerate(ids))).encode()
    table.write(sink, format=name)
    return sink.getvalue()


def test_lists_come_in_every_way(client, store, ids):
    wanted = ids[:3]
    texts = [str(i) for i in wanted]
    url = "/spectra?RESPONSEFORMAT=votable"
    posts = [
        {"data": {"ID": texts}},
        {"data": "\n".join(texts), "content_type": "text/plain"},
        {"data": json.dumps(wanted), "content_type": "application/json"},
        {"data": json.dumps(texts), "content_type": "application/json; charset=utf-8"},
        *(
            {"data": {"UPLOAD": (io.BytesIO(upload(name, wanted)), "mine")}}
            for name in ("votable", "fits", "csv")
        ),
        {"data": {"UPLOAD": "t,param:x", "x": (io.BytesIO(upload("csv", wanted)), "mine")}},
    ]
    answers = [client.post(url, **post) for post in posts]
    for answer in answers:
        assert answer.status_code == 200, answer.data[:300]
        check_many(table_of(answer, "votable"), store, wanted)


def test_one_id_in_a_list_is_a_table_with_that_id(client, ids):
    answer = client.post("/spectra", json=ids[:1])
    assert table_of(answer, "votable").colnames[0] == "obj_id"
    single = client.post("/spectra", data={"ID": str(ids[0])})
    assert single.data == get(client, f"/spectra/{ids[0]}").data


def test_one_id_may_come_in_an_archive(client, ids):
    answer = get(client, f"/spectra?ID={ids[0]}&RESPONSEFORMAT=tar")
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        assert archive.getnames() == ["members.csv", f"spectrum-{ids[0]}-observed.fits"]


def test_an_identifier_is_taken_for_its_id(client, ids):
    did = f"ivo://oddsky.invalid/spectra?{ids[0]}"
    answer = client.get("/spectra", query_string={"ID": did})
    assert answer.data == get(client, f"/spectra/{ids[0]}").data


def test_what_is_not_there_is_told_and_the_others_are_answered(client, store, ids):
    query = f"ID={ids[0]},12,-3&ID={ids[1]}&ID=1.2E%2B18&ID=12"
    answer = get(client, f"/spectra?{query}")
    check_many(table_of(answer, "votable"), store, ids[:2])
    params = {p.name: p.value for p in parse(io.BytesIO(answer.data)).get_first_table().params}
    assert (params["n_unknown"], params["unknown"]) == (3, "12 -3 1.2E+18")
    assert answer.headers["Oddsky-Unknown-Ids"] == "12, -3, 1.2E+18"
    read = json.loads(get(client, f"/spectra?{query}&RESPONSEFORMAT=json").data)
    assert read["parameters"]["unknown"] == "12 -3 1.2E+18"
    file = fits.open(io.BytesIO(get(client, f"/spectra?{query}&RESPONSEFORMAT=fits").data))
    assert "unknown: 12 -3 1.2E+18" in str(file[1].header["HISTORY"])


@pytest.mark.parametrize(
    ("form", "ending"), [("", "fits"), ("&FORMAT=csv", "csv"), ("&FORMAT=png&SIZE=200x100", "png")]
)
def test_an_archive_has_a_file_for_each_and_says_which(client, ids, form, ending):
    query = f"ID={ids[0]},{ids[1]},12&FRAME=rest&RESPONSEFORMAT=tar{form}"
    answer = get(client, f"/spectra?{query}")
    assert answer.mimetype == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        files = {m.name: archive.extractfile(m).read() for m in archive}
    listed = list(csv.reader(io.StringIO(files.pop("members.csv").decode())))
    assert listed[0] == ["obj_id", "file"]
    assert listed[-1] == ["12", ""]
    names = dict(listed[1:-1])
    assert set(names.values()) == set(files)
    for obj_id, name in names.items():
        plain = form.replace("FORMAT", "RESPONSEFORMAT") or "&RESPONSEFORMAT=fits"
        assert files[name] == get(client, f"/spectra/{obj_id}?FRAME=rest{plain}").data
        assert name.endswith(ending)


BAD = [
    ("/spectra", 400, "ID is missing"),
    ("/spectra?ID=", 400, "ID is missing"),
    ("/spectra/12", 404, "obj_id 12"),
    ("/spectra/-5", 404, "from 0"),
    ("/spectra/abc", 404, "whole number"),
    ("/spectra/1.2E+18", 404, "rounds"),
    ("/spectra?ID=12&ID=13", 404, "(12, 13)"),
    ("/spectra/99999999999999999999", 404, "from 0 to 2^63 - 1"),
    ("/spectra/{id}?FRAME=sideways", 400, "use observed or rest"),
    ("/spectra/{id}?RESPONSEFORMAT=docx", 400, "svg"),
    ("/spectra/{id}?RESPONSEFORMAT=png&SIZE=big", 400, "such as 1200x600"),
    ("/spectra/{id}?RESPONSEFORMAT=png&SIZE=1x1", 400, "from 60 to 4000"),
    ("/spectra/{id}?RESPONSEFORMAT=png&SIZE=99999x99999", 400, "from 60 to 4000"),
    ("/spectra/{id}?FRAME=rest&FRAME=observed", 400, "given 2 times"),
    ("/spectra?ID={id},{id}&FRAME=x", 400, "use observed or rest"),
    ("/spectra?ID={id},{id}&RESPONSEFORMAT=png", 400, "tar"),
    ("/spectra?ID={id},{id}&RESPONSEFORMAT=tar&FORMAT=docx", 400, "docx"),
    ("/spectra?ID={id}&UPLOAD=t,param:absent", 400, "lacks"),
]


@pytest.mark.parametrize(("path", "status", "words"), BAD)
def test_a_wrong_request_is_told_in_a_votable(client, ids, path, status, words):
    answer = get(client, path.replace("{id}", str(ids[0])), status)
    info = parse(io.BytesIO(answer.data)).resources[0].infos[0]
    assert info.value == "ERROR"
    assert words in info.content
    assert len(info.content) < 300


@pytest.mark.parametrize(
    ("post", "status", "words"),
    [
        ({"data": "[]", "content_type": "application/json"}, 400, "empty"),
        ({"data": "{}", "content_type": "application/json"}, 400, "list of obj_id"),
        ({"data": "", "content_type": "text/plain"}, 400, "empty"),
        ({"data": "1 " * (LISTED + 1), "content_type": "text/plain"}, 413, "sends 20 at once"),
        ({"data": "1\n" * 2_000_000, "content_type": "text/plain"}, 413, "2000000 spectra"),
        ({"data": {"UPLOAD": (io.BytesIO(b"ra,dec\n1,2\n"), "x")}}, 400, "no column obj_id"),
        ({"data": {"UPLOAD": (io.BytesIO(b"obj_id\n1.5\n"), "x")}}, 400, "rounds"),
        ({"data": {"UPLOAD": (io.BytesIO(b"obj_id\n"), "x")}}, 400, ""),
    ],
)
def test_a_wrong_list_is_told(client, post, status, words):
    answer = client.post("/spectra", **post)
    assert answer.status_code == status, answer.data[:300]
    assert words in parse(io.BytesIO(answer.data)).resources[0].infos[0].content


def test_head_tells_the_length_and_sends_nothing(client, ids):
    for path in (f"/spectra/{ids[0]}", f"/spectra?ID={ids[0]},{ids[1]}"):
        head, whole = client.head(path), client.get(path)
        assert head.data == b""
        for name in ("ETag", "Content-Type", "Content-Length", "Content-Disposition"):
            assert head.headers.get(name) == whole.headers.get(name)


def test_postgresql_tells_the_same(client, settings, postgres: Server, ids, mock_release):
    database = postgres.make_database("spectra")
    load_release(Release.open(mock_release), database, None, lambda _table, _rows: None)
    app = create_app(replace(settings, database=database))
    other = app.test_client()
    for query in (f"/{ids[0]}?FRAME=rest", f"?ID={ids[0]},{ids[1]}&RESPONSEFORMAT=tar"):
        assert other.get(f"/spectra{query}").data == client.get(f"/spectra{query}").data
    app.extensions["oddsky"].holdings.close()
