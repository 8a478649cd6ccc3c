"""Pictures of one colour, read by another program."""

import io

import numpy as np
from PIL import Image

from vo_service.formats.png import encode_opacity


def test_opacity_and_colour_read_back():
    levels = np.arange(256, dtype=np.uint8).reshape(8, 32)
    picture = Image.open(io.BytesIO(encode_opacity(levels, (10, 20, 30))))
    picture.load()  # Pillow checks the CRC of every chunk
    pixels = np.asarray(picture.convert("RGBA"))
    np.testing.assert_array_equal(pixels[..., 3], levels)
    assert set(map(tuple, pixels[..., :3].reshape(-1, 3))) == {(10, 20, 30)}
