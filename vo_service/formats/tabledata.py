"""TABLEDATA (VOTable 1.4, section 6.1), whole columns at a time."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.formats.columns import as_text, single, text_bytes
from vo_service.release.field import Field

CHUNK_ROWS = 8192
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))


def encode_stream(fields: tuple[Field, ...], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Encode batches as rows of TR and TD; an empty TD is null."""
    for batch in batches:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield encode_rows(fields, batch.slice(start, CHUNK_ROWS))


def encode_rows(fields: tuple[Field, ...], batch: pa.RecordBatch) -> bytes:
    """Encode the rows of a batch."""
    pieces: list[pa.Array | str] = ["<TR><TD>"]
    for field, column in zip(fields, batch.columns, strict=True):
        pieces += [pc.fill_null(cell_texts(field, single(column)), ""), "</TD><TD>"]
    pieces[-1] = "</TD></TR>\n"
    rows = pc.binary_join_element_wise(*[_scalar(p) for p in pieces], _scalar(""))
    return text_bytes(rows)[1].tobytes()


def cell_texts(field: Field, column: pa.Array) -> pa.Array:
    """Write values as texts; null stays null."""
    if field.datatype in ("char", "unicodeChar"):
        return _escape(as_text(field, column))
    if field.is_array:
        elements = _number_texts(field, column.flatten())
        offsets = pa.array([0], pa.int32()) if len(column) == 0 else _list_offsets(column)
        joined = pc.binary_join(pa.ListArray.from_arrays(offsets, elements), " ")
        return pc.if_else(column.is_null(), pa.scalar(_null_array(field), pa.string()), joined)
    return _number_texts(field, column)


def _null_array(field: Field) -> str | None:
    """Write a missing array; one of fixed length cannot be empty."""
    fixed = field.size if not (field.arraysize or "").endswith("*") else None
    return " ".join(["NaN"] * fixed) if fixed and field.datatype in ("float", "double") else None


def _number_texts(field: Field, column: pa.Array) -> pa.Array:
    if field.datatype == "boolean":
        return pc.if_else(column, "T", "F")
    texts = column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return texts
    special = pc.invert(pc.is_finite(column))
    if not pc.any(special).as_py():
        return texts
    named = pc.if_else(pc.is_nan(column), "NaN", pc.if_else(pc.greater(column, 0), "+Inf", "-Inf"))
    return pc.if_else(special, named, texts)


def _list_offsets(column: pa.Array) -> pa.Array:
    lengths = column.value_lengths().fill_null(0)
    return pa.concat_arrays(
        [pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())]
    )


def _escape(texts: pa.Array) -> pa.Array:
    data = text_bytes(texts)[1]
    for character, entity in _ENTITIES:
        if (data == ord(character)).any():
            texts = pc.replace_substring(texts, character, entity)
    if (data < 0x20).any():
        texts = pc.replace_substring_regex(texts, "[\x00-\x08\x0b\x0c\x0e-\x1f]", " ")
    return texts


def _scalar(piece: pa.Array | str) -> pa.Array | pa.Scalar:
    return pa.scalar(piece, pa.string()) if isinstance(piece, str) else piece
