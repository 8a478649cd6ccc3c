"""Broken, hostile and huge files: one sentence each, and never anything but it."""

import base64
import io
import tracemalloc

import numpy as np
import pytest
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.vo_service.tables.test_votable import document, written
from vo_service.errors import UsageError
from vo_service.tables.read import ReadLimits, read_table

LIMITS = ReadLimits(max_rows=1000, max_bytes=1_000_000, max_columns=50)
INT = '<FIELD name="n" datatype="int"/>'
TEXT = '<FIELD name="t" datatype="char" arraysize="*"/>'


def cells(field: str, *rows: str) -> bytes:
    return document(field, "<TABLEDATA>" + "".join(rows) + "</TABLEDATA>")


def row(*values: str) -> str:
    return "<TR>" + "".join(f"<TD>{v}</TD>" for v in values) + "</TR>"


def typed(datatype: str, *values: str, more: str = "") -> bytes:
    return cells(f'<FIELD name="x" datatype="{datatype}" {more}/>', *(row(v) for v in values))


def stream(field: str, data: bytes | str, element: str = "BINARY", more: str = "") -> bytes:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return document(
        field, f'<{element}><STREAM encoding="base64" {more}>{text}</STREAM></{element}>'
    )


def refusal(data: bytes, limits: ReadLimits = LIMITS) -> str:
    with pytest.raises(UsageError) as refused:
        read_table(data, limits, "t1")
    return str(refused.value)


