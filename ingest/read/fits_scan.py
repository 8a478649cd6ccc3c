"""Find the binary tables of a FITS file in memory and read single columns of them.

astropy opens a spectrum file in some 30 ms, most of it spent on 400 header cards that nobody
reads; this scan takes a twentieth of a millisecond. Only plain binary tables are understood: a
file that holds anything else is left to astropy (FITS standard 4.0, sections 4 and 7.3).
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np

BLOCK, CARD = 2880, 80
MAX_COLUMNS = 999

_SIZES = (b"BITPIX", b"NAXIS", b"PCOUNT", b"GCOUNT", b"TFIELDS")
_COLUMN = re.compile(rb"T(TYPE|FORM|ZERO|SCAL)(\d+) *= *('[^']*'|[-+.\dED]+)")
_FORM = re.compile(r"(\d*)([A-Z])")
_DTYPES = {"L": "S1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_WIDTHS = {"C": 8, "M": 16, "P": 8, "Q": 16}
"""Bytes of a complex number, and of the descriptor of an array in the heap."""


class UnreadableError(Exception):
    """The bytes are no FITS file, or a damaged one."""


class NotPlainError(UnreadableError):
    """A table has scaled columns, which this scan does not understand; astropy does."""


@dataclass(frozen=True, slots=True)
class BinaryTable:
    """A binary table within the bytes of a file.

    Attributes
    ----------
    rows : structured array, shape (n_rows,)
        A view of the bytes, its fields named in upper case, big-endian.
    unsigned : frozenset of str
        Columns of unsigned integers, which FITS stores shifted by half their range.
    """

    rows: np.ndarray
    unsigned: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in (self.rows.dtype.fields or ())

    def column(self, name: str) -> np.ndarray:
        """Return a column, big-endian, a view unless unsigned."""
        values = self.rows[name]
        if name not in self.unsigned:
            return values
        width = values.dtype.itemsize
        return values.view(f">u{width}") ^ (1 << (width * 8 - 1))

    def row(self, number: int) -> "BinaryTable":
        """Return the table of one row alone."""
        return BinaryTable(self.rows[number : number + 1], self.unsigned)

    def value(self, name: str) -> object:
        """Return the first row's value: text stripped; None where there is none."""
        if name not in self or self.rows.size == 0:
            return None
        value = self.column(name)[0]
        return value.decode("ascii", "replace").strip() if isinstance(value, bytes) else value


class Hdu(NamedTuple):
    """Where one HDU lies within the bytes of a file.

    Attributes
    ----------
    header : bytes
        All of its cards.
    body, length : int
        First byte of the data, and their number without the padding.
    """

    header: bytes
    body: int
    length: int


