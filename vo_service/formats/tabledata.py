"""TABLEDATA (VOTable 1.4, section 6.1), whole columns at a time."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.formats.columns import (
    as_text,
    fixed_length,
    list_values,
    slices,
    starts,
    text_bytes,
)
from vo_service.formats.numbers import number_texts
from vo_service.formats.votable import Serialization
from vo_service.release.field import Field

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"


def encode_stream(fields: tuple[Field, ...], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Encode batches as rows of TR and TD; an empty TD is null."""
    for batch in slices(batches):
        cells = [cell_texts(f, c) for f, c in zip(fields, batch.columns, strict=True)]
        yield join_rows(cells, "<TR><TD>", "</TD><TD>", "</TD></TR>\n")


TABLEDATA = Serialization("TABLEDATA", encode_stream)


def join_rows(cells: list[pa.Array], opening: str, between: str, closing: str) -> bytes:
    """Join columns of texts into rows; null is empty."""
    full = [pc.fill_null(texts, "") if texts.null_count else texts for texts in cells]
    # Arrow joins with one separator: what opens and closes a row becomes part of its end cells.
    if opening:
        full[0] = pc.binary_join_element_wise(opening, full[0], "")
    full[-1] = pc.binary_join_element_wise(full[-1], closing, "")
    return text_bytes(pc.binary_join_element_wise(*full, between))[1].tobytes()


def cell_texts(field: Field, column: pa.Array) -> pa.Array:
    """Write values as the content of a TD; null stays null."""
    if field.datatype in ("char", "unicodeChar"):
        return _escape(as_text(field, column))
    texts = value_texts(field, column)
    missing = _null_array(field)
    return pc.fill_null(texts, missing) if missing and column.null_count else texts


def value_texts(field: Field, column: pa.Array) -> pa.Array:
    """Write numbers, booleans, and arrays of them with spaces between; null stays null."""
    if not field.is_array:
        return _scalar_texts(field, column)
    lengths, flat = list_values(column)
    offsets = pa.array(starts(lengths), pa.int32())
    elements = _scalar_texts(field, flat)
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, _no_gaps(field, elements)), " ")
    return pc.if_else(column.is_valid(), joined, pa.scalar(None, pa.string()))


def _no_gaps(field: Field, elements: pa.Array) -> pa.Array:
    """Write elements that are null; an integer has no text for it but 0."""
    if not elements.null_count:
        return elements
    missing = {"boolean": "?", "float": "NaN", "double": "NaN"}.get(field.datatype, "0")
    return pc.fill_null(elements, missing)


def _null_array(field: Field) -> str | None:
    """Write a missing array; one of fixed length cannot be empty, except that of integers."""
    fixed = fixed_length(field) if field.is_array else None
    missing = {"float": "NaN", "double": "NaN", "boolean": "?"}.get(field.datatype)
    return " ".join([missing] * fixed) if fixed and missing else None


def _scalar_texts(field: Field, column: pa.Array) -> pa.Array:
    if field.datatype == "boolean":
        return pc.if_else(column, "T", "F")
    return number_texts(column)


def _escape(texts: pa.Array) -> pa.Array:
    data = text_bytes(texts)[1]
    for character, entity in _ENTITIES:
        if (data == ord(character)).any():
            texts = pc.replace_substring(texts, character, entity)
    # What XML 1.0 cannot hold: control characters, and two that begin with the byte EF.
    if data.min(initial=0x20) < 0x20 or data.max(initial=0) >= 0xEF:
        texts = pc.replace_substring_regex(texts, _FORBIDDEN, " ")
    return texts
