"""What a FITS table says of itself: the cards of its header."""

import re
import warnings
from collections.abc import Iterator
from functools import cache

from astropy import units
from astropy.io.fits import Header

from vo_service.formats.fits_column import FitsColumn
from vo_service.formats.result import Result

PRIMARY = Header([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True)])


def table_header(
    result: Result, columns: list[FitsColumn], row_bytes: int, rows: int, heap_bytes: int
) -> bytes:
    """Write the empty primary header and that of the table.

    UCDs, utypes and descriptions are TUCDn, TUTYPn and TCOMMn, as STIL reads and writes them.
    QSTATUS is OVERFLOW where the answer was cut off.
    """
    header = Header(
        [
            ("XTENSION", "BINTABLE"),
            ("BITPIX", 8),
            ("NAXIS", 2),
            ("NAXIS1", row_bytes),
            ("NAXIS2", rows),
            ("PCOUNT", heap_bytes),
            ("GCOUNT", 1),
            ("TFIELDS", len(columns)),
            ("EXTNAME", printable(result.table_name)),
        ]
    )
    header["QSTATUS"] = "OVERFLOW" if result.overflowed() else "OK"
    for number, column in enumerate(columns, 1):
        for keyword, value in _describe(column):
            header[f"{keyword}{number}"] = value
    said: list[tuple[str, object]] = [(i.name, i.value) for i in result.infos]
    said += [(p.field.name, p.value) for p in result.params if p.value is not None]
    for name, told in said:
        header.add_history(printable(f"{name}: {told}"))
    return (PRIMARY.tostring() + header.tostring()).encode("ascii")


def _describe(column: FitsColumn) -> Iterator[tuple[str, str | int]]:
    field = column.field
    yield "TTYPE", printable(field.name)
    yield "TFORM", column.form
    if column.null is not None:
        yield "TNULL", column.null
    if field.is_array and re.fullmatch(r"\d+(x\d+)+", field.arraysize or ""):
        yield "TDIM", f"({field.arraysize.replace('x', ',')})"  # type: ignore[union-attr]
    texts = {
        "TUNIT": fits_unit(field.unit),
        "TUCD": field.ucd,
        "TUTYP": field.utype,
        "TCOMM": field.description,
    }
    for keyword, text in texts.items():
        if text:
            yield keyword, printable(text)


@cache
def fits_unit(unit: str) -> str:
    """Write a VOUnit as FITS does; one that FITS does not know stays as it is."""
    with warnings.catch_warnings():
        # Angstrom and erg are deprecated in VOUnits, still valid, and what this field uses.
        warnings.simplefilter("ignore", units.UnitsWarning)
        try:
            return units.Unit(unit, format="vounit").to_string("fits") if unit else ""
        except ValueError:
            return unit


def printable(text: str) -> str:
    """Replace what a card cannot hold (FITS 4.0, section 4.1.1)."""
    return re.sub(r"[^\x20-\x7e]", "?", " ".join(text.split()))