BROKEN = {
    "empty": (b"  \n", "t1 is empty."),
    "compressed": (b"\x1f\x8b\x08\0\0", "t1 is compressed; unpack it first."),
    "packed": (
        b"PAR1....",
        "t1 is Parquet or Arrow, which may unpack without end; send VOTable, FITS, CSV, TSV or "
        "ECSV.",
    ),
    "unknown": (
        b"\x7fELF\0\0\0",
        "t1 is of no known format; send VOTable, FITS, CSV, TSV or ECSV.",
    ),
    "page": (b"<html><body/></html>", "The document is no VOTable: it begins with html."),
    "cut off": (
        cells(INT, row("1"))[:-40],
        "The VOTable is not well-formed XML: unclosed token (line 1, column 175)",
    ),
    "mismatched": (
        cells(INT, "<TR><TD>1</TR>"),
        "The VOTable is not well-formed XML: mismatched tag (line 1, column 167)",
    ),
    "not UTF-8": (
        cells(TEXT, row("\x80")).replace(b"\xc2\x80", b"\x80"),
        "The VOTable is not well-formed XML: not well-formed (invalid token) (line 1, column 179)",
    ),
    "unknown encoding": (
        cells(INT).replace(b'"1.0"?', b'"1.0" encoding="utf-99"?'),
        "The VOTable is written in an unknown encoding; write it in UTF-8.",
    ),
    "entities": (
        b'<!DOCTYPE V [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><VOTABLE>&b;</VOTABLE>',
        "The VOTable declares entities or elements in a DOCTYPE; remove them.",
    ),
    "file as entity": (
        b'<!DOCTYPE V [<!ENTITY a SYSTEM "file:///etc/passwd">]><VOTABLE>&a;</VOTABLE>',
        "The VOTable declares entities or elements in a DOCTYPE; remove them.",
    ),
    "unknown entity": (
        b'<!DOCTYPE V SYSTEM "http://a/b.dtd"><VOTABLE>&a;</VOTABLE>',
        "The VOTable uses the entity 'a', which XML does not know.",
    ),
    "deep": (
        b"<VOTABLE>" + b"<GROUP>" * 5000,
        "Elements of the VOTable are nested deeper than 64.",
    ),
    "deep cells": (
        cells(INT, "<TR>" * 5000),
        "A TR of the VOTable stands in TR, not in TABLEDATA.",
    ),
    "stray cell": (
        document(INT, "<TABLEDATA/><TD>1</TD>"),
        "A TD of the VOTable stands in DATA, not in TR.",
    ),
    "rows twice": (
        document(INT, f"<TABLEDATA>{row('1')}</TABLEDATA><TABLEDATA>{row('2')}</TABLEDATA>"),
        "A TABLE of the VOTable has rows twice; keep one set of them.",
    ),
    "no table": (
        b'<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR"/></RESOURCE></VOTABLE>',
        "The file holds no table with columns.",
    ),
    "no name": (document('<FIELD datatype="int"/>', ""), "A FIELD of the VOTable has no name."),
    "same names": (document(INT + INT, ""), "The table has two columns 'n'; rename one."),
    "unknown type": (typed("integer"), "Column 'x': 'integer' is no VOTable data type."),
    "no type": (document('<FIELD name="x"/>', ""), "Column 'x': '' is no VOTable data type."),
    "array size": (
        typed("int", more='arraysize="-3"'),
        "Column 'x': '-3' is no VOTable array size.",
    ),
    "huge array": (
        typed("int", more='arraysize="99999999999x99999999999"'),
        "Column 'x': cells of 99999999999x99999999999 elements are too large.",
    ),
    "large array": (
        typed("double", "1 2", more='arraysize="1000000000"'),
        "Column 'x', row 1: 2 elements, but its arraysize is 1000000000.",
    ),
    "no integer": (typed("int", "1", "", "2.5"), "Column 'x', row 3: '2.5' is no int."),
    "too large": (typed("short", "1", "40000"), "Column 'x', row 2: '40000' is no short."),
    "negative byte": (typed("unsignedByte", "-1"), "Column 'x', row 1: '-1' is no unsignedByte."),
    "no number": (typed("double", "1", "NULL"), "Column 'x', row 2: 'NULL' is no double."),
    "no truth": (typed("boolean", "T", "maybe"), "Column 'x', row 2: 'maybe' is no boolean."),
    "no bit": (typed("bit", "2"), "Column 'x', row 1: '2' is no boolean."),
    "no time": (
        typed("char", "2020-01-01", "yesterday", more='arraysize="*" xtype="timestamp"'),
        "Column 'x', row 2: 'yesterday' is no timestamp.",
    ),
    "element": (
        typed("int", "1 2", "3", "4 x", more='arraysize="*"'),
        "Column 'x', row 3: 'x' is no int.",
    ),
    "elements": (
        typed("int", "1 2", "3", more='arraysize="2"'),
        "Column 'x', row 2: 1 elements, but its arraysize is 2.",
    ),
    "null value": (
        stream('<FIELD name="x" datatype="int"><VALUES null="none"/></FIELD>', b"\0\0\0\1"),
        "Column 'x': its null value 'none' is no int.",
    ),
    "too many cells": (
        cells(INT, row("1"), row("1", "2")),
        "Row 2 has 2 cells, but the table has 1 columns.",
    ),
    "too few cells": (
        cells(INT + TEXT, row("1", "a"), row("1", "b"), row("1")),
        "Row 3 has 1 cells, but the table has 2 columns.",
    ),
    "coded cell": (
        cells(INT, '<TR><TD encoding="base64">MQ==</TD></TR>'),
        "Cells of the VOTable are encoded; write them as plain text.",
    ),
    "other file": (
        stream(INT, b"", more='href="file:///etc/passwd"'),
        "The VOTable keeps its rows in another file (href); put them into it.",
    ),
    "gzip stream": (
        document(INT, '<BINARY><STREAM encoding="gzip">AA==</STREAM></BINARY>'),
        "A STREAM of the VOTable is encoded as 'gzip'; use base64.",
    ),
    "broken base64": (
        stream(INT, "AAAA!A=="),
        "The STREAM of the VOTable is no whole base64 text.",
    ),
    "cut base64": (stream(INT, "AAAAAQ="), "The STREAM of the VOTable is no whole base64 text."),
    "half a row": (
        stream(INT, b"\0\0\0\1\0\0"),
        "The binary rows of the VOTable end in the middle of a row; send the whole file.",
    ),
    "half a text": (
        stream(TEXT, b"\0\0\0\5abc"),
        "The binary rows of the VOTable end in the middle of a row; send the whole file.",
    ),
    "negative length": (
        stream(TEXT, b"\xff\xff\xff\xfb"),
        "A length in the binary rows of the VOTable is negative.",
    ),
    "binary text": (stream(TEXT, b"\0\0\0\1\xff"), "Column 't' holds text that is no UTF-8."),
    "half a pair": (
        stream('<FIELD name="u" datatype="unicodeChar"/>', b"\xd8\0"),
        "Column 'u' holds text that is no UTF-16.",
    ),
    "binary truth": (
        stream('<FIELD name="b" datatype="boolean"/>', b"TX"),
        "Column 'b' holds bytes that are no boolean.",
    ),
    "inline FITS": (
        stream(INT, b"SIMPLE", "FITS"),
        "The FITS file ends before its table does; send the whole file.",
    ),
    "rows": (
        cells(INT, *[row("1")] * 1001),
        "The table has more than the 1000 rows that are allowed.",
    ),
    "binary rows": (
        stream(INT, bytes(4 * 1001)),
        "The table has more than the 1000 rows that are allowed.",
    ),
    "counted rows": (
        stream(TEXT, bytes(4 * 1001)),
        "The table has more than the 1000 rows that are allowed.",
    ),
    "columns": (
        document("".join(f'<FIELD name="c{i}" datatype="int"/>' for i in range(51)), ""),
        "The table has more than the 50 columns that are allowed.",
    ),
    "bytes": (b"a" * 1_000_001, "The table has 1000001 bytes; at most 1000000 are allowed."),
    "FITS": (
        b"SIMPLE  =                    T" + b" " * 2850,
        "The FITS file ends before its table does; send the whole file.",
    ),
    "CSV line": (b"a,b\n1,2\n3\n", "Line 3 has 1 cells, but the table has 2 columns."),
    "CSV coding": (
        b"a,b\n1,\xff\xfe\n",
        "Line 2 of the table holds text that is no UTF-8.",
    ),
    "CSV columns": (
        b"a," * 51 + b"\n",
        "The table has more than the 50 columns that are allowed.",
    ),
    "CSV names": (b"\n1,2\n", "The first line of the text holds no names of columns."),
    "CSV name": (b"a,,b\n1,2,3\n", "A column of the table has no name."),
    "ECSV header": (
        b"# %ECSV 1.0\n# ---\n# datatype: [\na\n1\n",
        "The header of the ECSV file is no YAML; write it again.",
    ),
    "ECSV columns": (
        b"# %ECSV 1.0\n# ---\n# datatypes: []\na\n1\n",
        "The header of the ECSV file has no list of columns (datatype).",
    ),
    "ECSV cell": (
        b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int64}\na\n1\nx\n",
        "Column 'a', row 2: 'x' is no long.",
    ),
    "ECSV type": (
        b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: complex128}\na\n1\n",
        "Column 'a' has the type complex128, which is not supported.",
    ),
}


