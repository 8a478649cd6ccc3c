"""Ranges of numbers and of times, as the simple protocols of the IVOA write them (SSA 1.1, 8.8)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vo_service.errors import UsageError

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
MOST_RANGES = 100

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ]([\d:.]+)Z?)?)?)?")

Read = Callable[[str], tuple[float, float]]
"""Reads the text of one value: the first and last number that it stands for."""


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both included; None where it is open."""

    low: float | None
    high: float | None


def parse_ranges(name: str, text: str, read: Read) -> tuple[Range, ...]:
    """Read `a/b`, `a/`, `/b` or `a`, or several of them with commas between.

    Parameters
    ----------
    name : str
        Of the parameter, for messages.
    text : str
    read : callable
        Reads one value; raises UsageError.

    Raises
    ------
    UsageError
        When a range is malformed, empty or reversed.
    """
    texts = [part.strip() for part in text.split(",")]
    if len(texts) > MOST_RANGES:
        raise UsageError(f"{name} gives {len(texts)} ranges; give at most {MOST_RANGES}.")
    return tuple(_parse_range(name, part, read) for part in texts)


def read_number(name: str, meaning: str) -> Read:
    """Return what reads a number, which `meaning` describes for messages."""

    def read(text: str) -> tuple[float, float]:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError(f"{name} is '{text[:40]}'; it must be {meaning}.")
        return value, value

    return read


def read_time(text: str) -> tuple[float, float]:
    """Read a time as modified Julian dates, UTC; a year, month or day is all of it.

    Raises
    ------
    UsageError
        When it is neither a date of ISO 8601 nor a number of days.
    """
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            return read_number("TIME", "a date such as 2003-05-01T06:00:00, or an MJD")(text)
        return _read_date(*found.groups())
    except (ValueError, OverflowError) as error:
        raise UsageError(f"TIME is '{text[:40]}'; there is no such date.") from error


def _read_date(
    year: str, month: str | None, day: str | None, clock: str | None
) -> tuple[float, float]:
    begin = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if clock is not None:
        moment = datetime.fromisoformat(f"{begin:%Y-%m-%d}T{clock}").replace(tzinfo=UTC)
        return _mjd(moment), _mjd(moment)
    if day is not None:
        return _mjd(begin), _mjd(begin + timedelta(days=1))
    # From any day, 32 or 366 days on is the next month or year.
    after = begin + timedelta(days=32 if month else 366)
    return _mjd(begin), _mjd(after.replace(day=1) if month else after.replace(month=1, day=1))


def _mjd(moment: datetime) -> float:
    return (moment - MJD_ZERO) / timedelta(days=1)


def _parse_range(name: str, text: str, read: Read) -> Range:
    ends = [end.strip() for end in text.split("/")]
    if len(ends) > 2 or not any(ends):
        raise UsageError(f"{name} is '{text[:40]}'; write a range as a/b, a/ or /b, or one value.")
    low = read(ends[0])[0] if ends[0] else None
    high = read(ends[-1])[1] if ends[-1] else None
    if low is not None and high is not None and low > high:
        raise UsageError(f"{name} is '{text[:40]}'; its first end is beyond its second, swap them.")
    return Range(low, high)
