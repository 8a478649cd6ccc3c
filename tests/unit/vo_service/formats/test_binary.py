"""BINARY and BINARY2: bytes by hand, nulls, and values that do not fit."""

import base64
import io
import re
import struct

import pytest
from astropy.io.votable import parse

from tests.support.rows import WHEN, batch, encode
from vo_service.formats.binary import NULLS, RowPacker
from vo_service.release.field import Field

BY_HAND = [
    (Field("x", "boolean"), True, b"T"),
    (Field("x", "boolean"), False, b"F"),
    (Field("x", "boolean", arraysize="2"), [True, False], b"TF"),
    (Field("x", "unsignedByte"), 255, b"\xff"),
    (Field("x", "short"), -2, b"\xff\xfe"),
    (Field("x", "short", arraysize="2x2"), [1, 2, 3, 4], b"\0\1\0\2\0\3\0\4"),
    (Field("x", "int"), 2**31 - 1, b"\x7f\xff\xff\xff"),
    (Field("x", "long"), -(2**63) + 1, b"\x80" + b"\0" * 6 + b"\x01"),
    (Field("x", "float"), 1.5, b"\x3f\xc0\0\0"),
    (Field("x", "double"), -2.0, b"\xc0" + b"\0" * 7),
    (Field("x", "double"), float("inf"), b"\x7f\xf0" + b"\0" * 6),
    (Field("x", "char", arraysize="*"), "ab", b"\0\0\0\x02ab"),
    (Field("x", "char", arraysize="8*"), "ab", b"\0\0\0\x02ab"),
    (Field("x", "char", arraysize="*"), "", b"\0\0\0\0"),
    (Field("x", "char", arraysize="*"), "é", b"\0\0\0\x01?"),
    (Field("x", "char", arraysize="4"), "ab", b"ab\0\0"),
    (Field("x", "char", arraysize="2"), "ab", b"ab"),
    (Field("x", "char"), "a", b"a"),
    (Field("x", "unicodeChar", arraysize="*"), "é", b"\0\0\0\x01\x00\xe9"),
    (Field("x", "unicodeChar", arraysize="*"), "😀a", b"\0\0\0\x03\xd8\x3d\xde\x00\x00a"),
    (Field("x", "unicodeChar", arraysize="*"), "ab", b"\0\0\0\x02\0a\0b"),
    (Field("x", "unicodeChar", arraysize="3"), "é", b"\x00\xe9\0\0\0\0"),
    (Field("x", "char", arraysize="*", xtype="timestamp"), WHEN, b"\0\0\0\x132020-01-02T03:04:05"),
    (Field("x", "char", arraysize="10", xtype="timestamp"), WHEN, b"2020-01-02"),
    (Field("x", "double", arraysize="2"), [1.0, 2.0], struct.pack(">dd", 1, 2)),
    (Field("x", "float", arraysize="*"), [1.0], b"\0\0\0\x01\x3f\x80\0\0"),
    (Field("x", "int", arraysize="*"), [], b"\0\0\0\0"),
    (Field("x", "boolean", arraysize="*"), [True, None], b"\0\0\0\x02T?"),
]


def rows_of(*fields: Field, flags: bool = True, columns: list[list]) -> bytes:
    packer = RowPacker(fields, flags, {} if flags else NULLS)
    return packer.pack(batch(fields, *columns)).tobytes()


@pytest.mark.parametrize(("field", "value", "expected"), BY_HAND, ids=str)
def test_binary2_writes_these_bytes_behind_its_flags(field, value, expected):
    assert rows_of(field, columns=[[value]]) == b"\x00" + expected


@pytest.mark.parametrize(("field", "value", "expected"), BY_HAND, ids=str)
def test_binary_writes_the_same_bytes_without_flags(field, value, expected):
    assert rows_of(field, flags=False, columns=[[value]]) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("x", "boolean"), b"?"),
        (Field("x", "short"), b"\x80\x00"),
        (Field("x", "int"), b"\x80\0\0\0"),
        (Field("x", "long"), b"\x80" + b"\0" * 7),
        (Field("x", "float"), b"\x7f\xc0\0\0"),
        (Field("x", "char", arraysize="*"), b"\0\0\0\0"),
        (Field("x", "char", arraysize="2"), b"\0\0"),
        (Field("x", "short", arraysize="2"), b"\x80\x00\x80\x00"),
        (Field("x", "float", arraysize="2"), b"\x7f\xc0\0\0" * 2),
        (Field("x", "short", arraysize="*"), b"\0\0\0\0"),
    ],
    ids=str,
)
def test_binary_marks_nulls_by_these_bytes(field, expected):
    assert rows_of(field, flags=False, columns=[[None]]) == expected


