"""Which pixels a band means, and what is no band."""

import math

import numpy as np
import pytest

from vo_service.errors import UsageError
from vo_service.services.cut_out import Band, choose_pixels, parse_band

WAVE = np.array([4000.0, 4001.0, 4002.0, 4003.0, 4004.0])
INFINITE = math.inf


@pytest.mark.parametrize(
    ("low", "high", "chosen"),
    [
        (4001, 4003, [1, 2, 3]),
        (4000.9, 4003.1, [1, 2, 3]),
        (4001.1, 4002.9, [2]),
        (-INFINITE, INFINITE, [0, 1, 2, 3, 4]),
        (-INFINITE, 4000, [0]),
        (4004, INFINITE, [4]),
        (-INFINITE, 3999.9, []),
        (4004.1, INFINITE, []),
        (3000, 3999, []),
        (4002, 4002, [2]),
        (4002.1, 4002.3, [2]),
        (4002.6, 4002.8, [3]),
        (3990, 4000, [0]),
        (3999, 5000, [0, 1, 2, 3, 4]),
    ],
)
def test_pixels_whose_centres_lie_in_the_band(low, high, chosen):
    pixels = choose_pixels(WAVE, Band(low * 1e-10, high * 1e-10))
    assert np.arange(WAVE.size)[pixels].tolist() == chosen


def test_every_pixel_is_found_by_its_own_wavelength_however_it_is_written():
    wave = 10 ** (3.58 + 1e-4 * np.arange(3800))
    for way in (repr, lambda v: f"{v:.10g}"):
        for pixel in range(0, wave.size, 97):
            text = way(float(wave[pixel]) * 1e-10)
            chosen = choose_pixels(wave, parse_band(f"{text} {text}"))
            assert (chosen.start, chosen.stop) == (pixel, pixel + 1)
    first, last = repr(float(wave[0]) / 1e10), repr(float(wave[-1]) / 1e10)
    assert choose_pixels(wave, parse_band(f"{first} {last}")) == slice(0, wave.size)


def test_a_spectrum_without_pixels_has_nothing():
    assert choose_pixels(np.empty(0), Band()) == slice(0, 0)


def test_a_single_pixel_is_cut():
    assert choose_pixels(np.array([5000.0]), Band(5e-7, 5e-7)) == slice(0, 1)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("5e-7 6e-7", Band(5e-7, 6e-7)),
        (" 5E-7\t6e-7 ", Band(5e-7, 6e-7)),
        ("-Inf 6e-7", Band(-INFINITE, 6e-7)),
        ("5e-7 +Inf", Band(5e-7, INFINITE)),
        ("-inf inf", Band()),
        (None, Band()),
    ],
)
def test_bands_of_dali(text, band):
    assert parse_band(text) == band


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("6e-7 5e-7", "the lesser wavelength must stand first"),
        ("+Inf -Inf", "the lesser wavelength must stand first"),
        ("5e-7", "must be two wavelengths in metres"),
        ("5e-7 6e-7 7e-7", "must be two wavelengths in metres"),
        ("5e-7/6e-7", "must be two wavelengths in metres"),
        ("nan 6e-7", "must be two wavelengths in metres"),
        ("5e-7 NaN", "must be two wavelengths in metres"),
        ("5e-7 six", "must be two wavelengths in metres"),
        ("5e-7,6e-7", "must be two wavelengths in metres"),
    ],
)
def test_what_is_no_band(text, said):
    with pytest.raises(UsageError, match=said):
        parse_band(text)
