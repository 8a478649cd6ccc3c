"""Texts of cells to typed columns, a whole column at a time."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import TIMESTAMP, TYPES
from vo_service.tables.declared import Declared, shape_of

TRUE, FALSE = ("t", "true", "1"), ("f", "false", "0")
_SPACE = " \t\r\n"


def convert_texts(declared: Declared, texts: pa.Array) -> pa.Array:
    """Convert the cells of a column.

    Parameters
    ----------
    declared : Declared
    texts : pyarrow.StringArray
        Null or empty where the cell is.

    Returns
    -------
    pyarrow.Array
        Of the type that `release.types.arrow_type` gives the field; an empty cell, the declared
        null value and a floating NaN are null.

    Raises
    ------
    UsageError
        When a cell holds something else; the sentence names the first such row.
    """
    field = declared.field
    texts = texts.cast(pa.string())
    if field.xtype == "timestamp":
        return _located(field, _blank_to_null(texts), parse_times)
    if field.datatype in ("char", "unicodeChar"):
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    texts = _blank_to_null(texts)
    if field.is_array:
        return _convert_arrays(declared, texts)
    if declared.null is not None:
        same = pc.fill_null(pc.equal(texts, declared.null.strip()), False)
        texts = pc.if_else(same, pa.scalar(None, pa.string()), texts)
    return nan_to_null(_located(field, texts, _parser(field.datatype)))


def parse_null(declared: Declared) -> pa.Scalar:
    """Return the value that stands for null in a column of numbers.

    Raises
    ------
    UsageError
        When it is none of the column's type.
    """
    try:
        return _parser(declared.field.datatype)(pa.array([(declared.null or "").strip()]))[0]
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"Column '{declared.field.name}': its null value '{(declared.null or '')[:40]}' is no "
            f"{declared.datatype}."
        ) from error


def nan_to_null(column: pa.Array) -> pa.Array:
    """Return a column in which a floating NaN is null."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def parse_times(texts: pa.Array) -> pa.Array:
    """Read times as DALI writes them (DALI 1.1, section 3.3.3), finer digits than microseconds cut.

    Raises
    ------
    pyarrow.ArrowInvalid
    """
    texts = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")
    return pc.replace_substring_regex(texts, r"Z$", "").cast(TIMESTAMP)


def _blank_to_null(texts: pa.Array) -> pa.Array:
    texts = pc.utf8_trim(texts, _SPACE)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _parser(datatype: str) -> Callable[[pa.Array], pa.Array]:
    if datatype == "boolean":
        return _parse_booleans
    target = TYPES[datatype].arrow

    def parse(texts: pa.Array) -> pa.Array:
        return pc.replace_substring_regex(texts, r"^\+", "").cast(target)

    return parse


def _parse_booleans(texts: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(texts)
    true, false = (pc.is_in(lower, pa.array(words)) for words in (TRUE, FALSE))
    unknown = pc.or_(pc.is_null(texts), pc.equal(lower, "?"))
    if not pc.all(pc.or_(pc.or_(true, false), pc.fill_null(unknown, True))).as_py():
        raise pa.ArrowInvalid("not a boolean")
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))


def _convert_arrays(declared: Declared, texts: pa.Array) -> pa.Array:
    field = declared.field
    if declared.datatype == "bit":
        # Bits may stand without spaces between them.
        texts = pc.replace_substring_regex(texts, r"([01])", r"\1 ")
        texts = pc.utf8_trim(texts, _SPACE)
    lists = pc.utf8_split_whitespace(texts)
    check_lengths(field, lists)
    parse = _parser(field.datatype)
    elements = _located(field, lists.flatten(), parse, pc.list_parent_indices(lists))
    return pa.ListArray.from_arrays(_offsets(lists), elements, mask=lists.is_null())


def _offsets(lists: pa.ListArray) -> pa.Array:
    lengths = pc.fill_null(lists.value_lengths(), 0)
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    return pa.concat_arrays([pa.array([0], pa.int32()), ends])


def check_lengths(field: Field, lists: pa.ListArray) -> None:
    """Refuse arrays whose number of elements is not as declared.

    Raises
    ------
    UsageError
        Naming the first such row.
    """
    shape = shape_of(field.arraysize)
    lengths = lists.value_lengths()
    if shape.varies and shape.unit <= 1:
        return
    if shape.varies:
        whole = pc.multiply(pc.divide(lengths, shape.unit), shape.unit)
        wrong = pc.not_equal(whole, lengths)
    else:
        wrong = pc.not_equal(lengths, shape.unit)
    row = pc.index(pc.fill_null(wrong, False), True).as_py()
    if row >= 0:
        raise UsageError(
            f"Column '{field.name}', row {row + 1}: {lengths[row].as_py()} elements, but its "
            f"arraysize is {field.arraysize}."
        )


def _located(
    field: Field,
    texts: pa.Array,
    parse: Callable[[pa.Array], pa.Array],
    rows: pa.Array | None = None,
) -> pa.Array:
    """Parse texts; when one does not parse, name it and its row."""
    try:
        return parse(texts)
    except pa.ArrowInvalid:
        at = _first_wrong(texts, parse)
    row = at if rows is None else rows[at].as_py()
    kind = "timestamp" if field.xtype == "timestamp" else field.datatype
    raise UsageError(
        f"Column '{field.name}', row {row + 1}: '{texts[at].as_py()[:40]}' is no {kind}."
    )


def _first_wrong(texts: pa.Array, parse: Callable[[pa.Array], pa.Array]) -> int:
    """Return the index of the first text that does not parse, by halving."""
    first, count = 0, len(texts)
    while count > 1:
        half = count // 2
        try:
            parse(texts.slice(first, half))
            first, count = first + half, count - half
        except pa.ArrowInvalid:
            count = half
    return first
