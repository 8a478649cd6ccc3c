"""How FITS holds each column: its TFORM, its TNULL, its bytes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.formats.cells import element_dtype, elements, fixed_arrays, padded
from vo_service.formats.columns import (
    ascii_only,
    fixed_length,
    iso_times,
    list_values,
    starts,
    text_bytes,
)
from vo_service.formats.spool import Facts
from vo_service.release.field import Field

LETTERS = {
    "boolean": "L", "unsignedByte": "B", "short": "I", "int": "J", "long": "K",
    "float": "E", "double": "D",
}  # fmt: skip
"""TFORM of the VOTable data types (FITS 4.0, table 18)."""

RANGES = {
    "unsignedByte": (0, 255),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
}
NULL_LETTER = b"\0"
"""Of a boolean that is null (FITS 4.0, section 7.3.3.1)."""

WIDER = {"unsignedByte": "short", "short": "int", "int": "long"}


@dataclass(frozen=True, slots=True)
class FitsColumn:
    """A column of a FITS table.

    Attributes
    ----------
    label : str
        Its name in the record of a row.
    field : Field
    form : str
        TFORM.
    null : int, optional
        TNULL, where it has nulls.
    part : tuple
        Label, type and shape in the record.
    pack : callable
        Arrow column to cells, or to the elements of arrays in the heap.
    in_heap : bool
        Whether its arrays differ in length: the cells say where they are.
    heap_bytes : int
    """

    label: str
    field: Field
    form: str
    null: int | None
    part: tuple
    pack: Callable[[pa.Array], np.ndarray]
    in_heap: bool = False
    heap_bytes: int = 0

    def point(self, column: pa.Array, begin: int) -> tuple[np.ndarray, int]:
        """Return count and place in the heap of each array, shape (n, 2), and where they end."""
        lengths, _ = list_values(column)
        places = begin + self._element_bytes * starts(lengths)
        return np.stack([lengths, places[:-1]], axis=1), int(places[-1])

    @property
    def _element_bytes(self) -> int:
        return element_dtype(self.field).itemsize


def lay_out(number: int, field: Field, facts: Facts, far: bool) -> FitsColumn:
    """Decide how a column is held, now that all its values are known.

    Parameters
    ----------
    number : int
        Of the column.
    field : Field
    facts : Facts
    far : bool
        Whether places in the heap need 64 bits.

    Raises
    ------
    UsageError
        When no integer is left to mark nulls.
    """
    label = str(number)
    if field.datatype in ("char", "unicodeChar"):
        return _text_column(label, field, facts)
    datatype, null = _null_marker(field, facts)
    field = replace(field, datatype=datatype)
    if field.is_array and fixed_length(field) is None:
        return _heap_column(label, field, null, facts, far)
    size = fixed_length(field)
    pack = fixed_arrays if field.is_array else elements
    return FitsColumn(
        label,
        field,
        f"{size}{LETTERS[datatype]}",
        null,
        (label, element_dtype(field), (size,) if field.is_array else ()),
        lambda column: pack(field, column, null or 0, NULL_LETTER),
    )


def _text_column(label: str, field: Field, facts: Facts) -> FitsColumn:
    if field.xtype == "timestamp":
        width = (
            len("YYYY-MM-DDThh:mm:ss") if facts.whole_seconds else len("YYYY-MM-DDThh:mm:ss.ffffff")
        )
    else:
        width = max(1, facts.width)

    def pack(column: pa.Array) -> np.ndarray:
        is_time = field.xtype == "timestamp"
        texts = iso_times(column, not facts.whole_seconds) if is_time else ascii_only(column)
        offsets, data = text_bytes(texts)
        return padded(np.diff(offsets), data, width)

    return FitsColumn(label, field, f"{width}A", None, (label, "u1", (width,)), pack)


def _heap_column(label: str, field: Field, null: int | None, facts: Facts, far: bool) -> FitsColumn:
    binary = element_dtype(field)
    return FitsColumn(
        label,
        field,
        f"{'Q' if far else 'P'}{LETTERS[field.datatype]}({facts.width})",
        null,
        (label, ">i8" if far else ">i4", (2,)),
        lambda column: elements(field, column, null or 0, NULL_LETTER).astype(binary),
        in_heap=True,
        heap_bytes=facts.elements * binary.itemsize,
    )


def _null_marker(field: Field, facts: Facts) -> tuple[str, int | None]:
    """Return the data type to write, and the integer that marks its nulls."""
    datatype = field.datatype
    if datatype not in RANGES or not facts.has_nulls:
        return datatype, None
    low, high = RANGES[datatype]
    if facts.least is None or facts.least > low:
        return datatype, low
    if facts.greatest is None or facts.greatest < high:
        return datatype, high
    if datatype not in WIDER:
        raise UsageError(
            f"Column '{field.name}' leaves no integer to mark its nulls; ask for votable/b2."
        )
    return WIDER[datatype], RANGES[WIDER[datatype]][0]
