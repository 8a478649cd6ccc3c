"""FITS, CSV, ECSV, Parquet and Arrow, as astropy and pyarrow write them."""

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from tests.support.shared import shared_path
from tests.unit.vo_service.tables.test_votable import checked
from vo_service.errors import UsageError
from vo_service.tables.read import ReadLimits, TableFile, read_table

BLOCK = 2880
LIMITS = ReadLimits(max_rows=20_000, max_bytes=10_000_000, max_columns=200)


def read(data: bytes, trusted: bool = False) -> TableFile:
    return read_table(data, LIMITS, trusted=trusted)


def as_lists(file: TableFile) -> dict:
    return {f.name: c.to_pylist() for f, c in zip(file.fields, checked(file).columns, strict=True)}


def fits_bytes(*columns: fits.Column, name: str = "") -> bytes:
    sink = io.BytesIO()
    table = fits.BinTableHDU.from_columns(columns, name=name)
    fits.HDUList([fits.PrimaryHDU(np.zeros((3, 5))), table]).writeto(sink)
    return sink.getvalue()


def test_fits_columns_of_every_format():
    got = as_lists(
        read(
            fits_bytes(
                fits.Column("L", "L", array=np.array([True, False])),
                fits.Column("X", "10X", array=np.array([[1, 0] * 5, [0] * 9 + [1]], bool)),
                fits.Column("B", "B", array=np.array([0, 255], np.uint8)),
                fits.Column("I", "I", array=np.array([-5, 7], np.int16), null=7),
                fits.Column("J", "2J", array=np.array([[1, 2], [3, 4]], np.int32)),
                fits.Column("K", "K", array=np.array([2**62, -1])),
                fits.Column("A", "5A", array=np.array(["ab", ""])),
                fits.Column("E", "E", array=np.array([1.5, np.nan], np.float32)),
                fits.Column("D", "D", array=np.array([1 / 3, -np.inf])),
                fits.Column("C", "C", array=np.array([1 + 2j, 0], np.complex64)),
                fits.Column("P", "PI()", array=np.array([[1, 2, 3], [4]], dtype=object)),
                fits.Column("Q", "QD()", array=np.array([[], [4.5]], dtype=object)),
            )
        )
    )
    assert got == {
        "L": [True, False],
        "X": [[True, False] * 5, [False] * 9 + [True]],
        "B": [0, 255],
        "I": [-5, None],
        "J": [[1, 2], [3, 4]],
        "K": [2**62, -1],
        "A": ["ab", None],
        "E": [1.5, None],
        "D": [1 / 3, -np.inf],
        "C": [[1, 2], [0, 0]],
        "P": [[1, 2, 3], [4]],
        "Q": [None, [4.5]],
    }


def test_scaled_and_unsigned_numbers_of_fits():
    file = read(
        fits_bytes(
            fits.Column("u2", "I", bzero=2**15, array=np.array([0, 65535], np.uint16)),
            fits.Column("u4", "J", bzero=2**31, array=np.array([1, 2**32 - 1], np.uint32)),
            fits.Column("u8", "K", bzero=2**63, array=np.array([3, 2**63 - 1], np.uint64)),
            fits.Column("s1", "B", bzero=-128, array=np.array([-128, 127], np.int8)),
        )
    )
    assert as_lists(file) == {
        "u2": [0, 65535], "u4": [1, 2**32 - 1], "u8": [3, 2**63 - 1], "s1": [-128, 127],
    }  # fmt: skip
    assert [f.datatype for f in file.fields] == ["int", "long", "long", "short"]


def test_scales_of_fits_are_applied():
    data = fits_bytes(fits.Column("f", "I", null=7, array=np.array([2, -1, 7], np.int16)))
    cards = b"TSCAL1  = 0.5".ljust(80) + b"TZERO1  = 10".ljust(80)
    # The cards take the room of blank ones behind END.
    end = data.index(b"END" + b" " * 77, BLOCK)
    data = data[:end] + cards + data[end : end + 80] + data[end + 240 :]
    file = read(data)
    assert as_lists(file) == {"f": [11.0, 9.5, None]}
    assert file.fields[0].datatype == "double"


def test_unsigned_numbers_that_no_column_holds_are_refused():
    column = fits.Column("big", "K", bzero=2**63, array=np.array([1, 2**63], np.uint64))
    with pytest.raises(UsageError, match="Column 'big' holds unsigned numbers of 64 bits"):
        read(fits_bytes(column))