def scan_hdus(data: bytes) -> Iterator[Hdu]:
    """Step through the HDUs of a file.

    Raises
    ------
    UnreadableError
        When the bytes are no FITS file, end too early or have a damaged header.
    """
    if not data.startswith(b"SIMPLE  ="):
        raise UnreadableError("is not a FITS file")
    position = 0
    while position < len(data):
        header = _header(data, position)
        body = position + len(header)
        with blame_header():
            length = _data_length(read_sizes(header))
        if body + length > len(data):
            raise UnreadableError(f"is cut short after {len(data)} bytes")
        yield Hdu(header, body, length)
        position = body + -(-length // BLOCK) * BLOCK


def is_table(hdu: Hdu) -> bool:
    """Whether an HDU is a binary table."""
    return hdu.header.startswith(b"XTENSION= 'BINTABLE'")


def read_table(data: bytes, hdu: Hdu) -> BinaryTable:
    """Lay a table over the bytes of its HDU.

    Raises
    ------
    NotPlainError
        When it has scaled columns.
    UnreadableError
        When its header is damaged.
    """
    with blame_header():
        dtype, unsigned = _layout(_without_rows(hdu.header))
        count = read_sizes(hdu.header)[b"NAXIS2"]
    return BinaryTable(np.ndarray((count,), dtype, data, hdu.body), unsigned)


def scan_tables(data: bytes, limit: int = 2) -> list[BinaryTable]:
    """Find the first binary tables of a file.

    Parameters
    ----------
    data : bytes
        The whole file.
    limit : int
        How many tables are wanted; what comes behind is not looked at.

    Raises
    ------
    NotPlainError
        When a table has scaled columns.
    UnreadableError
        When the bytes are no FITS file, end too early or have a damaged header.
    """
    tables = (read_table(data, hdu) for hdu in scan_hdus(data) if is_table(hdu))
    return list(islice(tables, limit))


@contextmanager
def blame_header() -> Iterator[None]:
    """Turn what goes wrong with the sizes in a header into UnreadableError."""
    try:
        yield
    except (KeyError, ValueError, OverflowError) as error:
        raise UnreadableError(f"has a damaged header ({error})") from error


def _header(data: bytes, position: int) -> bytes:
    """Return the header that begins at a position, up to the end of its last block."""
    for stop in range(position + BLOCK, len(data) + 1, BLOCK):
        last = data[stop - BLOCK : stop].rstrip(b" ")
        if last.endswith(b"END") and len(last) % CARD == len(b"END"):
            return data[position:stop]
    raise UnreadableError(f"is cut short after {len(data)} bytes")


def read_sizes(header: bytes) -> dict[bytes, int]:
    """Return the mandatory keywords; the standard wants them first, and in fixed columns."""
    return _block_sizes(header[:BLOCK])


# The tables of one reduction differ in their number of rows alone.
@lru_cache(maxsize=2048)
def _block_sizes(block: bytes) -> dict[bytes, int]:
    cards = (block[start : start + 30] for start in range(CARD, BLOCK, CARD))
    return {card[:8].rstrip(): int(card[10:]) for card in cards if card.startswith(_SIZES)}


def _data_length(sizes: dict[bytes, int]) -> int:
    axes = [sizes[b"NAXIS%d" % (i + 1)] for i in range(sizes[b"NAXIS"])]
    elements = math.prod(axes) if axes else 0
    counts = (elements, sizes.get(b"PCOUNT", 0), sizes.get(b"GCOUNT", 1))
    if min(counts) < 0:
        raise ValueError("a negative size")
    return abs(sizes[b"BITPIX"]) // 8 * counts[2] * (counts[1] + counts[0])


def _without_rows(header: bytes) -> bytes:
    """Return a header without the number of rows, where that has its usual place."""
    at = 4 * CARD
    return header[:at] + header[at + CARD :] if header.startswith(b"NAXIS2  =", at) else header


# Files of one reduction have the same table header to the byte, with 130 columns in it.
@lru_cache(maxsize=256)
def _layout(header: bytes) -> tuple[np.dtype, frozenset[str]]:
    """Return the type of a row, and the columns of unsigned integers."""
    sizes = read_sizes(header)
    cards = {
        (found[1].decode(), int(found[2])): found[3].decode("ascii", "replace").strip("'").strip()
        for found in _COLUMN.finditer(header)
        if found.start() % CARD == 0
    }
    numbers = range(1, min(sizes[b"TFIELDS"], MAX_COLUMNS) + 1)
    names = [cards.get(("TYPE", n), f"COL{n}").upper() for n in numbers]
    types = [_dtype(cards["FORM", n]) for n in numbers]
    row = np.dtype([(name, t) for name, t in zip(names, types, strict=True) if t.itemsize])
    if (row.itemsize, 2, 8, 1) != tuple(
        sizes[k] for k in (b"NAXIS1", b"NAXIS", b"BITPIX", b"GCOUNT")
    ):
        raise ValueError("columns that do not fill the rows")
    shifts = ((cards.get(("SCAL", n), "1"), cards.get(("ZERO", n), "0")) for n in numbers)
    unsigned = [
        name for name, t, shift in zip(names, types, shifts, strict=True) if _is_unsigned(t, *shift)
    ]
    return row, frozenset(unsigned)


def _dtype(form: str) -> np.dtype:
    match = _FORM.match(form)
    if not match:
        raise ValueError(f"a column of the form {form!r}")
    repeat, code = int(match[1] or 1), match[2]
    if code == "A":
        return np.dtype(f"S{repeat}") if repeat else np.dtype("V0")
    if code == "X" or code in _WIDTHS:
        return np.dtype(f"V{-(-repeat // 8) if code == 'X' else _WIDTHS[code] * repeat}")
    base = np.dtype(_DTYPES[code])
    return base if repeat == 1 else np.dtype((base, (repeat,)))


def _is_unsigned(dtype: np.dtype, scale: str, zero: str) -> bool:
    """Tell unsigned integers, the one use of TZERO that is understood here."""
    scale_zero = tuple(float(text.replace("D", "E")) for text in (scale, zero))
    if scale_zero == (1.0, 0.0):
        return False
    if dtype.base.kind != "i" or scale_zero != (1.0, 2.0 ** (dtype.base.itemsize * 8 - 1)):
        raise NotPlainError("has a scaled column")
    return True
