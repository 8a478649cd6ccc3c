"""Every format of a served release, as a client finds it in the capabilities."""

import io
import json
import os
import urllib.error
import urllib.parse
import urllib.request
import warnings

import pyarrow as pa
import pytest
import pyvo
from astropy.table import Table

from tests.support.service import serving

QUERY = "SELECT obj_id, survey_id, ra, dec FROM oddsky.objects ORDER BY obj_id"


def ask(service: str, form: str, **parameters: str) -> tuple[int, str, bytes]:
    values = {"LANG": "ADQL", "QUERY": QUERY, "RESPONSEFORMAT": form} | parameters
    url = f"{service}/tap/sync?{urllib.parse.urlencode(values)}"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def ids_in(form: str, body: bytes) -> list[int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if form == "json":
            return [int(row[0]) for row in json.loads(body)["data"]]
        if form == "arrow":
            return pa.ipc.open_stream(body).read_all()["obj_id"].to_pylist()
        kind = {"csv": "ascii.csv", "tsv": "ascii.tab", "parquet": "parquet.votable"}
        return Table.read(io.BytesIO(body), format=kind.get(form, form.split("/")[0]))[
            "obj_id"
        ].tolist()


@pytest.fixture(scope="module")
def wanted(service):
    return pyvo.dal.TAPService(f"{service}/tap").search(QUERY)["obj_id"].tolist()


def test_every_declared_format_holds_the_same_rows(service, wanted):
    declared = pyvo.dal.TAPService(f"{service}/tap").get_tap_capability().outputformats
    assert len(declared) == 9
    for form in declared:
        status, media_type, body = ask(service, form.mime)
        assert (status, media_type) == (200, form.mime)
        assert ids_in(form.aliases[0], body) == wanted


def test_an_answer_too_great_for_fits_is_refused_as_a_votable(
    mock_release, tmp_path, monkeypatch, wanted
):
    monkeypatch.setitem(os.environ, "ODDSKY_SPOOL_BYTES", "4096")
    with serving(mock_release, tmp_path / "state") as url:
        status, media_type, body = ask(url, "fits")
        assert (status, media_type) == (400, "application/x-votable+xml")
        assert b"ask for fewer rows" in body
        assert str(tmp_path).encode() not in body
        assert ids_in("csv", ask(url, "csv")[2]) == wanted
    assert list((tmp_path / "state" / "spool").iterdir()) == []
