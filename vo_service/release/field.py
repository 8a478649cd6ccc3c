"""The one description of a column, from the table on disk to the FIELD of an answer."""

import re
import warnings
from dataclasses import dataclass, replace

from astropy import units

from vo_service.errors import UsageError
from vo_service.release.reserved import RESERVED_WORDS

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*\Z")

DATATYPES = (
    "boolean", "unsignedByte", "short", "int", "long", "float", "double", "char", "unicodeChar",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A column: of a published table, of a query's answer or of an upload.

    Attributes
    ----------
    name : str
        As published; a plain lower-case ADQL identifier in published tables.
    datatype : str
        VOTable data type (VOTable 1.4, section 2.1).
    description, unit, ucd : str
        An empty unit says that the column has none.
    arraysize : str, optional
        None for a scalar, "*", "16*" or "3" otherwise; text always has one.
    utype, xtype : str
        Empty where there is none.
    role : str
        What the column means to the services (`id`, `ra`, `rank:fisher`, ...); empty for most.
    template : str
        Text with `{base}`, `{authority}` and `{column}` in braces: the column is not stored but
        expanded in the query with the service's base URL and authority.
    principal, indexed, std : bool
        As in TAP_SCHEMA.columns (TAP 1.1, section 4.3).
    """

    name: str
    datatype: str
    description: str = ""
    unit: str = ""
    ucd: str = ""
    arraysize: str | None = None
    utype: str = ""
    xtype: str = ""
    role: str = ""
    template: str = ""
    principal: bool = False
    indexed: bool = False
    std: bool = False

    def named(self, name: str) -> "Field":
        """Return the same description under a name."""
        return self if name == self.name else replace(self, name=name)

    @property
    def is_text(self) -> bool:
        """Whether values are character strings (a timestamp's are not)."""
        return self.datatype in ("char", "unicodeChar") and self.xtype != "timestamp"

    @property
    def is_array(self) -> bool:
        """Whether values are arrays of numbers."""
        return self.arraysize is not None and self.datatype not in ("char", "unicodeChar")

    @property
    def size(self) -> int | None:
        """The number in `arraysize` (TAP 1.1, section 4.3), None for scalars and plain `*`."""
        digits = (self.arraysize or "").rstrip("*")
        return int(digits) if digits.isdigit() else None


def check_published(field: Field) -> None:
    """Refuse a field that is not fit to be published.

    Raises
    ------
    UsageError
        When the name is no plain identifier or reserved, or data type, unit, UCD or description
        is missing or not in the IVOA vocabularies.
    """
    if not NAME_PATTERN.match(field.name):
        raise UsageError(f"Column name '{field.name}' must match [a-z][a-z0-9_]*; rename it.")
    if field.name.upper() in RESERVED_WORDS:
        raise UsageError(f"Column name '{field.name}' is a reserved word of ADQL; rename it.")
    if field.datatype not in DATATYPES:
        raise UsageError(f"Column '{field.name}': '{field.datatype}' is no VOTable data type.")
    if not field.description.strip():
        raise UsageError(f"Column '{field.name}' has no description; give it one.")
    _check_unit(field)
    from astropy.io.votable.ucd import check_ucd  # here alone: a service never checks

    if not check_ucd(field.ucd, check_controlled_vocabulary=True):
        raise UsageError(f"Column '{field.name}': '{field.ucd}' is no UCD of the IVOA list.")


def _check_unit(field: Field) -> None:
    if not field.unit:
        return
    with warnings.catch_warnings():
        # Angstrom and erg are deprecated in VOUnits, still valid, and what this field uses.
        warnings.simplefilter("ignore", units.UnitsWarning)
        try:
            units.Unit(field.unit, format="vounit")
        except ValueError as error:
            raise UsageError(f"Column '{field.name}': '{field.unit}' is no VOUnit.") from error