def test_null_sets_its_bit_and_rows_follow_one_another():
    fields = [Field(f"i{k}", "short") for k in range(9)] + [Field("t", "char", arraysize="*")]
    columns = [[1, None] if k == 8 else [None, 2] for k in range(9)] + [["x", None]]
    first = b"\xff\x00" + b"\0\0" * 8 + b"\0\x01" + b"\0\0\0\x01x"
    second = b"\x00\xc0" + b"\0\x02" * 8 + b"\0\0" + b"\0\0\0\0"
    assert rows_of(*fields, columns=columns) == first + second


def test_texts_between_numbers_come_in_the_order_of_the_columns():
    fields = [
        Field("a", "char", arraysize="*"),
        Field("b", "short"),
        Field("c", "char", arraysize="*"),
        Field("d", "float", arraysize="*"),
        Field("e", "unsignedByte"),
    ]
    columns = [["x", "yy"], [1, 2], ["", "z"], [[], [1.0]], [7, 8]]
    first = b"\0\0\0\x01x\0\x01\0\0\0\0\0\0\0\0\x07"
    second = b"\0\0\0\x02yy\0\x02\0\0\0\x01z\0\0\0\x01\x3f\x80\0\0\x08"
    assert rows_of(*fields, flags=False, columns=columns) == first + second


def test_base64_of_many_batches_is_that_of_all_rows():
    field = Field("x", "long")
    parts = [batch([field], list(range(k, k + 7))) for k in range(0, 700, 7)]
    document = encode("votable/b2", [field], *parts).decode()
    stream = document.split('<STREAM encoding="base64">')[1].split("</STREAM>")[0]
    expected = b"".join(b"\x00" + struct.pack(">q", i) for i in range(700))
    assert base64.b64decode(stream) == expected
    assert max(map(len, stream.split())) <= 64


def test_slices_of_a_batch_are_encoded_as_they_are():
    fields = [Field("t", "char", arraysize="*"), Field("v", "int", arraysize="*")]
    whole = batch(fields, ["a", None, "bcd", "e"], [[1], [2, 3], None, [4]])
    packer = RowPacker(tuple(fields), True, {})
    one_by_one = b"".join(packer.pack(whole.slice(i, 1)).tobytes() for i in range(4))
    assert one_by_one == packer.pack(whole).tobytes()


def test_binary_writes_bytes_as_shorts_since_none_is_left_to_mark_nulls():
    field = Field("x", "unsignedByte")
    table = parse(io.BytesIO(encode("votable/b", [field], batch([field], list(range(256))))))
    seen = table.get_first_table()
    assert (seen.fields[0].datatype, seen.fields[0].values.null) == ("short", -(2**15))
    assert seen.array["x"].tolist() == list(range(256))


@pytest.mark.parametrize("arraysize", [None, "*"])
def test_binary_refuses_the_value_that_marks_nulls(arraysize):
    field = Field("x", "short", arraysize=arraysize)
    value = -(2**15) if arraysize is None else [1, -(2**15)]
    document = encode("votable/b", [field], batch([field], [value])).decode()
    told = re.search('value="ERROR">(.*)</INFO>', document)
    assert told
    assert told[1] == ("Column 'x' holds -32768, which marks nulls in BINARY; ask for votable/b2.")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (Field("x", "char", arraysize="2"), "abc", "A text of column 'x' is longer than its 2"),
        (Field("x", "unicodeChar", arraysize="1"), "😀", "A text of column 'x' is longer than"),
        (Field("x", "float", arraysize="2"), [1.0], "An array of column 'x' does not have 2"),
    ],
    ids=str,
)
def test_what_does_not_fit_its_field_is_told_and_not_cut(field, value, said):
    document = encode("votable/b2", [field], batch([field], [value])).decode()
    assert f'value="ERROR">{said}' in document
