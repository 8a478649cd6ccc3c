"""VOTables of every data type, as astropy and STILTS write them and as written by hand."""

import base64
import io
import struct
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io.votable import from_table, parse
from astropy.table import MaskedColumn, Table

from tests.support.programs import run_program
from tests.support.shared import shared_path
from vo_service.release.types import arrow_type
from vo_service.tables.read import ReadLimits, TableFile, read_table

LIMITS = ReadLimits(max_rows=10_000, max_bytes=10_000_000, max_columns=200)
SERIALISATIONS = ("tabledata", "binary", "binary2")


def read_hand(fields: str, rows: str) -> TableFile:
    """Read a TABLEDATA document."""
    return read_table(document(fields, f"<TABLEDATA>{rows}</TABLEDATA>"), LIMITS)


def document(fields: str, data: str) -> bytes:
    return (
        '<?xml version="1.0"?><VOTABLE version="1.2" xmlns="http://www.ivoa.net/xml/VOTable/v1.2">'
        f"<RESOURCE><TABLE>{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def column(datatype: str, *cells: str, arraysize: str = "", null: str = "", more: str = "") -> list:
    """Read one column of TABLEDATA."""
    size = f'arraysize="{arraysize}"' if arraysize else ""
    values = f'<VALUES null="{null}"/>' if null else ""
    field = f'<FIELD name="x" datatype="{datatype}" {size} {more}>{values}</FIELD>'
    rows = "".join(f"<TR><TD>{cell}</TD></TR>" for cell in cells)
    return checked(read_hand(field, rows)).column(0).to_pylist()


def binary_column(element: str, datatype: str, data: bytes, arraysize: str = "") -> list:
    size = f'arraysize="{arraysize}"' if arraysize else ""
    stream = base64.b64encode(data).decode()
    body = f'<{element}><STREAM encoding="base64">{stream}</STREAM></{element}>'
    field = f'<FIELD name="x" datatype="{datatype}" {size}/>'
    return checked(read_table(document(field, body), LIMITS)).column(0).to_pylist()


def checked(read: TableFile):
    """Return the rows, their types as promised."""
    assert read.rows.schema.types == [arrow_type(f) for f in read.fields]
    read.rows.validate(full=True)
    return read.rows


def written(table: Table, serialisation: str) -> bytes:
    sink = io.BytesIO()
    made = from_table(table)
    for field in made.get_first_table().fields:
        if field.name == "few":
            field.values.null = -1
    made.to_xml(sink, tabledata_format=serialisation)
    return sink.getvalue()


@pytest.mark.parametrize("serialisation", SERIALISATIONS)
def test_numbers_come_back_as_astropy_wrote_them(serialisation):
    rng = np.random.default_rng(1)
    kinds = ("uint8", "int16", "int32", "int64", "float32", "float64")
    table = Table({t: rng.integers(0, 100, 50).astype(t) for t in kinds})
    table["float64"] /= 7
    table["few"] = MaskedColumn(np.arange(50), mask=np.arange(50) % 7 == 0)
    read = read_table(written(table, serialisation), LIMITS)
    assert [f.name for f in read.fields] == table.colnames
    assert read.rows.column_names == [f"c{i + 1}" for i in range(7)]
    assert [f.datatype for f in read.fields][:6] == [
        "unsignedByte", "short", "int", "long", "float", "double",
    ]  # fmt: skip
    for i, name in enumerate(table.colnames[:-1]):
        np.testing.assert_array_equal(checked(read).column(i).to_numpy(), table[name])
    assert read.rows.column("c7").to_pylist() == table["few"].tolist()


@pytest.mark.parametrize("serialisation", SERIALISATIONS)
def test_texts_truths_and_arrays_come_back_as_astropy_wrote_them(serialisation):
    table = Table(
        {
            "text": ["a", "bcd", "ef  g"],
            "wide": np.array(["α", "𝛽x", "γδε"]),
            "truth": [True, False, True],
            "three": np.arange(9.0).reshape(3, 3),
            "matrix": np.arange(18, dtype=np.int16).reshape(3, 2, 3),
            "complex": np.array([1 + 2j, 3 - 4j, 0]),
        }
    )
    read = read_table(written(table, serialisation), LIMITS)
    sizes = {f.name: (f.datatype, f.arraysize) for f in read.fields}
    assert sizes["three"] == ("double", "3")
    assert sizes["matrix"] == ("short", "2x3")
    assert sizes["complex"] == ("double", "2")
    assert sizes["truth"] == ("boolean", None)
    columns = [c.to_pylist() for c in checked(read).columns]
    assert columns[0] == ["a", "bcd", "ef  g"]
    assert columns[1] == ["α", "𝛽x", "γδε"]
    assert columns[2] == [True, False, True]
    assert columns[3] == table["three"].tolist()
    assert columns[4] == [m.ravel().tolist() for m in table["matrix"]]
    assert columns[5] == [[1, 2], [3, -4], [0, 0]]


@pytest.mark.parametrize(
    ("datatype", "cells", "expected"),
    [
        ("boolean", ["T", "f", "1", "0", "true", "False", "?", ""],
         [True, False, True, False, True, False, None, None]),
        ("unsignedByte", ["0", "255", " 7 ", ""], [0, 255, 7, None]),
        ("short", ["-32768", "+5", "0x1F", ""], [-32768, 5, 31, None]),
        ("int", ["-2147483648", ""], [-(2**31), None]),
        ("long", ["9223372036854775807", ""], [2**63 - 1, None]),
        ("float", ["1e3", "NaN", "+Inf", "-Inf", ""], [1000, None, np.inf, -np.inf, None]),
        ("double", ["+1.5", "-0.1e-300", "nan", ""], [1.5, -0.1e-300, None, None]),
        ("char", ["a", " ", "&lt;", ""], ["a", " ", "<", None]),
        ("unicodeChar", ["é", "&#x1D6FD;", ""], ["é", "𝛽", None]),
        ("bit", ["1", "0", ""], [True, False, None]),
        ("floatComplex", ["1 2", "NaN -3", ""], [[1, 2], [np.nan, -3], None]),
    ],
)  # fmt: skip
def test_single_cells(datatype, cells, expected):
    np.testing.assert_equal(column(datatype, *cells), expected)


@pytest.mark.parametrize(
    ("datatype", "arraysize", "cells", "expected"),
    [
        ("double", "2", ["1 2", " 3\n4 ", ""], [[1, 2], [3, 4], None]),
        ("int", "*", ["1 2 3", "4", ""], [[1, 2, 3], [4], None]),
        ("short", "2x*", ["1 2 3 4", "5 6"], [[1, 2, 3, 4], [5, 6]]),
        ("boolean", "3", ["T F ?", "1 0 1"], [[True, False, None], [True, False, True]]),
        ("bit", "4", ["1010", "0 0 0 1"], [[True, False, True, False], [False] * 3 + [True]]),
        ("char", "4", ["abcd", "ab"], ["abcd", "ab"]),
        ("char", "2x2", ["abcd"], ["abcd"]),
        ("double", "1", ["5"], [5]),
    ],
)
def test_arrays_of_cells(datatype, arraysize, cells, expected):
    assert column(datatype, *cells, arraysize=arraysize) == expected


def test_the_declared_null_is_null():
    assert column("int", "-99", "5", null="-99") == [None, 5]
    assert column("long", "7", "", null=" 7 ") == [None, None]


@pytest.mark.parametrize("xtype", ["timestamp", "adql:TIMESTAMP"])
def test_times_are_instants(xtype):
    times = ["2020-01-02T03:04:05", "2020-01-02T03:04:05.1234567Z", "1899-12-31", ""]
    got = column("char", *times, arraysize="*", more=f'xtype="{xtype}"')
    assert got == [
        datetime(2020, 1, 2, 3, 4, 5),
        datetime(2020, 1, 2, 3, 4, 5, 123456),
        datetime(1899, 12, 31),
        None,
    ]
    field = f'<FIELD name="x" datatype="char" arraysize="19" xtype="{xtype}"/>'
    (kept,) = read_hand(field, "").fields
    assert (kept.xtype, kept.arraysize) == ("timestamp", "19")


def test_several_times_in_a_cell_stay_text():
    two = "2020-01-01T00:00:002021-01-01T00:00:00"
    assert column("char", two, arraysize="19x*", more='xtype="timestamp"') == [two]


def test_geometry_keeps_its_type():
    read = read_hand(
        '<FIELD name="p" datatype="double" arraysize="2" xtype="point" unit="deg"/>'
        '<FIELD name="c" datatype="float" arraysize="3" xtype="circle"/>'
        '<FIELD name="g" datatype="double" arraysize="*" xtype="polygon"/>',
        "<TR><TD>1 2</TD><TD>1 2 3</TD><TD>1 2 3 4 5 6</TD></TR>",
    )
    assert [f.xtype for f in read.fields] == ["point", "circle", "polygon"]
    assert read.rows.to_pylist() == [{"c1": [1, 2], "c2": [1, 2, 3], "c3": [1, 2, 3, 4, 5, 6]}]


def test_what_a_field_says_is_kept():
    (field,) = read_hand(
        '<FIELD name="Vmag" ID="c" datatype="float" unit="mag" ucd="phot.mag;em.opt.V" utype="u:v">'
        "<DESCRIPTION> Johnson\n V </DESCRIPTION></FIELD>",
        "",
    ).fields
    assert (field.name, field.unit, field.ucd) == ("Vmag", "mag", "phot.mag;em.opt.V")
    assert (field.utype, field.description) == ("u:v", "Johnson V")


def test_names_that_differ_in_case_only_are_two_columns():
    both = '<FIELD name="a" datatype="int"/><FIELD name="A" datatype="int"/>'
    read = read_hand(both, "<TR><TD>1</TD><TD>2</TD></TR>")
    assert [f.name for f in read.fields] == ["a", "A"]
    assert read.rows.to_pylist() == [{"c1": 1, "c2": 2}]


def test_text_beyond_ascii_in_char_becomes_unicode():
    read = read_hand('<FIELD name="x" datatype="char" arraysize="*"/>', "<TR><TD>é</TD></TR>")
    assert read.fields[0].datatype == "unicodeChar"


def test_prefixes_comments_and_cdata_change_nothing():
    text = (
        b'<v:VOTABLE xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3"><v:RESOURCE><v:TABLE name="t">'
        b'<v:FIELD name="x" datatype="char" arraysize="*"/><v:DATA><v:TABLEDATA><!-- no -->'
        b"<v:TR><v:TD>a<!-- b -->c</v:TD></v:TR><v:TR><v:TD><![CDATA[<d>]]></v:TD></v:TR>"
        b"<v:TR><v:TD/></v:TR></v:TABLEDATA></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>"
    )
    read = read_table(text, LIMITS)
    assert read.rows.column(0).to_pylist() == ["ac", "<d>", None]
    assert read.name == "t"


def test_the_first_table_with_columns_is_read():
    one = '<TABLE><FIELD name="x" datatype="int"/><DATA>{}</DATA></TABLE>'
    rows = "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>"
    other = '<BINARY><STREAM encoding="gzip" href="http://a/b">A</STREAM></BINARY>'
    text = f"<VOTABLE><RESOURCE><TABLE/>{one.format(rows)}{one.format(other)}</RESOURCE></VOTABLE>"
    assert read_table(text.encode(), LIMITS).rows.to_pylist() == [{"c1": 1}]


def test_utf_16_and_latin_1_are_read():
    text = document('<FIELD name="x" datatype="unicodeChar" arraysize="*"/>',
                    "<TABLEDATA><TR><TD>é</TD></TR></TABLEDATA>").decode()  # fmt: skip
    for coding in ("utf-16", "iso-8859-1"):
        coded = text.replace('"1.0"?', f'"1.0" encoding="{coding}"?').encode(coding)
        assert read_table(coded, LIMITS).rows.column(0).to_pylist() == ["é"]


def test_binary_bytes_by_hand():
    assert binary_column("BINARY", "short", struct.pack(">3h", 1, -2, 3)) == [1, -2, 3]
    assert binary_column("BINARY", "char", b"ab\0", "1") == ["a", "b", None]
    assert binary_column("BINARY", "char", b"\0\0\0\2hi\0\0\0\0", "*") == ["hi", None]
    assert binary_column("BINARY", "unicodeChar", "é ".encode("utf-16-be"), "2") == ["é "]
    assert binary_column("BINARY", "boolean", b"TF?t1 ") == [True, False, None, True, True, None]
    bits = binary_column("BINARY", "bit", b"\xa0\x40\x20\x80", "10")
    true = [[i for i, bit in enumerate(row) if bit] for row in bits]
    assert (true, [len(row) for row in bits]) == ([[0, 2, 9], [2, 8]], [10, 10])
    some = binary_column("BINARY", "bit", b"\0\0\0\3\xa0\0\0\0\x09\xff\x80", "*")
    assert some == [[True, False, True], [True] * 9]


def test_binary2_marks_tell_null_from_empty():
    assert binary_column("BINARY2", "char", b"\0\0\0\0\0\x80\0\0\0\0", "*") == ["", None]
    assert binary_column("BINARY2", "int", b"\0\0\0\0\7\x80\0\0\0\7") == [7, None]
    assert binary_column("BINARY2", "int", b"\0\0\0\0\0\x80\0\0\0\0", "*") == [[], None]


def test_an_inline_fits_file_is_read(tmp_path: Path):
    table = Table({"a": [1, 2], "b": ["x", "yz"]})
    sink = io.BytesIO()
    table.write(sink, format="fits")
    fits = base64.b64encode(sink.getvalue()).decode()
    fields = (
        '<FIELD name="A one" datatype="long" unit="s"/>'
        '<FIELD name="b" datatype="char" arraysize="2"/>'
    )
    data = f'<FITS extnum="1"><STREAM encoding="base64">{fits}</STREAM></FITS>'
    read = read_table(document(fields, data), LIMITS)
    assert [(f.name, f.unit) for f in read.fields] == [("A one", "s"), ("b", "")]
    assert checked(read).to_pylist() == [{"c1": 1, "c2": "x"}, {"c1": 2, "c2": "yz"}]


def test_a_table_without_rows_has_columns():
    read = read_hand('<FIELD name="x" datatype="double" arraysize="2x*"/>', "")
    assert (len(read.fields), checked(read).num_rows) == (1, 0)


@pytest.mark.parametrize(
    "name",
    [
        "votable_samples/3C273_sed_spectrum.xml",
        "votable_samples/astroquery_gaia_1710099405832VAL-result.vot",
        "votable_samples/astroquery_vizier_kang2010.xml",
        "votable_samples/pyvo_dal_scs_result.xml",
        "votable_samples/pyvo_dal_tap_obscore-image.xml",
        "catalogues/skyserver_3000_galaxies.xml",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_real_files_are_read_as_astropy_reads_them(name):
    path = shared_path(f"data/{name}")
    read = read_table(path, LIMITS)
    expected = parse(path).get_first_table().to_table(use_names_over_ids=True)
    assert [f.name for f in read.fields] == [f.name for f in parse(path).get_first_table().fields]
    assert read.rows.num_rows == len(expected)
    for column_, name_ in zip(checked(read).columns, expected.colnames, strict=True):
        if expected[name_].dtype.kind in "iuf":
            got = column_.to_pylist()
            wanted = [None if v is None or v != v else v for v in expected[name_].tolist()]
            assert got == wanted, name_


@pytest.mark.client
@pytest.mark.parametrize("form", ["TABLEDATA", "BINARY", "BINARY2", "FITS"])
def test_stilts_tables_are_read_alike(form, tmp_path: Path):
    """The types that taplint uploads, with a last row of blanks, in the version it uses."""
    target = tmp_path / "t.vot"
    numbers = {"s": "toShort($0-5)", "j": "toInteger($0*100000)", "l": "$0*4294967296L",
               "f": "toFloat($0/3.0)", "d": "$0/7.0"}  # fmt: skip
    columns = {name: f"$0==23 ? NULL : {e}" for name, e in numbers.items()}
    columns |= {"c": "toString($0).charAt(0)", "t": '$0==23 ? "" : "row " + $0'}
    columns |= {"v": "sequence(toInteger($0))", "b": "$0>9"}
    steps = [f"cmd=addcol {name} '{e}'" for name, e in columns.items()]
    version = "V14" if form == "BINARY2" else "V12"
    done = run_program(
        "stilts", "tpipe", "in=:loop:1,24", *steps, "cmd=delcols 1",
        f"ofmt=votable(format={form},version={version},inline=true)", f"out={target}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read = read_table(target, LIMITS)
    datatypes = {f.name: (f.datatype, f.arraysize) for f in read.fields}
    rows = checked(read).rename_columns([f.name for f in read.fields]).to_pylist()
    assert datatypes["s"] == ("short", None)
    assert datatypes["c"][0] == "char"
    assert len(rows) == 23
    assert {rows[-1][name] for name in numbers} == {None}
    assert not rows[-1]["t"]
    assert rows[0]["d"] == 1 / 7
    # STILTS fills arrays up in FITS.
    assert rows[2].pop("v")[:3] == [0, 1, 2]
    assert rows[2] == {
        "s": -2, "j": 300000, "l": 3 * 2**32, "f": 1.0, "d": 3 / 7, "c": "3", "t": "row 3",
        "b": False,
    }  # fmt: skip
