"""CSV (RFC 4180) and TSV, with a header line; null is empty, an empty text is quoted."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.formats.columns import as_text, slices, text_bytes
from vo_service.formats.result import Ending, Result, pull
from vo_service.formats.tabledata import join_rows, value_texts
from vo_service.release.field import Field


def encode_text(result: Result, delimiter: str) -> Iterator[bytes]:
    """Encode a table; a failure after the first row cuts it short, as the format can say no more.

    Raises
    ------
    ConnectionError
        When rows failed after the first bytes, so that the answer does not look complete.
    """
    ending = Ending()
    batches = pull(result, ending)
    names = [_quote(pa.array([f.name]), delimiter) for f in result.fields]
    yield join_rows(names, "", delimiter, "\n")
    for batch in slices(batches):
        cells = [
            _cell_texts(f, c, delimiter) for f, c in zip(result.fields, batch.columns, strict=True)
        ]
        yield join_rows(cells, "", delimiter, "\n")
    if ending.status == "ERROR":
        raise ConnectionError(ending.text)


def _cell_texts(field: Field, column: pa.Array, delimiter: str) -> pa.Array:
    if field.xtype == "timestamp":
        return as_text(field, column)
    return _quote(column, delimiter) if field.is_text else value_texts(field, column)


def _quote(texts: pa.Array, delimiter: str) -> pa.Array:
    """Put quotes around the texts that need them: empty ones, and those with special characters."""
    special = delimiter + '"\r\n'
    data = text_bytes(texts)[1]
    needed = pc.equal(pc.binary_length(texts), 0)
    if any((data == ord(character)).any() for character in special):
        needed = pc.or_(needed, pc.match_substring_regex(texts, f"[{re.escape(special)}]"))
    if not pc.any(needed).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
