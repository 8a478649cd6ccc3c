"""A column as a VOTable declares it, and as it is kept."""

import re
from dataclasses import dataclass
from math import prod

from vo_service.errors import UsageError
from vo_service.release.field import DATATYPES, Field

_ARRAYSIZE = re.compile(r"(\d{1,18}x)*(\d{1,18}\*?|\*)\Z")
_KEPT = {"bit": "boolean", "floatComplex": "float", "doubleComplex": "double"}
"""Types that have no column type of their own: bits are booleans, a complex is two numbers."""

MAX_ELEMENTS = 2**30

_TEXT = ("char", "unicodeChar")


@dataclass(frozen=True, slots=True)
class Shape:
    """How many elements a cell has.

    Attributes
    ----------
    unit : int
        Elements come in multiples of it; the whole number where it does not vary.
    varies : bool
        Whether the number differs from row to row.
    """

    unit: int
    varies: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """A FIELD.

    Attributes
    ----------
    field : Field
        As it is kept.
    datatype : str
        As it is written in the file: one of Field's, or bit, floatComplex, doubleComplex.
    null : str, optional
        The value that stands for null (VOTable 1.4, section 4.7).
    """

    field: Field
    datatype: str
    null: str | None = None

    @property
    def is_complex(self) -> bool:
        """Whether an element is two numbers."""
        return self.datatype.endswith("Complex")

    @property
    def shape(self) -> Shape:
        """Elements of a cell in the file; a complex number is one element."""
        shape = shape_of(self.field.arraysize)
        return Shape(shape.unit // (2 if self.is_complex else 1), shape.varies)


def shape_of(arraysize: str | None) -> Shape:
    """Return what an arraysize says (VOTable 1.4, section 2.2)."""
    sizes = (arraysize or "1").split("x")
    varies = sizes[-1].endswith("*")
    return Shape(prod(int(s) for s in (sizes[:-1] if varies else sizes)), varies)


def declare(attributes: dict[str, str], description: str = "", null: str | None = None) -> Declared:
    """Make a column of the attributes of a FIELD.

    Raises
    ------
    UsageError
        When it has no name, or data type or array size are none of VOTable's.
    """
    name = attributes.get("name") or attributes.get("ID") or ""
    if not name.strip():
        raise UsageError("A FIELD of the VOTable has no name.")
    datatype = attributes.get("datatype", "")
    if datatype not in DATATYPES and datatype not in _KEPT:
        raise UsageError(f"Column '{name}': '{datatype[:40]}' is no VOTable data type.")
    field = Field(
        name=name,
        datatype=_KEPT.get(datatype, datatype),
        description=" ".join(description.split()),
        unit=attributes.get("unit", ""),
        ucd=attributes.get("ucd", ""),
        arraysize=_kept_arraysize(name, datatype, attributes.get("arraysize", "").strip()),
        utype=attributes.get("utype", ""),
        xtype=_kept_xtype(attributes.get("xtype", ""), datatype, attributes.get("arraysize", "")),
    )
    return Declared(field, datatype, null)


def _kept_arraysize(name: str, datatype: str, arraysize: str) -> str | None:
    if arraysize and not _ARRAYSIZE.match(arraysize):
        raise UsageError(f"Column '{name}': '{arraysize[:40]}' is no VOTable array size.")
    if shape_of(arraysize).unit > MAX_ELEMENTS:
        raise UsageError(f"Column '{name}': cells of {arraysize[:40]} elements are too large.")
    if datatype in _TEXT:
        return arraysize or None
    # For numbers 1 is the same as none: clients write either for a scalar.
    arraysize = "" if arraysize == "1" else arraysize
    if datatype.endswith("Complex"):
        return f"2x{arraysize}" if arraysize else "2"
    return arraysize or None


def _kept_xtype(xtype: str, datatype: str, arraysize: str) -> str:
    if xtype.lower() in ("timestamp", "adql:timestamp"):
        # Only a text can be an instant; numbers and several texts in a cell stay what they are.
        return "timestamp" if datatype in _TEXT and "x" not in arraysize else ""
    return xtype
