"""Positions as people type them, judged by astropy."""

import pytest
from astropy import units
from astropy.coordinates import SkyCoord

from vo_service.errors import UsageError
from vo_service.services.find_objects import parse_position

TEXTS = [
    "10 00 24.0 +02 12 00",
    "10:00:24.0 -02:12:00",
    "10h00m24.0s -02d12m00s",
    "10h00m24.0s, +02d12m00s",
    "00 00 00.1 -00 00 01",
]


@pytest.mark.parametrize("text", TEXTS)
def test_sexagesimal_positions_are_read(text):
    expected = SkyCoord(text.replace(",", ""), unit=(units.hourangle, units.deg))
    ra, dec = parse_position(text)
    assert ra == pytest.approx(expected.ra.deg, abs=1e-9)
    assert dec == pytest.approx(expected.dec.deg, abs=1e-9)


@pytest.mark.parametrize("text", ["150.1 2.2", "150.1,2.2", "150.1 +2.2", "150.1; 2.2"])
def test_degrees_are_read(text):
    assert parse_position(text) == (150.1, 2.2)


@pytest.mark.parametrize("text", ["12", "SDSS J1000+0212", "1 2 3", "150.1", "a b", ""])
def test_what_is_no_position_is_none(text):
    assert parse_position(text) is None


@pytest.mark.parametrize("text", ["361 0", "10 91", "-1 5", "25 00 00 +91 00 00"])
def test_a_position_off_the_sky_is_refused(text):
    with pytest.raises(UsageError, match="is no position"):
        parse_position(text)
