"""FITS: its header, its nulls, its heap, and the file in which rows wait."""

import io
import warnings

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import Table

from tests.support.programs import run_program
from tests.support.rows import WHEN, batch, encode, every_type, failing
from vo_service.errors import UsageError
from vo_service.formats.registry import find_format
from vo_service.formats.result import Info, Result, Spool
from vo_service.release.field import Field


def open_table(fields, *batches, **options) -> fits.BinTableHDU:
    hdus = fits.open(io.BytesIO(encode("fits", fields, *batches, **options)), logical_as_bytes=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hdus.verify("exception")
    return hdus[1]


def test_the_header_says_what_is_known_of_each_column():
    field = Field(
        "flux", "double", "A description of more than the 68 characters of one card, " + "é" * 30,
        "10**-17 erg.s**-1.cm**-2", "phot.flux", utype="spec:Flux",
    )  # fmt: skip
    infos = (Info("QUERY", "SELECT flux\nFROM t"),)
    header = open_table([field], batch([field], [1.0]), infos=infos, table_name="spectra").header
    assert header["TTYPE1"] == "flux"
    assert header["TFORM1"] == "1D"
    assert units.Unit(header["TUNIT1"], format="fits") == 1e-17 * units.erg / units.s / units.cm**2
    assert header["TUCD1"] == "phot.flux"
    assert header["TUTYP1"] == "spec:Flux"
    assert header["TCOMM1"] == field.description.replace("é", "?")
    assert header["EXTNAME"] == "spectra"
    assert header["HISTORY"] == ["QUERY: SELECT flux FROM t"]
    assert header["QSTATUS"] == "OK"
    assert "TNULL1" not in header


def test_an_overflow_is_in_the_header():
    field = Field("x", "int")
    table = open_table([field], batch([field], [1]), overflowed=lambda: True)
    assert table.header["QSTATUS"] == "OVERFLOW"


@pytest.mark.parametrize("rows", [0, 1, 2, 1000])
def test_files_are_whole_blocks_of_all_rows(rows):
    field = Field("x", "short")
    document = encode("fits", [field], batch([field], list(range(rows))))
    assert len(document) % 2880 == 0
    assert fits.open(io.BytesIO(document))[1].data["x"].tolist() == list(range(rows))


def test_no_rows_of_any_type_is_a_valid_file():
    fields, _ = every_type()
    assert len(open_table(fields).data) == 0


@pytest.mark.parametrize(
    ("datatype", "values", "form", "null"),
    [
        ("unsignedByte", [0, 1, 254], "1B", 255),
        ("unsignedByte", [1, 255], "1B", 0),
        ("unsignedByte", [0, 255], "1I", -(2**15)),
        ("short", [0], "1I", -(2**15)),
        ("short", [-(2**15)], "1I", 2**15 - 1),
        ("short", [-(2**15), 2**15 - 1], "1J", -(2**31)),
        ("long", [-(2**63), 0], "1K", 2**63 - 1),
        ("int", [], "1J", -(2**31)),
    ],
)
def test_nulls_are_an_integer_that_no_value_equals(datatype, values, form, null):
    field = Field("x", datatype)
    table = open_table([field], batch([field], values), batch([field], [None]))
    assert (table.header["TFORM1"], table.header["TNULL1"]) == (form, null)
    assert table.data["x"].tolist() == [*values, null]


def test_no_integer_left_for_nulls_is_told():
    field = Field("x", "long")
    with pytest.raises(UsageError, match="'x' leaves no integer to mark its nulls"):
        encode("fits", [field], batch([field], [-(2**63), 2**63 - 1, None]))


def test_texts_are_as_wide_as_the_longest_of_all_batches():
    field = Field("t", "unicodeChar", arraysize="*")
    table = open_table([field], batch([field], ["a", None]), batch([field], ["é😀bc", ""]))
    assert table.header["TFORM1"] == "4A"
    assert table.data["t"].tolist() == ["a", "", "??bc", ""]


def test_timestamps_have_a_fraction_if_one_of_them_has():
    field = Field("t", "char", arraysize="*", xtype="timestamp")
    exact = WHEN.replace(microsecond=120)
    parts = batch([field], [WHEN, None]), batch([field], [exact])
    table = open_table([field], *parts)
    assert table.data["t"].tolist() == [
        "2020-01-02T03:04:05.000000", "", "2020-01-02T03:04:05.000120",
    ]  # fmt: skip
    assert open_table([field], parts[0]).header["TFORM1"] == "19A"


def test_arrays_of_differing_lengths_are_found_in_the_heap():
    fields = [Field("v", "float", arraysize="*"), Field("w", "int", arraysize="*")]
    parts = [
        batch(fields, [[1.0, 2.0], []], [[1], None]),
        batch(fields, [[3.0], [4.0, 5.0, 6.0]], [[2, 3], [4]]),
    ]
    table = open_table(fields, *parts)
    assert [table.header[f"TFORM{i}"] for i in (1, 2)] == ["PE(3)", "PJ(2)"]
    assert [list(v) for v in table.data["v"]] == [[1, 2], [], [3], [4, 5, 6]]
    assert [list(w) for w in table.data["w"]] == [[1], [], [2, 3], [4]]


def test_arrays_of_a_fixed_shape_keep_it():
    field = Field("m", "short", arraysize="2x3")
    table = open_table([field], batch([field], [[1, 2, 3, 4, 5, 6], None]))
    assert table.header["TDIM1"] == "(2,3)"
    assert table.data["m"][0].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert (table.data["m"][1] == table.header["TNULL1"]).all()


def test_booleans_have_three_values():
    field = Field("b", "boolean")
    table = open_table([field], batch([field], [True, None, False]))
    assert table.data["b"].tolist() == [b"T", b"", b"F"]


def test_astropy_makes_a_table_with_masks():
    fields = [Field("i", "int"), Field("x", "float", unit="deg"), Field("t", "char", arraysize="*")]
    document = encode("fits", fields, batch(fields, [1, None], [None, 0.5], ["a", None]))
    table = Table.read(io.BytesIO(document))
    assert table["i"].mask.tolist() == [False, True]
    assert table["x"].mask.tolist() == [True, False]
    assert str(table["x"].unit) == "deg"
    assert table["t"].mask.tolist() == [False, True]


def test_what_fails_comes_before_the_first_byte():
    field = Field("x", "int")
    with pytest.raises(RuntimeError):
        next(find_format("fits").encode(Result((field,), failing([field]))))


def test_rows_wait_in_the_folder_and_leave_nothing(tmp_path):
    field, folder = Field("x", "double"), tmp_path / "state" / "spool"
    rows = batch([field], np.arange(1000.0))
    chunks = find_format("fits").encode(Result((field,), iter([rows]), spool=Spool(folder)))
    next(chunks)
    assert folder.is_dir()
    chunks.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "texts", [["a" * 2000] * 1000, ["a" * 200_000, *["b"] * 100]], ids=["rows", "padding"]
)
def test_an_answer_too_great_to_wait_is_refused_at_once(texts):
    field = Field("t", "char", arraysize="*")
    with pytest.raises(UsageError, match=r"greater than the 1 MiB .* ask for fewer rows"):
        encode("fits", [field], batch([field], texts), spool=Spool(most_bytes=1 << 20))


def test_more_columns_than_fits_can_name_are_refused():
    fields = [Field(f"x{i}", "int") for i in range(1000)]
    with pytest.raises(UsageError, match="999 columns at most"):
        encode("fits", fields)


@pytest.mark.client
def test_stilts_sees_what_the_columns_are(tmp_path):
    field = Field("ra", "double", "Right ascension", "deg", "pos.eq.ra", utype="a:b")
    (tmp_path / "x.fits").write_bytes(encode("fits", [field], batch([field], [1.0])))
    command = (
        "stilts",
        "tpipe",
        f"in={tmp_path}/x.fits",
        "cmd=meta name units ucd utype description",
    )
    said = run_program(*command, "ofmt=csv", "out=-").stdout
    assert said.splitlines()[1] == "ra,deg,pos.eq.ra,a:b,Right ascension"
