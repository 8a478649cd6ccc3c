"""Encoders: bytes by hand, then what other people's readers make of them."""

import base64
import csv
import datetime as dt
import io
import struct

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.programs import run_program
from vo_service.errors import UsageError
from vo_service.formats.binary import RowPacker
from vo_service.formats.error_document import cone_error_document, error_document
from vo_service.formats.registry import FORMATS, find_format
from vo_service.formats.result import Info, Result
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema

WHEN = dt.datetime(2020, 1, 2, 3, 4, 5)


def batch(fields: list[Field], *columns: list) -> pa.RecordBatch:
    schema = arrow_schema(fields)
    arrays = [pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def encode(name: str, fields: list[Field], *batches: pa.RecordBatch, **options) -> bytes:
    return b"".join(find_format(name).encode(Result(tuple(fields), iter(batches), **options)))


def encode_rows(fields: tuple[Field, ...], rows: pa.RecordBatch) -> bytes:
    return RowPacker(fields, True, {}).pack(rows).tobytes()


def read_back(document: bytes):
    return parse(io.BytesIO(document), verify="exception").get_first_table()


BY_HAND = [
    (Field("x", "boolean"), True, b"T"),
    (Field("x", "boolean"), False, b"F"),
    (Field("x", "unsignedByte"), 255, b"\xff"),
    (Field("x", "short"), -2, b"\xff\xfe"),
    (Field("x", "int"), 2**31 - 1, b"\x7f\xff\xff\xff"),
    (Field("x", "long"), -(2**63), b"\x80" + b"\0" * 7),
    (Field("x", "float"), 1.5, b"\x3f\xc0\0\0"),
    (Field("x", "double"), -2.0, b"\xc0" + b"\0" * 7),
    (Field("x", "double"), float("inf"), b"\x7f\xf0" + b"\0" * 6),
    (Field("x", "char", arraysize="*"), "ab", b"\0\0\0\x02ab"),
    (Field("x", "char", arraysize="*"), "", b"\0\0\0\0"),
    (Field("x", "char", arraysize="*"), "é", b"\0\0\0\x01?"),
    (Field("x", "unicodeChar", arraysize="*"), "é", b"\0\0\0\x01\x00\xe9"),
    (Field("x", "unicodeChar", arraysize="*"), "😀a", b"\0\0\0\x03\xd8\x3d\xde\x00\x00a"),
    (Field("x", "char", arraysize="*", xtype="timestamp"), WHEN, b"\0\0\0\x132020-01-02T03:04:05"),
    (Field("x", "double", arraysize="2"), [1.0, 2.0], struct.pack(">dd", 1, 2)),
    (Field("x", "float", arraysize="*"), [1.0], b"\0\0\0\x01\x3f\x80\0\0"),
    (Field("x", "int", arraysize="*"), [], b"\0\0\0\0"),
]


@pytest.mark.parametrize(("field", "value", "expected"), BY_HAND, ids=str)
def test_binary2_writes_these_bytes(field, value, expected):
    assert encode_rows((field,), batch([field], [value])) == b"\x00" + expected


def test_null_sets_its_bit_and_rows_follow_one_another():
    fields = [Field(f"i{k}", "short") for k in range(9)] + [Field("t", "char", arraysize="*")]
    columns = [[1, None] if k == 8 else [None, 2] for k in range(9)] + [["x", None]]
    first = b"\xff\x00" + b"\0\0" * 8 + b"\0\x01" + b"\0\0\0\x01x"
    second = b"\x00\xc0" + b"\0\x02" * 8 + b"\0\0" + b"\0\0\0\0"
    assert encode_rows(tuple(fields), batch(fields, *columns)) == first + second


def test_base64_of_many_batches_is_that_of_all_rows():
    field = Field("x", "long")
    parts = [batch([field], list(range(k, k + 7))) for k in range(0, 700, 7)]
    document = encode("votable/b2", [field], *parts).decode()
    stream = document.split('<STREAM encoding="base64">')[1].split("</STREAM>")[0]
    expected = b"".join(b"\x00" + struct.pack(">q", i) for i in range(700))
    assert base64.b64decode(stream) == expected
    assert max(map(len, stream.split())) <= 64


ALL = [field for field, _, _ in BY_HAND[::1]]


@pytest.mark.parametrize("form", ["votable/b2", "votable/td"])
def test_nulls_of_every_type_come_back_masked(form):
    fields = [
        Field("u", "unsignedByte"),
        Field("s", "short"),
        Field("i", "int"),
        Field("l", "long"),
        Field("f", "float"),
        Field("d", "double"),
        Field("c", "char", arraysize="*"),
    ]
    rows = batch(
        fields, [1, None], [1, None], [1, None], [1, None], [0.5, None], [0.5, None], ["a", None]
    )
    table = read_back(encode(form, fields, rows)).to_table()
    for name in "usi":
        assert table[name].mask.tolist() == [False, True]
    assert table["l"].tolist() == [1, None]
    for name in "fd":
        assert table[name][0] == 0.5
        assert np.ma.is_masked(table[name][1]) or np.isnan(table[name][1])


text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
unicode_text = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"),
    max_size=8,
)
columns = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 255),
        st.integers(-(2**15), 2**15 - 1),
        st.integers(-(2**31), 2**31 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(width=32),
        st.floats(),
        text,
        unicode_text,
        st.lists(st.floats(allow_nan=False), max_size=3),
    ),
    min_size=1,
    max_size=12,
)
NAMES = ("boolean", "unsignedByte", "short", "int", "long", "float", "double")
RANDOM_FIELDS = [
    *(Field(f"x{i}", name) for i, name in enumerate(NAMES)),
    Field("x7", "char", arraysize="*"),
    Field("x8", "unicodeChar", arraysize="*"),
    Field("x9", "double", arraysize="*"),
]


