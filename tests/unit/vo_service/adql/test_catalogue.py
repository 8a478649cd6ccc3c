"""Tables and columns by name: in any case, delimited, and of uploads with names of any kind."""

import pytest

from tests.support.engine import NOTES, STARS
from vo_service.adql.catalogue import Catalogue
from vo_service.adql.compile import compile_select
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.table import Table

NAMES = ("a", "A", "SELECT", 'with "quotes"', "Mixed", "two words", "MIXED2", "ra")
UPLOAD = Table(
    "TAP_UPLOAD",
    "MyTable",
    "",
    tuple(Field(name, "int") for name in NAMES),
    physical=tuple(f"c{i + 1}" for i in range(len(NAMES))),
)
CATALOGUE = Catalogue([STARS, NOTES])
WITH_UPLOAD = CATALOGUE.with_uploads([UPLOAD])


def compiled(text: str) -> tuple[str, list[str]]:
    translated = translate(parse(text), WITH_UPLOAD, "")
    sql, _ = compile_select(translated.select, "duckdb")
    return sql, [f.name for f in translated.fields]


@pytest.mark.parametrize(
    "name",
    [
        "TAP_UPLOAD.mytable",
        "tap_upload.MyTable",
        '"TAP_UPLOAD"."MyTable"',
        "MYTABLE",
        '"MyTable"',
        "Tap_Upload.mytable AS t",
    ],
)
def test_an_upload_is_found_in_any_case(name):
    assert compiled(f"SELECT * FROM {name}")[1][2:] == list(NAMES[2:])


@pytest.mark.parametrize("name", ['"mytable"', 'tap_upload."MYTABLE"', '"Tap_Upload"."x"'])
def test_a_delimited_name_is_exact(name):
    with pytest.raises(UsageError, match="There is no table"):
        compiled(f"SELECT * FROM {name}")


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("a", "c1"),
        ('"A"', "c2"),
        ('"SELECT"', "c3"),
        ('"with ""quotes"""', "c4"),
        ("mixed", "c5"),
        ('t."two words"', "c6"),
        ("T.mixed2", "c7"),
    ],
)
def test_a_column_is_read_by_its_physical_name(written, column):
    assert f'"t"."{column}" AS' in compiled(f"SELECT {written} FROM mytable AS t")[0]


def test_an_upload_is_gone_with_its_query():
    with pytest.raises(UsageError, match="There is no table"):
        CATALOGUE.find(parse("SELECT 1 FROM mytable").body.sources[0].path)
    assert CATALOGUE.tables == (STARS, NOTES)


def test_names_that_differ_in_case_alone_must_be_delimited():
    fields = (Field("Ab", "int"), Field("AB", "int"))
    catalogue = CATALOGUE.with_uploads(
        [Table("TAP_UPLOAD", "u", "", fields, physical=("c1", "c2"))]
    )
    with pytest.raises(UsageError, match="write it in double quotes"):
        translate(parse("SELECT ab FROM u"), catalogue, "")


def test_an_upload_with_position_roles_has_no_hidden_columns():
    fields = (Field("ra", "double", role="ra"), Field("dec", "double", role="dec"))
    upload = Table("TAP_UPLOAD", "u", "", fields, physical=("c1", "c2"))
    text = "SELECT ra FROM u WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))"
    select = translate(parse(text), CATALOGUE.with_uploads([upload]), "").select
    assert "_hpx29" not in compile_select(select, "duckdb")[0]


def test_a_long_chain_of_operators_is_refused_or_run_but_never_crashes():
    text = "SELECT id FROM stars WHERE id = " + " + ".join(["1"] * 5000)
    with pytest.raises(UsageError, match="nests too deep"):
        translate(parse(text), CATALOGUE, "")
