"""Find images and binary tables of a FITS file in memory by their names (EXTNAME)."""

import math
import re
from dataclasses import dataclass

import numpy as np

from ingest.read.fits_scan import (
    CARD,
    BinaryTable,
    Hdu,
    UnreadableError,
    blame_header,
    is_table,
    read_sizes,
    read_table,
    scan_hdus,
)

_IMAGE_DTYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_CARD = re.compile(rb"([A-Z0-9_-]+) *= *('[^']*'|[-+.\dED]+)")


@dataclass(frozen=True, slots=True)
class NamedHdus:
    """The HDUs of a file by their names in upper case.

    Attributes
    ----------
    data : bytes
        The whole file.
    hdus : dict of Hdu
        Those that have a name; of two with the same, the first.
    """

    data: bytes
    hdus: dict[str, Hdu]

    @classmethod
    def scan(cls, data: bytes) -> "NamedHdus":
        """Find the HDUs.

        Raises
        ------
        UnreadableError
            When the bytes are no FITS file, end too early or have a damaged header.
        """
        found: dict[str, Hdu] = {}
        for hdu in scan_hdus(data):
            name = read_keyword(hdu, "EXTNAME")
            if name:
                found.setdefault(name.upper(), hdu)
        return cls(data, found)

    def __contains__(self, name: str) -> bool:
        return name in self.hdus

    def table(self, name: str) -> BinaryTable:
        """Return a table.

        Raises
        ------
        UnreadableError
            When there is no table of that name, or it is damaged or has scaled columns.
        """
        hdu = self._find(name)
        if not is_table(hdu):
            raise UnreadableError(f"has no table {name}")
        return read_table(self.data, hdu)

    def image(self, name: str) -> np.ndarray:
        """Return an image, big-endian, a view of the bytes unless unsigned.

        Raises
        ------
        UnreadableError
            When there is no image of that name, or it is scaled.
        """
        return read_image(self.data, self._find(name), name)

    def unit(self, name: str) -> str | None:
        """Return the unit of an image as it is written, None where none is."""
        return read_keyword(self._find(name), "BUNIT")

    def _find(self, name: str) -> Hdu:
        if name not in self:
            raise UnreadableError(f"has no extension {name}")
        return self.hdus[name]


def read_image(data: bytes, hdu: Hdu, name: str) -> np.ndarray:
    """Lay an image over the bytes of its HDU, big-endian; unsigned numbers are copied.

    Raises
    ------
    UnreadableError
        When the HDU, told by its name, is no image, or a scaled one.
    """
    if not hdu.header.startswith((b"XTENSION= 'IMAGE   '", b"SIMPLE  =")):
        raise UnreadableError(f"has no image {name}")
    with blame_header():
        sizes = read_sizes(hdu.header)
        shape = [sizes[b"NAXIS%d" % axis] for axis in range(sizes[b"NAXIS"], 0, -1)]
        dtype = np.dtype(_IMAGE_DTYPES[sizes[b"BITPIX"]])
        if not shape or math.prod(shape) * dtype.itemsize != hdu.length:
            raise ValueError("an image that does not fill its HDU")
    stored = np.ndarray(shape, dtype, data, hdu.body)
    return _unshift(stored, name, read_keyword(hdu, "BSCALE"), read_keyword(hdu, "BZERO"))


def read_keyword(hdu: Hdu, keyword: str) -> str | None:
    """Return the value of a keyword as text, without quotes."""
    start = hdu.header.find(keyword.ljust(8).encode() + b"=")
    while start % CARD and start >= 0:
        start = hdu.header.find(keyword.ljust(8).encode() + b"=", start + 1)
    found = _CARD.match(hdu.header[start : start + CARD]) if start >= 0 else None
    return found[2].decode("ascii", "replace").strip("'").strip() if found else None


def _unshift(stored: np.ndarray, name: str, scale: str | None, zero: str | None) -> np.ndarray:
    """Undo the shift by which FITS stores unsigned integers (standard 4.0, section 5.2.5)."""
    width = stored.dtype.itemsize
    try:
        scaling = float(scale or 1), float(zero or 0)
    except ValueError as error:
        raise UnreadableError(f"has a damaged scale in the image {name}") from error
    if scaling == (1.0, 0.0):
        return stored
    if stored.dtype.kind != "i" or scaling != (1.0, 2.0 ** (width * 8 - 1)):
        raise UnreadableError(f"has a scaled image {name}")
    return stored.view(f">u{width}") ^ (1 << (width * 8 - 1))