def test_what_a_fits_header_says_is_kept():
    hdu = fits.BinTableHDU.from_columns(
        [fits.Column("a", "D", unit="mag"), fits.Column("b", "12D", dim="(3,4)")], name="THINGS"
    )
    hdu.header["TTYPE1"] = ("a", "Brightness in V")
    hdu.header["TTYPE2"] = ("b", "label for field 2")
    hdu.header["TUCD1"] = "phot.mag;em.opt.V"
    sink = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(sink)
    file = read(sink.getvalue())
    first, second = file.fields
    assert (first.unit, first.ucd, first.description) == (
        "mag", "phot.mag;em.opt.V", "Brightness in V",
    )  # fmt: skip
    assert (second.arraysize, second.description, file.name) == ("3x4", "", "THINGS")


def test_pointers_out_of_the_heap_are_refused():
    data = bytearray(fits_bytes(fits.Column("P", "PI()", array=np.array([[1, 2]], dtype=object))))
    pointer = (2).to_bytes(4, "big") + (0).to_bytes(4, "big")
    at = data.rindex(pointer)
    for wrong in (b"\x7f\xff\xff\xff\0\0\0\0", b"\0\0\0\2\x7f\xff\xff\xff", b"\xff" * 8):
        data[at : at + 8] = wrong
        with pytest.raises(UsageError, match="Column 'P' points outside the heap"):
            read(bytes(data))


def test_a_cut_fits_table_is_refused():
    data = fits_bytes(fits.Column("D", "D", array=np.arange(1000.0)))
    with pytest.raises(UsageError, match="The FITS file ends before its table does"):
        read(data[:-BLOCK])


@pytest.mark.parametrize(
    "name",
    ["sdss_dr14/native/spec-0371-52078-0126.fits", "portal_reduced/portal_reduced.fits",
     "desi/redrock-4-80613-thru20210324.fits"],
)  # fmt: skip
def test_real_fits_tables_are_read_as_astropy_reads_them(name):
    path = shared_path(f"data/{name}")
    got = as_lists(read_table(path, LIMITS))
    with fits.open(path) as hdus:
        table = next(h for h in hdus if isinstance(h, fits.BinTableHDU))
        for column in table.columns.names:
            values = np.asarray(table.data[column])
            if values.dtype.kind in "SU":
                assert [g or "" for g in got[column]] == np.char.rstrip(values).tolist()
            else:
                numbers = np.array([np.nan if g is None else g for g in got[column]], float)
                np.testing.assert_array_equal(numbers.ravel(), values.astype(float).ravel())


def types(text: str) -> dict[str, str]:
    return {f.name: f.xtype or f.datatype for f in read(text.encode()).fields}


def test_types_of_csv_are_those_of_all_values():
    many = "".join(f"{i},{i},{i}\n" for i in range(5000))
    assert types(f"a,b,c\n{many}1.5,x,\n") == {"a": "double", "b": "char", "c": "long"}
    text = "t,b,u,n\n2020-01-02T03:04:05Z,true,é,\n2021-01-01,F,,\n"
    assert types(text) == {"t": "timestamp", "b": "boolean", "u": "unicodeChar", "n": "char"}
    assert as_lists(read(text.encode()))["t"] == [
        datetime(2020, 1, 2, 3, 4, 5),
        datetime(2021, 1, 1),
    ]


def test_digits_that_no_number_holds_stay_text():
    """Rounding identifiers without a word is how spreadsheets spoil catalogues."""
    text = "id,code,n\n12345678901234567890,007,1\n12345678901234567891,010,2\n"
    assert types(text) == {"id": "char", "code": "char", "n": "long"}
    assert as_lists(read(text.encode()))["id"][1] == "12345678901234567891"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_recognised(delimiter):
    text = (
        delimiter.join(["ra", "name"]) + "\r\n" + delimiter.join(["1.5", '"a,b;c\td|e"']) + "\r\n"
    )
    assert as_lists(read(text.encode())) == {"ra": [1.5], "name": ["a,b;c\td|e"]}


def test_comments_and_a_byte_order_mark_are_passed():
    assert as_lists(read(b"\xef\xbb\xbfa,b\n1,2\n")) == {"a": [1], "b": [2]}
    assert as_lists(read(b"#Table1\na,b\n1,2\n")) == {"a": [1], "b": [2]}
    assert as_lists(read(b"# a,b\n1,2\n3,4\n")) == {"a": [1, 3], "b": [2, 4]}
    assert as_lists(read(b'a,b\n"1\n2",nan\n')) == {"a": ["1\n2"], "b": [None]}


def test_a_spreadsheet_of_sdss_is_read():
    file = read_table(shared_path("data/catalogues/skyserver_sql_10000.csv"), LIMITS)
    got = as_lists(file)
    assert file.rows.num_rows == 10_000
    assert got["class"][:2] == ["STAR", "STAR"]
    assert got["ra"][0] == pytest.approx(183.5313257)