@pytest.mark.parametrize("form", ["votable/b2", "votable/td"])
@given(rows=columns)
@settings(max_examples=40, deadline=None)
def test_astropy_reads_back_what_was_written(form, rows):
    document = encode(
        form, RANDOM_FIELDS, batch(RANDOM_FIELDS, *map(list, zip(*rows, strict=True)))
    )
    array = read_back(document).array
    for seen, row in zip(array, rows, strict=True):
        for i in range(5):
            assert seen[f"x{i}"] == row[i]
        for i in (5, 6):
            assert np.array_equal(float(seen[f"x{i}"]), row[i], equal_nan=True)
        # White space at the ends of a cell of TABLEDATA is not kept by readers.
        for i in (7, 8):
            same = str(seen[f"x{i}"]) == row[i]
            assert same or (form == "votable/td" and str(seen[f"x{i}"]).strip() == row[i].strip())
        assert np.array_equal(np.asarray(seen["x9"], float).ravel(), row[9])


def test_names_and_descriptions_are_escaped_and_control_characters_go():
    field = Field('a<b"&', "int", "less < more & \x07 bell", "km/s", "phys.veloc")
    document = encode("votable/td", [field], batch([field], [1]), infos=(Info("Q", 'a<"b'),))
    table = read_back(document)
    assert table.fields[0].name == 'a<b"&'
    assert table.fields[0].description == "less < more &   bell"


def test_positions_refer_to_their_system():
    field = Field("ra", "double", "RA", "deg", "pos.eq.ra;meta.main")
    document = encode("votable/td", [field], batch([field], [1.0])).decode()
    assert '<COOSYS ID="icrs" system="ICRS"/>' in document
    assert 'ref="icrs"' in document


def test_descriptors_follow_the_results_and_refer_to_their_field():
    field = Field("obj_id", "long")
    descriptor = (
        '<RESOURCE type="meta" utype="adhoc:service">\n<GROUP name="inputParams">'
        '<PARAM name="ID" datatype="long" value="" ref="the_id"/></GROUP>\n</RESOURCE>\n'
    )
    document = encode(
        "votable/td",
        [field],
        batch([field], [1]),
        field_ids={"obj_id": "the_id"},
        resources=(descriptor,),
    )
    results, meta = parse(io.BytesIO(document), verify="exception").resources
    assert (results.type, meta.type, meta.utype) == ("results", "meta", "adhoc:service")
    assert results.tables[0].fields[0].ID == "the_id"
    assert meta.groups[0].entries[0].ref == "the_id"


