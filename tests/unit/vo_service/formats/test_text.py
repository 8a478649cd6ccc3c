"""CSV and TSV: what is quoted, what null is."""

import csv
import io

import numpy as np
import pytest
from astropy.table import Table

from tests.support.programs import run_program
from tests.support.rows import WHEN, batch, encode
from vo_service.release.field import Field

TEXT = Field("t", "unicodeChar", arraysize="*")


def test_these_are_the_bytes():
    fields = [
        Field("a,b", "char", arraysize="*"),
        Field("f", "float"),
        Field("i", "long"),
        Field("b", "boolean"),
        Field("v", "double", arraysize="*"),
        Field("t", "char", arraysize="*", xtype="timestamp"),
    ]
    rows = batch(
        fields,
        ['x,"y"\nz', "", None],
        [0.1, None, float("inf")],
        [2**60, None, -1],
        [True, None, False],
        [[1.0, 2.5], None, []],
        [WHEN, None, WHEN],
    )
    assert encode("csv", fields, rows).decode() == (
        '"a,b",f,i,b,v,t\n'
        '"x,""y""\nz",0.1,1152921504606846976,T,1.0 2.5,2020-01-02T03:04:05\n'
        '"",,,,,\n'
        ",+Inf,-1,F,,2020-01-02T03:04:05\n"
    )


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_the_csv_module_reads_every_text(form, delimiter):
    texts = ["a,b", "a\tb", 'a"b', "a\nb", "a\rb", " a ", "é😀", "'", "\\", ""]
    document = encode(form, [TEXT], batch([TEXT], texts)).decode()
    rows = list(csv.reader(io.StringIO(document, newline=""), delimiter=delimiter))
    assert rows == [["t"], *[[text] for text in texts]]


def test_only_texts_that_need_quotes_have_them():
    assert encode("csv", [TEXT], batch([TEXT], ["a b", "a,b"])) == b't\na b\n"a,b"\n'


def test_a_single_column_has_no_empty_lines_but_for_nulls():
    assert encode("csv", [TEXT], batch([TEXT], ["", None])) == b't\n""\n\n'


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_floats_come_back_to_the_last_bit(form):
    fields = [Field("f", "float"), Field("d", "double")]
    bits = np.random.default_rng(1).integers(0, 2**64, 5000, np.uint64)
    doubles = bits.view(np.float64)
    floats = bits.astype(np.uint32).view(np.float32)
    document = encode(form, fields, batch(fields, floats, doubles)).decode()
    lines = document.splitlines()[1:]
    f, d = zip(*(line.split("," if form == "csv" else "\t") for line in lines), strict=True)
    np.testing.assert_array_equal(np.array(d, float), doubles)
    np.testing.assert_array_equal(np.array(f, np.float32), floats)


def test_astropy_reads_it():
    fields = [Field("n", "char", arraysize="*"), Field("x", "double")]
    document = encode("csv", fields, batch(fields, ["a,b", "c"], [1.5, None])).decode()
    table = Table.read(document, format="ascii.csv")
    assert table["n"].tolist() == ["a,b", "c"]
    assert table["x"].tolist() == [1.5, None]


@pytest.mark.client
def test_stilts_reads_it(tmp_path):
    fields = [Field("n", "char", arraysize="*"), Field("x", "double"), Field("b", "boolean")]
    rows = batch(fields, ["a,b", 'c"'], [float("inf"), None], [True, None])
    (tmp_path / "in.csv").write_bytes(encode("csv", fields, rows))
    said = run_program(
        "stilts", "tpipe", f"in={tmp_path}/in.csv", "ifmt=csv", "ofmt=csv", "out=-"
    ).stdout
    assert said == 'n,x,b\n"a,b",Infinity,true\n"c""",,\n'
