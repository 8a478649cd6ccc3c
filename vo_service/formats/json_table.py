"""JSON: `{"metadata": [columns], "data": [rows], "overflow": false}`, streamed row by row.

A column is an object with name, datatype, arraysize, unit, ucd, utype, xtype and description as in
a FIELD, those it has. A row is a list. Null, NaN and infinity are null. An integer that a double
cannot hold, of more than 53 bits, is a text: `"588848900446126104"`; readers would round it
otherwise. Timestamps are ISO texts. What is said of the whole table stands before the rows:
`"parameters": {"z": 0.08}`.
"""

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.formats.columns import as_text, list_values, slices, starts, text_bytes
from vo_service.formats.numbers import number_texts
from vo_service.formats.result import Ending, Param, Result, pull
from vo_service.formats.tabledata import join_rows
from vo_service.release.field import Field

EXACT = 2**53
"""Integers up to this one are exact as doubles (RFC 8259, section 6)."""

ATTRIBUTES = (
    "name", "datatype", "arraysize", "unit", "ucd", "utype", "xtype", "description",
)  # fmt: skip


def encode_json(result: Result) -> Iterator[bytes]:
    """Encode a table.

    Raises
    ------
    ConnectionError
        When rows failed after the first bytes: the text ends within its list.
    """
    ending = Ending()
    batches = pull(result, ending)
    described = [describe_field(f) for f in result.fields]
    head = f'{{"metadata":{json.dumps(described, ensure_ascii=False)},\n'
    yield f'{head}{_parameters(result.params)}"data":['.encode()
    begun = False
    for batch in slices(batches):
        cells = [_cell_texts(f, c) for f, c in zip(result.fields, batch.columns, strict=True)]
        rows = join_rows(cells, ",\n[", ",", "]")
        yield rows if begun else rows[1:]
        begun = True
    if ending.status == "ERROR":
        raise ConnectionError(ending.text)
    yield f'],\n"overflow":{json.dumps(ending.status == "OVERFLOW")}}}\n'.encode()


def _parameters(params: tuple[Param, ...]) -> str:
    values = {
        p.field.name: str(p.value) if isinstance(p.value, int) and abs(p.value) > EXACT else p.value
        for p in params
    }
    return f'"parameters":{json.dumps(values, ensure_ascii=False)},\n' if values else ""


def describe_field(field: Field) -> dict[str, str]:
    """Return what is said of a column, without what is empty."""
    return {name: getattr(field, name) for name in ATTRIBUTES if getattr(field, name)}


def _cell_texts(field: Field, column: pa.Array) -> pa.Array:
    if field.datatype in ("char", "unicodeChar"):
        texts = _quote(as_text(field, column))
    elif field.is_array:
        lengths, flat = list_values(column)
        offsets = pa.array(starts(lengths), pa.int32())
        joined = pc.binary_join(pa.ListArray.from_arrays(offsets, _value_texts(flat)), ",")
        texts = pc.binary_join_element_wise("[", joined, "]", "")
        texts = pc.if_else(column.is_valid(), texts, pa.scalar(None, pa.string()))
    else:
        return _value_texts(column)
    return pc.fill_null(texts, "null")


def _value_texts(column: pa.Array) -> pa.Array:
    if pa.types.is_boolean(column.type):
        texts = pc.if_else(column, "true", "false")
    elif pa.types.is_floating(column.type):
        finite = pc.is_finite(column)
        texts = number_texts(column)
        if not pc.all(finite).as_py():
            texts = pc.if_else(finite, texts, pa.scalar(None, pa.string()))
    else:
        texts = _integer_texts(column)
    return pc.fill_null(texts, "null") if texts.null_count else texts


def _integer_texts(column: pa.Array) -> pa.Array:
    texts = column.cast(pa.string())
    if column.type != pa.int64():
        return texts
    great = pc.or_(pc.greater(column, EXACT), pc.less(column, -EXACT))
    if not pc.any(great).as_py():
        return texts
    return pc.if_else(great, pc.binary_join_element_wise('"', texts, '"', ""), texts)


def _quote(texts: pa.Array) -> pa.Array:
    """Write JSON strings (RFC 8259, section 7): escape what must be."""
    data = text_bytes(texts)[1]
    if (data == ord("\\")).any():
        texts = pc.replace_substring(texts, "\\", "\\\\")
    if (data == ord('"')).any():
        texts = pc.replace_substring(texts, '"', '\\"')
    for control in np.unique(data[data < 0x20]):
        texts = pc.replace_substring(texts, chr(control), f"\\u{control:04x}")
    return pc.binary_join_element_wise('"', texts, '"', "")
