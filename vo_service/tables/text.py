"""CSV and TSV to columns; types are found by looking at all values, not at the first ones."""

import csv
import re

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from vo_service.errors import UsageError
from vo_service.tables.arrow_rows import take_rows
from vo_service.tables.cell_texts import FALSE, TRUE, parse_times
from vo_service.tables.table_file import ReadLimits, TableFile, check_columns, physical_names

NO_NAMES = "The first line of the text holds no names of columns."
_DELIMITERS = ",\t;|"
_MISSING = ["", "null", "NULL", "NaN", "nan", "NA", "N/A", "--"]
_INTEGER = r"^[+-]?(0|[1-9]\d*)$"
_TIME = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$"


def read_text(data: bytes, limits: ReadLimits) -> TableFile:
    """Read a table with a line of names; commas, tabs, semicolons or bars stand between cells.

    Raises
    ------
    UsageError
        When it is no text, or a line has more or fewer cells than the first.
    """
    head, body = _split_comments(data.removeprefix(b"\xef\xbb\xbf"))
    first = body.split(b"\n", 1)[0].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=first.count)
    names = _names(first, delimiter)
    if head.count(delimiter) == len(names) - 1 and len(names) > 1 and _are_numbers(names):
        names, first = _names(head, delimiter), ""
    texts = read_cells(body, names, delimiter, limits, skip=1 if first else 0)
    return take_rows(pa.table([_typed(t) for t in texts], names=names), limits)


def read_cells(
    body: bytes, names: list[str], delimiter: str, limits: ReadLimits, skip: int
) -> list[pa.Array]:
    """Return the cells as texts, a column each.

    Raises
    ------
    UsageError
        When a line has more or fewer cells than there are names.
    """
    if not names:
        raise UsageError(NO_NAMES)
    check_columns(len(names), limits)
    wrong: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    _check_coding(body)
    labels = physical_names(len(names))
    try:
        rows = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            pyarrow.csv.ReadOptions(column_names=labels, skip_rows=skip, use_threads=False),
            pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(labels, pa.string())),
        )
    except pa.ArrowInvalid as error:
        raise UsageError(_complaint(wrong)) from error
    return [pc.utf8_trim(column.combine_chunks(), " \t\r") for column in rows.columns]


def _check_coding(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise UsageError(f"Line {line} of the table holds text that is no UTF-8.") from error


def _complaint(wrong: list[pyarrow.csv.InvalidRow]) -> str:
    if not wrong:
        return "The text is no table with a line of names and a line a row."
    row = wrong[0]
    return (
        f"Line {row.number} has {row.actual_columns} cells, but the table has "
        f"{row.expected_columns} columns."
    )


def _split_comments(data: bytes) -> tuple[str, bytes]:
    """Return the last comment before the table without its mark, and the rest."""
    comment = b""
    while data.startswith(b"#"):
        comment, _, data = data.partition(b"\n")
    return comment.decode("utf-8", "replace").lstrip("# ").rstrip(), data


def _names(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])
    except csv.Error as error:
        raise UsageError(NO_NAMES) from error
    return [cell.strip() for cell in cells]


def _are_numbers(cells: list[str]) -> bool:
    return all(re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?|nan|", cell.strip()) for cell in cells)


def _typed(texts: pa.Array) -> pa.Array:
    """Return a column as what all of its values are: integers, numbers, times, truths or text."""
    bare = pc.if_else(pc.is_in(texts, pa.array(_MISSING)), pa.scalar(None, pa.string()), texts)
    if bare.null_count == len(bare):
        return bare
    for pattern, target in ((_INTEGER, pa.int64()), (None, pa.float64()), (_TIME, None)):
        if pattern and not _all_match(bare, pattern):
            continue
        try:
            if target is None:
                return parse_times(bare)
            # Digits that do not fit (identifiers, leading zeros) stay text: none may be lost.
            if pattern is None and _all_match(bare, r"^[+-]?\d+$"):
                continue
            return pc.replace_substring_regex(bare, r"^\+", "").cast(target)
        except pa.ArrowInvalid:
            continue
    return _truths(bare) if _all_match(bare, r"(?i)^(t|f|true|false)$") else _texts(texts)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    # The first few values decide most often.
    return bool(
        pc.all(pc.match_substring_regex(texts.slice(0, 64), pattern)).as_py() is not False
        and pc.all(pc.match_substring_regex(texts, pattern)).as_py()
    )


def _truths(texts: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(texts)
    known = pc.is_in(lower, pa.array([*TRUE, *FALSE]))
    return pc.if_else(known, pc.is_in(lower, pa.array(TRUE)), pa.scalar(None, pa.bool_()))


def _texts(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
