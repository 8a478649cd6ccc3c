"""Ranges of numbers and dates; dates by the judgement of astropy."""

import pytest
from astropy.time import Time

from vo_service.errors import UsageError
from vo_service.services.ranges import Range, parse_ranges, read_number, read_time

NUMBER = read_number("X", "a number")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/2", [(1, 2)]),
        ("1/", [(1, None)]),
        ("/2", [(None, 2)]),
        ("3", [(3, 3)]),
        ("1/2,4/5, 7", [(1, 2), (4, 5), (7, 7)]),
        (" 1e-7 / 2e-7 ", [(1e-7, 2e-7)]),
        ("2/2", [(2, 2)]),
    ],
)
def test_ranges_are_read(text, expected):
    assert parse_ranges("X", text, NUMBER) == tuple(Range(*ends) for ends in expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2/1", "X is '2/1'; its first end is beyond its second, swap them."),
        ("/", "write a range as a/b"),
        ("1/2/3", "write a range as a/b"),
        ("", "write a range as a/b"),
        ("1,,2", "write a range as a/b"),
        ("nan", "it must be a number"),
        ("1/inf", "it must be a number"),
        ("x/2", "X is 'x'; it must be a number."),
        (",".join("1" * 101), "at most 100"),
    ],
)
def test_what_is_no_range_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_ranges("X", text, NUMBER)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2003", "2003-01-01", "2004-01-01"),
        ("2004-02", "2004-02-01", "2004-03-01"),
        ("2004-12", "2004-12-01", "2005-01-01"),
        ("2004-02-29", "2004-02-29", "2004-03-01"),
        ("2003-05-01T06:30:15.5", "2003-05-01T06:30:15.5", "2003-05-01T06:30:15.5"),
        ("2003-05-01T06:30:15Z", "2003-05-01T06:30:15", "2003-05-01T06:30:15"),
    ],
)
def test_a_date_is_all_that_it_says(text, begin, end):
    expected = [Time(t, scale="utc").mjd for t in (begin, end)]
    assert read_time(text) == pytest.approx(expected, abs=1e-9)


def test_the_last_year_has_an_end():
    assert read_time("9999")[1] - read_time("9999")[0] == 365


def test_other_numbers_are_modified_julian_dates():
    assert read_time("53000.25") == (53000.25, 53000.25)


@pytest.mark.parametrize("text", ["yesterday", "2003-13", "2003-02-30", "2003-05-01T25:00", "nan"])
def test_nonsense_is_no_time(text):
    with pytest.raises(UsageError, match="TIME is"):
        read_time(text)
