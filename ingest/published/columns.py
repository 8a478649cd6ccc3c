"""Short ways to describe the columns that stand in many tables."""

from vo_service.release.field import Field
from vo_service.release.table import ForeignKey

FLUX_UNIT = "10**-17 erg.s**-1.cm**-2"

OBJECTS_KEY = ForeignKey("oddsky.objects", (("obj_id", "obj_id"),), "The object of the row")


def text(name: str, description: str, ucd: str, role: str = "", principal: bool = False) -> Field:
    """Describe a text column."""
    return Field(name, "char", description, ucd=ucd, arraysize="*", role=role, principal=principal)


def integer(
    name: str, description: str, ucd: str = "meta.number", role: str = "", principal: bool = False
) -> Field:
    """Describe a 32-bit integer column without unit."""
    return Field(name, "int", description, ucd=ucd, role=role, principal=principal)


def number(
    name: str,
    description: str,
    unit: str,
    ucd: str,
    role: str = "",
    principal: bool = False,
    datatype: str = "float",
) -> Field:
    """Describe a floating-point column; single precision unless told."""
    return Field(name, datatype, description, unit, ucd, role=role, principal=principal)


def obj_id(main: bool = False) -> Field:
    """Describe the identifier by which all tables are joined."""
    return Field(
        "obj_id",
        "long",
        "Identifier of the spectrum, the same in all tables",
        ucd="meta.id;meta.main" if main else "meta.id",
        role="id",
        principal=True,
        indexed=main,
    )


def region_id() -> Field:
    """Describe the name of a region."""
    return text("region_id", "Wavelength region, as in oddsky.regions", "meta.id", "region", True)
