"""Values as a person reads them."""

import math

import pytest
from astropy import units
from astropy.coordinates import SkyCoord

from vo_service.release.field import Field
from vo_service.web.shown import show, show_sexagesimal, show_share, show_unit

RA = Field("ra", "double", "Right ascension", "deg", "pos.eq.ra", role="ra")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("E<0>", "E<0>"),
        (12, "12"),
        (0.0, "0.000"),
        (1.0, "1.000"),
        (-0.21244, "-0.2124"),
        (35373.4, "35373"),
        (999999.4, "999999"),
        (1234567.0, "1.235e+06"),
        (0.00012346, "0.0001235"),
        (0.000012346, "1.235e-05"),
        (math.inf, "inf"),
    ],
)
def test_four_digits_count(value, text):
    assert show(value) == text


def test_positions_keep_milliarcseconds():
    assert show(165.47801697, RA) == "165.478017"


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("", ""),
        ("Angstrom", "Å"),
        ("km/s", "km/s"),
        ("10**-17 erg.s**-1.cm**-2", "10⁻¹⁷ erg s⁻¹ cm⁻²"),
    ],
)
def test_units_are_written_as_in_print(unit, text):
    assert show_unit(unit) == text


@pytest.mark.parametrize(
    "position", [(0.0, 0.0), (359.99999999, -0.00001), (165.478017, 35.446839), (15.0, -89.9999999)]
)
def test_sexagesimal_reads_back(position):
    ra, dec = position
    text = show_sexagesimal(ra, dec)
    assert ":60" not in text.replace(" ", ":")
    read = SkyCoord(text, unit=(units.hourangle, units.deg))
    assert read.separation(SkyCoord(ra, dec, unit="deg")) < 0.1 * units.arcsec


@pytest.mark.parametrize(
    ("rank", "ranked", "text"),
    [(1, 200, "top 0.5 %"), (19, 200, "top 9.5 %"), (120, 200, "top 60 %"), (3, 3, "top 100 %")],
)
def test_a_share_says_how_far_up(rank, ranked, text):
    assert show_share(rank, ranked) == text
