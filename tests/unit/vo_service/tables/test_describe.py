"""What a file and its user say of a table, put together."""

from pathlib import Path

import pyarrow as pa
import pytest
from astropy import units

from vo_service.errors import UsageError
from vo_service.release.field import Field, check_published
from vo_service.tables.describe import Description, complete, describe, require_complete
from vo_service.tables.metadata import Metadata, read_metadata, write_template
from vo_service.tables.table_file import ReadLimits, make_table_file
from vo_service.tables.vocabulary import plain_names, to_ucd, to_vounit

LIMITS = ReadLimits(10**6, 10**6, 100)
RA = Field("ra", "double")
DEC = Field("dec", "double")


def described(
    fields: list[Field], values: list[list] | None = None, said: dict | None = None
) -> Description:
    """Describe a table; without values each column holds one null."""
    values = values or [[None]] * len(fields)
    types = {"double": pa.float64(), "long": pa.int64(), "char": pa.string(), "int": pa.int32()}
    columns = [pa.array(v, types[f.datatype]) for f, v in zip(fields, values, strict=True)]
    return describe(make_table_file(tuple(fields), columns, LIMITS), Metadata("", said or {}))


def roles(made: Description) -> list[str]:
    return [c.role for c in made.columns]


def test_names_become_plain_identifiers():
    names = ["RA_ICRS", "[3.6]", "2MASS", "e mag", "Distance", "a", "A", "α", "size", "_x_"]
    plain = [
        "ra_icrs",
        "c_3_6",
        "c_2mass",
        "e_mag",
        "distance_",
        "a",
        "a_2",
        "col",
        "size_",
        "x",
    ]
    assert plain_names(names) == plain


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("deg", "deg"), ("degrees", "deg"), ("Degree", "deg"), ("mas/yr", "mas/yr"),
        ("km / s", "km.s**-1"), ("erg/s/cm^2", "erg.cm**-2.s**-1"), ("Angstroms", "Angstrom"),
        ("1e-17 erg/(cm2 s Angstrom)", "10**-17Angstrom**-1.erg.cm**-2.s**-1"), ("sec", "s"),
        ("None", ""), ("-", ""), ("", ""), ("solMass", "solMass"), ("furlongs", None),
        ("log(cm.s**-2)", None), ("days", "d"), ("mag", "mag"), ("hours", "h"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::astropy.units.UnitsWarning")
def test_units_are_written_as_vounits(text, unit):
    got = to_vounit(text)
    assert " " not in (got or "")
    if unit:
        assert units.Unit(got, format="vounit") == units.Unit(unit, format="vounit")
    else:
        assert got == unit


def test_old_ucds_are_written_in_new_words():
    assert to_ucd("POS_EQ_RA_MAIN") == "pos.eq.ra;meta.main"
    assert to_ucd("phot.mag;em.opt.V") == "phot.mag;em.opt.V"
    assert to_ucd("no.such.word") == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([RA, DEC], ["ra", "dec"]),
        ([Field("RA_ICRS", "double"), Field("DE_ICRS", "double")], ["ra", "dec"]),
        ([Field("_RAJ2000", "double"), Field("_DEJ2000", "double")], ["ra", "dec"]),
        (
            [RA, DEC, Field("x", "double", ucd="pos.eq.ra;meta.main"),
             Field("y", "double", ucd="pos.eq.dec;meta.main")],
            ["", "", "ra", "dec"],
        ),
        ([Field("x", "double", ucd="pos.eq.ra"), Field("y", "double", ucd="pos.eq.dec")],
         ["ra", "dec"]),
        ([Field("ra", "char", arraysize="*"), Field("dec", "char", arraysize="*")], ["", ""]),
        ([Field("ra", "double", unit="rad"), Field("dec", "double", unit="rad")], ["", ""]),
        ([RA, Field("declination", "double")], ["", ""]),
    ],
)  # fmt: skip
def test_positions_are_found_by_ucd_or_name(fields, expected):
    assert roles(described(fields)) == expected


def test_positions_are_in_degrees():
    made = described([RA, DEC], [[10.0, 200.0], [-5.0, 90.0]])
    assert [(c.unit, c.ucd) for c in made.columns] == [
        ("deg", "pos.eq.ra;meta.main"), ("deg", "pos.eq.dec;meta.main"),
    ]  # fmt: skip
    hours = described([RA, DEC], [[10.0, 23.0], [-5.0, 90.0]])
    assert [c.unit for c in hours.columns] == [None, None]
    wrong = described([RA, DEC], [[10.0, 200.0], [-5.0, 91.0]])
    assert roles(wrong) == ["", ""]
    assert "hold no degrees" in wrong.notes[-1]