def test_ecsv_columns_and_what_it_says_of_them():
    table = Table(
        {
            "n": MaskedColumn([1, 2, 3], mask=[False, True, False], dtype=np.int16),
            "x": [1.5, np.nan, 2.5],
            "text": ["a b", "", 'c"d'],
            "ok": [True, False, True],
            "three": np.arange(9.0).reshape(3, 3),
        }
    )
    table["x"].unit, table["x"].description = "km / s", "Speed"
    table["n"].meta["ucd"] = "meta.number"
    table.meta["description"] = "Made up"
    for delimiter in (" ", ","):
        text = io.StringIO()
        table.write(text, format="ascii.ecsv", delimiter=delimiter)
        file = read(text.getvalue().encode())
        assert as_lists(file) == {
            "n": [1, None, 3],
            "x": [1.5, None, 2.5],
            "text": ["a b", None, 'c"d'],
            "ok": [True, False, True],
            "three": [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        }
        fields = {f.name: f for f in file.fields}
        assert (fields["x"].unit, fields["x"].description) == ("km / s", "Speed")
        assert (fields["n"].ucd, fields["n"].datatype) == ("meta.number", "short")
        assert (fields["three"].arraysize, file.description) == ("3", "Made up")


def test_ecsv_makes_no_objects(tmp_path: Path):
    text = (
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int64}\n"
        f"# meta: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']\na\n1\n"
    )
    try:
        read(text.encode())
    except UsageError as error:
        assert "header" in str(error)
    assert not (tmp_path / "made").exists()


ARROW = pa.table(
    {
        "i8": pa.array([1, None], pa.int8()),
        "u4": pa.array([1, 2**32 - 1], pa.uint32()),
        "f2": pa.array(np.array([1.5, 2.5], np.float16)),
        "d": pa.array([1.5, float("nan")]),
        "day": pa.array([0, 1], pa.date32()),
        "t": pa.array(["a", "b"]).dictionary_encode(),
        "v": pa.array([[1.5], []], pa.list_(pa.float32())),
        "three": pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.int32(), 3)),
    }
)


def arrow_bytes(table: pa.Table, form: str) -> bytes:
    sink = io.BytesIO()
    if form == "parquet":
        pq.write_table(table, sink)
        return sink.getvalue()
    new = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("form", ["parquet", "file", "stream"])
def test_arrow_types_become_those_of_votable(form):
    file = read(arrow_bytes(ARROW, form), trusted=True)
    assert as_lists(file) == {
        "i8": [1, None],
        "u4": [1, 2**32 - 1],
        "f2": [1.5, 2.5],
        "d": [1.5, None],
        "day": [datetime(1970, 1, 1), datetime(1970, 1, 2)],
        "t": ["a", "b"],
        "v": [[1.5], []],
        "three": [[1, 2, 3], [4, 5, 6]],
    }
    assert [f.arraysize for f in file.fields][-2:] == ["*", "3"]


@pytest.mark.parametrize("form", ["parquet", "file", "stream"])
def test_packed_files_of_others_are_refused(form):
    with pytest.raises(UsageError, match="may unpack without end"):
        read(arrow_bytes(ARROW, form))


@pytest.mark.parametrize("form", ["parquet", "file", "stream"])
def test_broken_packed_files_are_told(form):
    data = arrow_bytes(ARROW, form)
    with pytest.raises(UsageError, match=r"^The (Parquet|Arrow) file is broken or incomplete"):
        read(data[: len(data) // 2], trusted=True)


def test_types_that_votable_lacks_are_named():
    for column, kind in (
        (pa.array([{"a": 1}]), "struct"),
        (pa.array([1], pa.duration("s")), "dur"),
    ):
        with pytest.raises(UsageError, match=f"Column 'x' has the type {kind}"):
            read(arrow_bytes(pa.table({"x": column}), "parquet"), trusted=True)


def test_votable_metadata_in_parquet_are_used(tmp_path: Path):
    """VOParquet, as astropy writes it."""
    table = Table({"ra": [1.0, 2.0], "n": np.array([1, 2], np.int16)})
    path = tmp_path / "t.parquet"
    said = {
        "ra": {"unit": "deg", "ucd": "pos.eq.ra;meta.main", "description": "Where"},
        "n": {"unit": "", "ucd": "meta.number", "description": "How many"},
    }
    table.write(path, format="parquet.votable", metadata=said)
    ra, n = read_table(path, LIMITS, trusted=True).fields
    assert (ra.unit, ra.ucd, ra.description) == ("deg", "pos.eq.ra;meta.main", "Where")
    assert (n.datatype, n.description) == ("short", "How many")


def test_what_astropy_says_in_parquet_is_used(tmp_path: Path):
    table = Table({"x": [1.0, 2.0]})
    table["x"].unit, table["x"].description = "mag", "Bright"
    table.write(tmp_path / "t.parquet")
    (field,) = read_table(tmp_path / "t.parquet", LIMITS, trusted=True).fields
    assert (field.unit, field.description) == ("mag", "Bright")
