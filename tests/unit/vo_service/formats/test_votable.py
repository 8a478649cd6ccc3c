"""The frame of a VOTable: metadata, descriptors, how it ends."""

import io

import pytest
from astropy.io.votable import parse

from tests.support.programs import run_program
from tests.support.rows import batch, encode, every_type, failing
from vo_service.formats.error_document import cone_error_document, error_document
from vo_service.formats.registry import find_format
from vo_service.formats.result import Info, Param, Result
from vo_service.release.field import Field

FORMS = ["votable/b2", "votable/td", "votable/b"]


def read_back(document: bytes):
    return parse(io.BytesIO(document), verify="exception").get_first_table()


def test_names_and_descriptions_are_escaped_and_control_characters_go():
    field = Field('a<b"&', "int", "less < more & \x07 bell", "km/s", "phys.veloc")
    info = Info('Q"<', 'a<b"', "x & y")
    document = encode("votable/td", [field], batch([field], [1]), infos=(info,))
    table = read_back(document)
    assert table.fields[0].name == 'a<b"&'
    assert table.fields[0].description == "less < more &   bell"
    told = parse(io.BytesIO(document)).resources[0].infos[1]
    assert (told.name, told.value, told.content) == ('Q"<', 'a<b"', "x & y")


@pytest.mark.parametrize("form", FORMS)
def test_params_stand_before_the_columns_with_unit_and_meaning(form):
    params = (
        Param(Field("sizes", "int", "Sizes < 5", "km/s", "meta.number", arraysize="2"), "3 4"),
        Param(Field("label", "char", arraysize="*"), ""),
    )
    document = encode(form, [Field("n", "int")], batch([Field("n", "int")], [1]), params=params)
    sizes, label = read_back(document).params
    assert (sizes.value.tolist(), str(sizes.unit), sizes.ucd) == ([3, 4], "km / s", "meta.number")
    assert (sizes.description, label.value) == ("Sizes < 5", "")


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


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_is_a_valid_document(form):
    fields, _ = every_type()
    assert len(read_back(encode(form, fields)).array) == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_failure_after_the_first_rows_is_a_trailing_info(form):
    field = Field("x", "int")
    document = b"".join(find_format(form).encode(Result((field,), failing([field]))))
    resource = parse(io.BytesIO(document)).resources[0]
    assert [i.value for i in resource.infos if i.name == "QUERY_STATUS"] == ["OK", "ERROR"]
    assert resource.tables[0].array["x"].tolist() == [1]
    assert b"secret" not in document


@pytest.mark.parametrize("form", FORMS)
def test_overflow_is_told_at_the_end(form):
    field = Field("x", "int")
    document = encode(form, [field], batch([field], [1]), overflowed=lambda: True)
    assert document.index(b"OVERFLOW") > document.index(b"</TABLE>")


@pytest.mark.parametrize("form", ["votable/b2", "votable/b"])
def test_an_empty_text_and_spaces_are_kept_in_binary(form):
    field = Field("x", "unicodeChar", arraysize="*")
    table = read_back(encode(form, [field], batch([field], ["", " a\t\r\n "])))
    assert table.array["x"].tolist() == ["", " a\t\r\n "]


def test_what_xml_cannot_hold_becomes_a_space_in_tabledata():
    field = Field("x", "unicodeChar", arraysize="*")
    texts = ["a\x00b", "a\x1fb", "a\ufffeb", "a\uffffb", "a<&>]]>b", "a\rb", "\U0010ffff"]
    table = read_back(encode("votable/td", [field], batch([field], texts)))
    assert table.array["x"].tolist() == ["a b"] * 4 + ["a<&>]]>b", "a\rb", "\U0010ffff"]


def test_error_documents_are_votables():
    for document, name in (
        (error_document("a <b> & c"), "QUERY_STATUS"),
        (cone_error_document("x"), "Error"),
    ):
        assert parse(io.BytesIO(document)).resources[0].infos[0].name == name
    assert parse(io.BytesIO(error_document("a <b>"))).resources[0].infos[0].content == "a <b>"


@pytest.mark.client
@pytest.mark.parametrize("form", FORMS)
def test_votlint_is_clean_on_every_type(form, tmp_path):
    fields, rows = every_type()
    path = tmp_path / "all.vot"
    path.write_bytes(encode(form, fields, rows, infos=(Info("QUERY", "SELECT '<é>'"),)))
    lint = run_program("stilts", "votlint", f"votable={path}")
    assert (lint.stdout + lint.stderr).strip() == ""
