"""JSON: its shape, and what numbers and texts become."""

import json
import math

import numpy as np

from tests.support.rows import WHEN, batch, encode, every_type
from vo_service.release.field import Field


def decode(fields, *batches, **options):
    return json.loads(encode("json", fields, *batches, **options))


def test_columns_are_described_and_rows_are_lists():
    fields = [Field("ra", "double", "Right ascension", "deg", "pos.eq.ra"), Field("n", "int")]
    document = decode(fields, batch(fields, [1.5, None], [1, None]), batch(fields, [2.0], [3]))
    assert document == {
        "metadata": [
            {
                "name": "ra",
                "datatype": "double",
                "unit": "deg",
                "ucd": "pos.eq.ra",
                "description": "Right ascension",
            },
            {"name": "n", "datatype": "int"},
        ],
        "data": [[1.5, 1], [None, None], [2.0, 3]],
        "overflow": False,
    }


def test_no_rows_are_an_empty_list():
    fields, _ = every_type()
    assert decode(fields)["data"] == []
    assert decode(fields, overflowed=lambda: True)["overflow"] is True


def test_integers_that_readers_would_round_are_texts():
    field = Field("obj_id", "long")
    values = [2**53, 2**53 + 1, -(2**53), -(2**53) - 1, None, 0]
    expected = [2**53, str(2**53 + 1), -(2**53), str(-(2**53) - 1), None, 0]
    assert [row[0] for row in decode([field], batch([field], values))["data"]] == expected


def test_nan_and_infinity_are_null():
    field, arrays = Field("x", "float"), Field("v", "double", arraysize="*")
    rows = batch([field, arrays], [math.nan, math.inf, 1.0], [[math.nan, 1.0], [-math.inf], []])
    assert decode([field, arrays], rows)["data"] == [[None, [None, 1.0]], [None, [None]], [1.0, []]]


def test_every_text_comes_back():
    field = Field("t", "unicodeChar", arraysize="*")
    texts = ["".join(map(chr, range(0x80))), "\\", '"', "é😀\u2028", "", None, "\\u0041", "\x7f"]
    assert [row[0] for row in decode([field], batch([field], texts))["data"]] == texts


def test_timestamps_booleans_and_arrays():
    fields = [
        Field("t", "char", arraysize="*", xtype="timestamp"),
        Field("b", "boolean"),
        Field("v", "boolean", arraysize="*"),
    ]
    rows = batch(fields, [WHEN, None], [True, None], [[True, None], None])
    assert decode(fields, rows)["data"] == [
        ["2020-01-02T03:04:05", True, [True, None]],
        [None, None, None],
    ]


def test_floats_come_back_to_the_last_bit():
    field = Field("d", "double")
    doubles = np.random.default_rng(2).integers(0, 2**64, 3000, np.uint64).view(np.float64)
    doubles = doubles[np.isfinite(doubles)]
    assert [row[0] for row in decode([field], batch([field], doubles))["data"]] == doubles.tolist()