@pytest.mark.parametrize("form", ["votable/b2", "votable/td"])
def test_no_rows_is_a_valid_document(form):
    field = Field("x", "int")
    assert len(read_back(encode(form, [field])).array) == 0


def fails_after_first(fields):
    yield batch(fields, [1])
    raise RuntimeError("secret /path/to/file")


@pytest.mark.parametrize("form", ["votable/b2", "votable/td"])
def test_a_failure_after_the_first_rows_is_a_trailing_info(form):
    field = Field("x", "int")
    result = Result((field,), fails_after_first([field]))
    document = b"".join(find_format(form).encode(result))
    resource = parse(io.BytesIO(document)).resources[0]
    assert [i.value for i in resource.infos if i.name == "QUERY_STATUS"] == ["OK", "ERROR"]
    assert b"secret" not in document


def test_csv_is_cut_short_rather_than_looking_whole():
    field = Field("x", "int")
    with pytest.raises(ConnectionError):
        list(find_format("csv").encode(Result((field,), fails_after_first([field]))))


@pytest.mark.parametrize("form", [f.name for f in FORMATS])
def test_a_failure_before_the_first_rows_is_still_an_error(form):
    def fails():
        raise UsageError("too much")
        yield

    with pytest.raises(UsageError, match="too much"):
        next(find_format(form).encode(Result((Field("x", "int"),), fails())))


def test_overflow_is_told_at_the_end():
    field = Field("x", "int")
    document = encode("votable", [field], batch([field], [1]), overflowed=lambda: True)
    assert document.index(b"OVERFLOW") > document.index(b"</TABLE>")


def test_csv_keeps_texts_apart_and_null_from_empty():
    fields = [
        Field("a,b", "char", arraysize="*"),
        Field("f", "float"),
        Field("t", "char", arraysize="*", xtype="timestamp"),
    ]
    document = encode(
        "csv", fields, batch(fields, ['x,"y"\nz', "", None], [0.1, None, 2.0], [WHEN, None, WHEN])
    )
    rows = list(csv.reader(io.StringIO(document.decode())))
    assert rows[0] == ["a,b", "f", "t"]
    assert rows[1] == ['x,"y"\nz', "0.1", "2020-01-02T03:04:05"]
    assert document.decode().splitlines()[-2].startswith('"",')
    assert document.decode().splitlines()[-1].startswith(",2.0,")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, "votable/b2"),
        ("votable", "votable/b2"),
        ("text/xml", "votable/b2"),
        ("application/x-votable+xml;serialization=TABLEDATA", "votable/td"),
        ('application/x-votable+xml; serialization="binary2"', "votable/b2"),
        ("VOTABLE/TD", "votable/td"),
        ("text/csv; header=present", "csv"),
        ("tsv", "tsv"),
    ],
)
def test_formats_are_found_however_they_are_written(wanted, name):
    assert find_format(wanted).name == name


def test_an_unknown_format_is_told_with_those_that_are():
    with pytest.raises(UsageError, match=r"'docx' is not offered; choose one of votable/b2"):
        find_format("docx")


def test_error_documents_are_votables():
    for document, name in (
        (error_document("a <b> & c"), "QUERY_STATUS"),
        (cone_error_document("x"), "Error"),
    ):
        assert parse(io.BytesIO(document)).resources[0].infos[0].name == name
    assert parse(io.BytesIO(error_document("a <b>"))).resources[0].infos[0].content == "a <b>"


@pytest.mark.client
@pytest.mark.parametrize("form", ["votable/b2", "votable/td"])
def test_votlint_is_clean_on_every_type(form, tmp_path):
    fields = [
        Field(f"c{i}", f.datatype, "About", "", "meta.id", f.arraysize, xtype=f.xtype)
        for i, f in enumerate(ALL)
    ]
    values = [[value, None] for _, value, _ in BY_HAND]
    path = tmp_path / "all.vot"
    path.write_bytes(encode(form, fields, batch(fields, *values)))
    lint = run_program("stilts", "votlint", f"votable={path}")
    assert (lint.stdout + lint.stderr).strip() == ""
