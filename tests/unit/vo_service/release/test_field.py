import pytest

from vo_service.errors import UsageError
from vo_service.release.field import Field, check_published
from vo_service.release.table import Table, check_table
from vo_service.release.types import arrow_schema, field_from_arrow

GOOD = Field("z", "double", "Redshift", "", "src.redshift")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (Field("Z", "double", "Redshift", "", "src.redshift"), "must match"),
        (Field("distance", "double", "Distance", "", "pos.distance"), "reserved"),
        (Field("isolation", "double", "Isolation", "", "stat.value"), "reserved"),
        (Field("z", "real", "Redshift", "", "src.redshift"), "data type"),
        (Field("z", "double", " ", "", "src.redshift"), "no description"),
        (Field("z", "double", "Redshift", "furlong/fortnight", "src.redshift"), "no VOUnit"),
        (Field("z", "double", "Redshift", "", "src.redshiftiness"), "no UCD"),
        (Field("z", "double", "Redshift", "", ""), "no UCD"),
    ],
)
def test_a_field_that_is_not_fit_to_be_published_is_refused_by_name(field, words):
    with pytest.raises(UsageError, match=words) as refused:
        check_published(field)
    assert field.name in str(refused.value)


@pytest.mark.parametrize("unit", ["Angstrom", "erg", "10**-17 erg.s**-1.cm**-2", "km/s", "deg", ""])
def test_the_units_of_this_field_are_taken(unit):
    check_published(Field("flux", "float", "Flux", unit, "phot.flux"))


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(UsageError, match="two columns 'z'"):
        check_table(Table("oddsky", "objects", "Objects", (GOOD, GOOD)))


@pytest.mark.parametrize(
    ("arraysize", "size"), [(None, None), ("*", None), ("16", 16), ("16*", 16), ("2x3", None)]
)
def test_size_is_the_number_in_arraysize(arraysize, size):
    assert Field("a", "char", arraysize=arraysize).size == size


def test_arrow_types_come_back_as_the_field_they_were_made_of():
    fields = (
        Field("b", "boolean"),
        Field("u", "unsignedByte"),
        Field("s", "short"),
        Field("i", "int"),
        Field("l", "long"),
        Field("f", "float"),
        Field("d", "double"),
        Field("a", "float", arraysize="*"),
        Field("t", "char", arraysize="*", xtype="timestamp"),
    )
    for field, arrow in zip(fields, arrow_schema(fields), strict=True):
        back = field_from_arrow(arrow.name, arrow.type)
        assert (back.datatype, back.arraysize, back.xtype) == (
            field.datatype,
            field.arraysize,
            field.xtype,
        )
