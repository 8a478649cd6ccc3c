"""Every type through every format, as astropy and STILTS read it."""

import io
import json
import math
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.programs import run_program
from tests.support.rows import batch, encode, every_type
from vo_service.formats import columns
from vo_service.release.field import Field

VOTABLES = ["votable/b2", "votable/td", "votable/b"]

INTEGERS = {"unsignedByte": (0, 255), "short": 16, "int": 32, "long": 64}
ASCII = st.characters(min_codepoint=33, max_codepoint=126)
WIDE = st.characters(
    blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), blacklist_characters="\ufffe\uffff"
)


def values_of(datatype: str) -> st.SearchStrategy:
    """Return what a column may hold; the least integer is left out, as BINARY gives it to null."""
    if datatype == "boolean":
        return st.booleans()
    if datatype in ("float", "double"):
        return st.floats(width=32 if datatype == "float" else 64, allow_nan=False)
    if datatype == "unsignedByte":
        return st.integers(0, 255)
    if datatype == "char":
        return st.text(ASCII, max_size=6)
    if datatype == "unicodeChar":
        return st.text(WIDE, max_size=6)
    bits = INTEGERS[datatype]
    return st.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 2)


SCALARS = ("boolean", "unsignedByte", "short", "int", "long", "float", "double")
FIELDS = [
    *(Field(name, name) for name in SCALARS),
    *(Field(f"{name}_two", name, arraysize="2") for name in SCALARS),
    *(Field(f"{name}_some", name, arraysize="*") for name in SCALARS),
    Field("char", "char", arraysize="*"),
    Field("wide", "unicodeChar", arraysize="*"),
]


def cells_of(field: Field) -> st.SearchStrategy:
    values = values_of(field.datatype)
    if not field.is_array:
        return st.none() | values
    if field.arraysize == "2":
        return st.lists(values, min_size=2, max_size=2)
    return st.lists(values, max_size=3)


ROWS = st.lists(st.tuples(*map(cells_of, FIELDS)), min_size=1, max_size=8)


def cut_up(rows: list[tuple]) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    whole = batch(FIELDS, *map(list, zip(*rows, strict=True)))
    return whole.slice(0, len(rows) // 2), whole.slice(len(rows) // 2)


def encode_small(form: str, rows: list[tuple]) -> bytes:
    """Encode in two batches and slices of few rows."""
    with patch.object(columns, "CHUNK_BYTES", 300):
        return encode(form, FIELDS, *cut_up(rows))


def narrow(field: Field, values: object) -> object:
    """Round to float what a reader made a double of."""
    if isinstance(values, list):
        return [narrow(field, value) for value in values]
    return values if field.datatype != "float" or values is None else float(np.float32(values))


@pytest.mark.parametrize("form", VOTABLES)
@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_astropy_reads_votables(form, rows):
    document = encode_small(form, rows)
    array = parse(io.BytesIO(document), verify="exception").get_first_table().array
    for field, wanted in zip(FIELDS, zip(*rows, strict=True), strict=True):
        seen, masks = array.data[field.name], array.mask[field.name]
        for s, mask, w in zip(seen, masks, wanted, strict=True):
            if field.is_text:
                assert str(s) == (w or "")
            elif field.is_array:
                assert narrow(field, np.asarray(s).tolist()) == w
            elif w is None:
                assert mask
            else:
                assert s == w
                assert not mask


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_astropy_reads_fits(rows):
    table = fits.open(io.BytesIO(encode_small("fits", rows)), logical_as_bytes=True)[1]
    for number, (field, wanted) in enumerate(zip(FIELDS, zip(*rows, strict=True), strict=True), 1):
        null = table.header.get(f"TNULL{number}")
        for s, w in zip(table.data[field.name], wanted, strict=True):
            if field.is_text:
                assert s == "".join(c if ord(c) < 128 else "?" for c in w or "")
            elif field.datatype == "boolean":
                letters = w if field.is_array else [w]
                assert b"".join(np.atleast_1d(s).tolist()).ljust(len(letters), b"\0") == b"".join(
                    {True: b"T", False: b"F", None: b"\0"}[letter] for letter in letters
                )
            elif field.is_array:
                assert np.asarray(s).tolist() == w
            elif w is None:
                assert s == null or np.isnan(s)
            else:
                assert s == w
                assert s != null


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_pyarrow_reads_arrow_and_parquet(rows):
    wanted = pa.Table.from_batches(cut_up(rows)).to_pylist()
    assert pa.ipc.open_stream(encode_small("arrow", rows)).read_all().to_pylist() == wanted
    assert pq.read_table(io.BytesIO(encode_small("parquet", rows))).to_pylist() == wanted


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_json_is_read_back(rows):
    def plain(value):
        if isinstance(value, list):
            return [plain(v) for v in value]
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
            return str(value)
        return value

    seen = json.loads(encode_small("json", rows))["data"]
    for row, wanted in zip(seen, rows, strict=True):
        for field, s, w in zip(FIELDS, row, wanted, strict=True):
            assert narrow(field, s) == plain(w)


LINES = [
    "flag,byte,small,whole,big,single,real,text,wide,code,sign,moment,point,grid,flags,curve,"
    "steps,bytes,marks",
    'true,0,-32767,-2147483647,-9223372036854775807,0.1,0.3333333333333333,"a,""b""<&>",é😀,abcd,'
    'é😀,2020-01-02T03:04:05,"(1.0, 2.0)","((1, 2), (3, 4), (5, 6))","(true, false)",(1.5),'
    '"(1, 2)","(1, 255)","(true, false)"',
    ',,,,,,,,,,,,NULLS,"((0, 0), (0, 0), (0, 0))","(true, true)",,,,',
    "false,255,32767,2147483647,9223372036854775807,-Infinity,Infinity,,,a,a,"
    '2020-01-02T03:04:05,"(3.0, 4.0)","((-1, -1), (-1, -1), (-1, -1))","(false, false)",,,,',
]
"""What STILTS writes of the rows of `tests.support.rows.EVERY`."""


@pytest.mark.client
@pytest.mark.parametrize("form", [*VOTABLES, "fits"])
def test_stilts_reads_every_type(form, tmp_path):
    fields, rows = every_type()
    path = tmp_path / "table"
    path.write_bytes(encode(form, fields, rows))
    said = run_program(
        "stilts", "tpipe", f"in={path}", f"ifmt={form.split('/')[0]}", "ofmt=csv", "out=-"
    )
    missing = "" if form == "votable/b2" else '"(NaN, NaN)"'
    text = "\n".join(LINES).replace("NULLS", missing)
    # FITS holds ASCII alone.
    assert said.stdout.strip() == (text.replace("é😀", "??") if form == "fits" else text)
