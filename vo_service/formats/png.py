"""PNG pictures of one colour whose opacity tells a value (W3C PNG, third edition)."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE_TYPE = 3


def encode_opacity(levels: np.ndarray, colour: tuple[int, int, int]) -> bytes:
    """Encode a picture; it shows on light and on dark pages alike.

    Parameters
    ----------
    levels : uint8, shape (height, width)
        Opacity of each pixel, 0 is clear; the first row is the upper one.
    colour : tuple of int
        Red, green, blue, 0 to 255.
    """
    height, width = levels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, PALETTE_TYPE, 0, 0, 0)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = levels
    parts = (
        (b"IHDR", header),
        (b"PLTE", bytes(colour) * 256),
        (b"tRNS", bytes(range(256))),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
