"""The first binary table of a FITS file (FITS 4.0, section 7.3) to columns.

Headers are read by astropy, rows by the same decoder as those of a VOTable: both are big-endian.
"""

import re
import warnings
from collections.abc import Iterator
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from astropy.io import fits

from vo_service.errors import UsageError
from vo_service.release.types import arrow_type
from vo_service.tables.cell_bytes import Cells, decode_cells, fixed_bytes, make_piece
from vo_service.tables.declared import Declared, declare
from vo_service.tables.scaled import scale
from vo_service.tables.table_file import ReadLimits, TableFile, check_rows, make_table_file

BLOCK = 2880
MAX_HEADER_BLOCKS = 1000
_DATATYPES = {
    "L": "boolean", "X": "bit", "B": "unsignedByte", "I": "short", "J": "int", "K": "long",
    "A": "char", "E": "float", "D": "double", "C": "floatComplex", "M": "doubleComplex",
}  # fmt: skip
_FORM = re.compile(r"(\d{0,9})([LXBIJKAEDCM]|([PQ])([LXBIJKAEDCM])(\(\d*\))?)")
_TRUNCATED = "The FITS file ends before its table does; send the whole file."
_EMPTY_COMMENTS = ("label for", "data format", "name of")


def read_fits(data: bytes, limits: ReadLimits, wanted: int | None = None) -> TableFile:
    """Read a binary table.

    Parameters
    ----------
    data : bytes
    limits : ReadLimits
    wanted : int, optional
        Number of the extension; the first binary table otherwise.

    Raises
    ------
    UsageError
        When the file is cut off or no FITS, holds no binary table, or a value is not of its type.
    """
    try:
        with warnings.catch_warnings():
            # What astropy says of odd cards is for whoever wrote them.
            warnings.simplefilter("ignore")
            return _read_first(data, limits, wanted)
    except (fits.VerifyError, KeyError, ValueError, TypeError) as error:
        raise UsageError("The FITS file has a header that cannot be read.") from error


def _read_first(data: bytes, limits: ReadLimits, wanted: int | None) -> TableFile:
    for number, (header, start) in enumerate(_units(data)):
        is_table = header.get("XTENSION", "").strip() == "BINTABLE"
        if is_table and wanted in (None, number) and header["TFIELDS"]:
            return _read_table(np.frombuffer(data, np.uint8), header, start, limits)
    raise UsageError("The FITS file holds no binary table with columns.")


def _units(data: bytes) -> Iterator[tuple[fits.Header, int]]:
    """Yield the headers with the place where their data begin."""
    at = 0
    while at < len(data):
        start = _header_end(data, at)
        header = fits.Header.fromstring(data[at:start])
        yield header, start
        axes = [int(header[f"NAXIS{i + 1}"]) for i in range(int(header["NAXIS"]))]
        elements = int(header.get("PCOUNT", 0)) + (prod(axes) if axes else 0)
        size = abs(int(header["BITPIX"])) // 8 * int(header.get("GCOUNT", 1)) * elements
        if size < 0:
            raise ValueError("a negative size")
        at = start + -(-size // BLOCK) * BLOCK


def _header_end(data: bytes, start: int) -> int:
    for at in range(start, start + MAX_HEADER_BLOCKS * BLOCK, BLOCK):
        block = data[at : at + BLOCK]
        if len(block) < BLOCK:
            raise UsageError(_TRUNCATED)
        if any(block[i : i + 8] == b"END     " for i in range(0, BLOCK, 80)):
            return at + BLOCK
    raise ValueError("no end of header")


def _read_table(
    buffer: np.ndarray, header: fits.Header, start: int, limits: ReadLimits
) -> TableFile:
    width, rows = int(header["NAXIS1"]), int(header["NAXIS2"])
    check_rows(rows, limits)
    if start + width * rows > buffer.size:
        raise UsageError(_TRUNCATED)
    firsts = start + np.arange(rows, dtype=np.int64) * width
    heap = start + int(header.get("THEAP", width * rows))
    fields, columns, used = [], [], 0
    for i in range(1, int(header["TFIELDS"]) + 1):
        declared, letter = _declare(header, i)
        size = {"P": 8, "Q": 16}.get(letter) or make_piece(declared).width
        used += size
        if used > width:
            raise UsageError(f"Column '{declared.field.name}' lies outside the rows of the table.")
        cells = _find_cells(buffer, declared, letter, firsts + (used - size), heap)
        field, column = scale(declared, decode_cells(buffer, declared, cells, None), header, i)
        if field.datatype == "char" and not field.xtype:
            column = _trim(column)
        fields.append(field)
        columns.append(column.cast(arrow_type(field)))
    return make_table_file(tuple(fields), columns, limits, header.get("EXTNAME", ""))


def _declare(header: fits.Header, i: int) -> tuple[Declared, str]:
    """Return a column, and P or Q where its values lie in the heap."""
    name = str(header.get(f"TTYPE{i}", "")).strip() or f"col{i}"
    form = _FORM.match(str(header[f"TFORM{i}"]).strip())
    if not form:
        raise UsageError(f"Column '{name}' has the unknown FITS format {header[f'TFORM{i}']}.")
    count, letter = form[1], form[4] or form[2]
    attributes = {
        "name": name,
        "datatype": _DATATYPES[letter],
        "arraysize": "*" if form[3] else _arraysize(header, i, count or "1", letter),
        "unit": str(header.get(f"TUNIT{i}", "")).strip(),
        "ucd": str(header.get(f"TUCD{i}", "")).strip(),
        "utype": str(header.get(f"TUTYP{i}", "")).strip(),
        "xtype": str(header.get(f"TXTYP{i}", "")).strip(),
    }
    null = header.get(f"TNULL{i}")
    declared = declare(attributes, _description(header, i), None if null is None else str(null))
    return declared, form[3] or ""


def _arraysize(header: fits.Header, i: int, count: str, letter: str) -> str:
    dimensions = str(header.get(f"TDIM{i}", "")).strip("() ").replace(" ", "").replace(",", "x")
    if letter == "A":
        return dimensions if "x" in dimensions else count
    return dimensions if re.fullmatch(r"\d+(x\d+)*", dimensions) else count


def _description(header: fits.Header, i: int) -> str:
    written = header.get(f"TCOMM{i}") or header.get(f"TDESC{i}")
    if written:
        return str(written)
    key = f"TTYPE{i}"
    comment = header.comments[key] if key in header else ""
    return "" if comment.lower().startswith(_EMPTY_COMMENTS) else comment


def _find_cells(
    buffer: np.ndarray, declared: Declared, letter: str, starts: np.ndarray, heap: int
) -> Cells:
    if not letter:
        return Cells(starts, np.full(starts.size, declared.shape.unit))
    number, width = (">i4", 8) if letter == "P" else (">i8", 16)
    pointers = fixed_bytes(buffer, starts, width).view(number).astype(np.int64)
    counts, offsets = pointers[:, 0], pointers[:, 1]
    sizes = make_piece(declared).sizes(counts)
    wrong = (counts < 0) | (offsets < 0) | (heap + offsets + sizes > buffer.size)
    # Rows may share bytes of the heap; together they must not be larger than the file.
    if wrong.any() or sizes.sum() > buffer.size:
        raise UsageError(f"Column '{declared.field.name}' points outside the heap of the table.")
    return Cells(heap + offsets, counts)


def _trim(texts: pa.Array) -> pa.Array:
    """Remove the spaces that fill a text up to its width; one of spaces alone is null."""
    texts = pc.utf8_rtrim(texts, " ")
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
