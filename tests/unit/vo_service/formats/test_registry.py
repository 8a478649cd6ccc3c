"""The formats by name, and what all of them do alike."""

import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse

from tests.support.rows import batch, encode, failing
from vo_service.errors import UsageError
from vo_service.formats import columns
from vo_service.formats.registry import FORMATS, find_format
from vo_service.formats.result import Result
from vo_service.release.field import Field

NAMES = [f.name for f in FORMATS]
UNTOLD = ["csv", "tsv", "json", "parquet", "arrow"]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, "votable/b2"),
        ("votable", "votable/b2"),
        ("text/xml", "votable/b2"),
        ("application/x-votable+xml;serialization=TABLEDATA", "votable/td"),
        ('application/x-votable+xml; serialization="binary2"', "votable/b2"),
        ("application/x-votable+xml;serialization=BINARY", "votable/b"),
        ("VOTABLE/TD", "votable/td"),
        ("text/csv; header=present", "csv"),
        ("tsv", "tsv"),
        ("application/fits", "fits"),
        ("application/json", "json"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.stream", "arrow"),
    ],
)
def test_formats_are_found_however_they_are_written(wanted, name):
    assert find_format(wanted).name == name


def test_an_unknown_format_is_told_with_those_that_are():
    with pytest.raises(UsageError, match=r"'docx' is not offered; choose one of votable/b2"):
        find_format("docx")


def test_no_two_formats_answer_to_one_name():
    names = [n for f in FORMATS for n in {f.name, f.media_type.lower(), *f.aliases}]
    assert len(names) == len(set(names))
    assert all(n == n.lower().replace(" ", "") for n in names)


def test_identifiers_are_those_of_tapregext():
    stem = "ivo://ivoa.net/std/TAPRegExt#output-votable-"
    declared = {f.name: f.ivoid for f in FORMATS if f.ivoid}
    assert declared == {
        "votable/b2": f"{stem}binary2",
        "votable/td": f"{stem}td",
        "votable/b": f"{stem}binary",
    }


@pytest.mark.parametrize("form", NAMES)
def test_a_failure_before_the_first_rows_is_still_an_error(form):
    def fails():
        raise UsageError("too much")
        yield

    with pytest.raises(UsageError, match="too much"):
        next(find_format(form).encode(Result((Field("x", "int"),), fails())))


@pytest.mark.parametrize("form", UNTOLD)
def test_what_cannot_tell_a_failure_breaks_off(form):
    chunks = find_format(form).encode(Result((Field("x", "int"),), failing([Field("x", "int")])))
    next(chunks)
    with pytest.raises(ConnectionError) as raised:
        list(chunks)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("form", [n for n in NAMES if n != "fits"])
def test_rows_leave_before_the_next_batch_is_asked_for(form):
    field, pulled = Field("x", "long"), []

    def batches():
        for number in range(5):
            pulled.append(number)
            yield batch([field], list(range(1000)))

    seen, chunks = b"", find_format(form).encode(Result((field,), batches()))
    while len(seen) < 2000:
        seen += next(chunks)
    assert len(pulled) == 1


def names_in(form: str, document: bytes) -> list[str]:
    if form.startswith("votable"):
        return [f.name for f in parse(io.BytesIO(document)).get_first_table().fields]
    if form == "fits":
        return fits.open(io.BytesIO(document))[1].columns.names
    if form == "json":
        return [column["name"] for column in json.loads(document)["metadata"]]
    if form == "parquet":
        return pq.read_schema(io.BytesIO(document)).names
    if form == "arrow":
        return pa.ipc.open_stream(document).schema.names
    return re.split("[,\t]", document.decode().splitlines()[0])


@pytest.mark.parametrize("form", NAMES)
def test_names_may_differ_in_case_only_or_not_at_all(form):
    fields = [Field("a", "int"), Field("A", "char", arraysize="*"), Field("A", "float")]
    document = encode(form, fields, batch(fields, [1], ["x"], [0.5]))
    assert names_in(form, document) == ["a", "A", "A"]


@pytest.mark.parametrize("form", [n for n in NAMES if n not in ("fits", "parquet", "arrow")])
def test_how_rows_are_cut_up_does_not_show(form, monkeypatch):
    fields = [Field("i", "int"), Field("t", "unicodeChar", arraysize="*")]
    rows = batch(fields, list(range(50)), [None if i % 7 == 0 else "é" * i for i in range(50)])
    whole = encode(form, fields, rows)
    monkeypatch.setattr(columns, "CHUNK_BYTES", 100)
    assert encode(form, fields, rows.slice(0, 20), rows.slice(20)) == whole