def test_given_roles_must_fit_the_values():
    said = {"ra": {"role": "ra"}, "dec": {"role": "dec"}}
    with pytest.raises(UsageError, match="hold no positions in degrees"):
        described([RA, DEC], [[400.0], [0.0]], said)
    with pytest.raises(UsageError, match="'ra' has the role ra; give its partner"):
        described([RA, DEC], None, {"ra": {"role": "ra"}})
    with pytest.raises(UsageError, match="Columns ra and dec have the role ra"):
        described([RA, DEC], None, {"ra": {"role": "ra"}, "dec": {"role": "ra"}})
    assert roles(described([RA, DEC], None, {"ra": {"role": "none"}})) == ["", ""]


def test_an_identifier_stands_once():
    """A spreadsheet had rounded these, so that many are alike."""
    field = Field("objid", "long", ucd="meta.id;meta.main", description="Name")
    assert roles(described([field], [[1, 2]])) == ["id"]
    found = described([field], [[123765, 123765]])
    assert roles(found) == [""]
    assert "'objid' is no identifier" in found.notes[0]
    with pytest.raises(UsageError, match="'objid' has the role id, but 1 of its 2 values"):
        described([field], [[123765, 123765]], {"objid": {"role": "id"}})


def test_all_that_is_missing_is_asked_for_at_once():
    made = described(
        [
            Field("z", "double"),
            Field("n", "long"),
            Field("name", "char", arraysize="*"),
            Field("logg", "double", "Gravity", unit="log(cm.s**-2)", ucd="phys.gravity"),
            Field("v", "double", "Speed", unit="km/s", ucd="speed"),
            Field("m", "double", "Mass ratio", ucd="phys.mass;arith.ratio"),
        ]
    )
    with pytest.raises(UsageError) as refused:
        require_complete(made, "a.csv")
    assert str(refused.value) == (
        "a.csv does not say all that is published of a table; missing: a description of the table; "
        "description, unit and UCD of z, n; description and UCD of name; "
        "unit ('log(cm.s**-2)' is no VOUnit) of logg; "
        "UCD ('speed' is not in the IVOA list) of v. "
        "Write a file to fill in with --write-meta FILE and give it with --meta FILE, or publish a "
        "draft with --draft."
    )


def test_a_draft_says_that_it_is_one():
    made = described([Field("z", "double"), Field("name", "char", arraysize="*")])
    complete(made, "a.csv")
    require_complete(made, "a.csv")
    for field in made.fields():
        check_published(field)
        assert "not described yet" in field.description
    assert "not described yet" in made.text


def test_a_draft_keeps_units_that_cannot_be_published():
    made = described([Field("g", "double", "Gravity", unit="log(cm.s**-2)", ucd="phys.gravity")])
    complete(made, "a.csv")
    (field,) = made.fields()
    assert (field.unit, field.description) == ("", "Gravity [unit in the file: log(cm.s**-2)]")


def test_what_the_user_says_goes_first():
    said = {"unit": "km/s", "ucd": "src.veloc", "name": "velocity", "description": "Speed"}
    field = Field("v", "double", "Something", unit="mag", ucd="phot.mag")
    (got,) = described([field], None, {"v": {**said, "principal": False}}).fields()
    assert (got.name, got.unit, got.ucd, got.description) == (
        "velocity", "km/s", "src.veloc", "Speed",
    )  # fmt: skip
    assert not got.principal


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="'decl', which the file lacks; did you mean 'dec'"):
        described([RA, DEC], None, {"decl": {"unit": "deg"}})


def test_a_template_can_be_read_back(tmp_path: Path):
    made = described([Field('odd "name"', "double", 'Says "x"\n'), RA, DEC], [[1], [200], [0]])
    path = tmp_path / "t.toml"
    write_template(path, "A \\ table", made.known())
    assert '# ucd = ""' in path.read_text()
    back = read_metadata(path)
    assert back.description == "A \\ table"
    assert back.columns['odd "name"'] == {
        "name": "odd_name", "description": 'Says "x"\n', "unit": "",
    }  # fmt: skip
    assert back.columns["ra"]["role"] == "ra"
    with pytest.raises(UsageError, match="is there already"):
        write_template(path, "", {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tabel]", "t.toml: it has the unknown key 'tabel'; did you mean 'table'?"),
        ("[table]\nunit = 'm'",
         "t.toml: [table] has the unknown key 'unit'; it may be description."),
        ("[columns.ra]\nucds = 'x'",
         "t.toml: [columns.ra] has the unknown key 'ucds'; did you mean 'ucd'?"),
        ("[columns.ra]\nunit = 5", "t.toml: 'unit' of [columns.ra] must be a text."),
        ("[columns]\nra = 'deg'", "t.toml: 'columns.ra' must be a section [columns.ra]."),
        ("[columns.ra]\nrole = 'x'",
         "t.toml: column 'ra' has the role 'x'; roles are id, ra, dec, redshift, name, none."),
    ],
)  # fmt: skip
def test_wrong_metadata_are_told(text, sentence, tmp_path: Path):
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        read_metadata(path)
    assert str(refused.value) == sentence