@pytest.mark.parametrize(("data", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_in_one_sentence(data: bytes, sentence: str):
    assert refusal(data) == sentence


def test_a_huge_declared_array_takes_no_memory():
    field = '<FIELD name="x" datatype="double" arraysize="1000000000"/>'
    tracemalloc.start()
    refusal(stream(field, bytes(800)))
    refusal(document(field, "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>"))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def sample() -> Table:
    return Table(
        {
            "n": np.arange(5, dtype=np.int16),
            "d": np.linspace(0, 1, 5),
            "t": ["a", "bb", "ccc", "", "e"],
            "ok": [True, False, True, True, False],
            "v": np.arange(10.0).reshape(5, 2),
        }
    )


def in_format(form: str) -> bytes:
    sink = io.BytesIO()
    if form in ("tabledata", "binary", "binary2"):
        return written(sample(), form)
    if form == "fits":
        sample().write(sink, format="fits")
        return sink.getvalue()
    text = io.StringIO()
    table = sample() if form == "ecsv" else sample()["n", "d", "t", "ok"]
    table.write(text, format=f"ascii.{form}")
    return text.getvalue().encode()


FORMS = {
    form: in_format(form) for form in ("tabledata", "binary", "binary2", "fits", "ecsv", "csv")
}


@pytest.mark.parametrize("form", FORMS)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_file_is_read_or_refused(form: str, data: st.DataObject):
    """Bytes replaced, removed, doubled or cut off: a table comes, or one sentence."""
    whole = bytearray(FORMS[form])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        size = data.draw(st.integers(0, 12))
        new = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"99999999999", b"-1", b"<TD>", b"&x;"])
        )
        whole[at : at + size] = new
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(0, len(whole))) :]
    try:
        read = read_table(bytes(whole), LIMITS)
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        read.rows.validate(full=True)
