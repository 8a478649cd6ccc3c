"""PNG pictures of one colour whose opacity tells a value."""

import io

import numpy as np


def encode_opacity(levels: np.ndarray, colour: tuple[int, int, int]) -> bytes:
    """Encode a picture; it shows on light and on dark pages alike.

    Parameters
    ----------
    levels : uint8, shape (height, width)
        Opacity of each pixel, 0 is clear; the first row is the upper one.
    colour : tuple of int
        Red, green, blue, 0 to 255.
    """
    from PIL import Image  # a service that draws nothing does not load it

    picture = Image.fromarray(levels, "P")
    picture.putpalette(bytes(colour) * 256)
    sink = io.BytesIO()
    picture.save(sink, "PNG", transparency=bytes(range(256)))
    return sink.getvalue()
