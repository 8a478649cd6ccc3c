"""Ranges of numbers and of times, as the simple protocols of the IVOA write them (SSA 1.1, 8.8)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vo_service.errors import UsageError

MJD_ZERO = np.datetime64("1858-11-17")
MOST_RANGES = 100

_DATE = re.compile(r"\d{4}(-|\Z)")
_PERIODS = ("Y", "M", "D")
"""Units of dates that are no instants."""

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
    if not _DATE.match(text):
        return read_number("TIME", "a date such as 2003-05-01T06:00:00, or an MJD")(text)
    try:
        begin = np.datetime64(text.removesuffix("Z"))
    except ValueError as error:
        raise UsageError(f"TIME is '{text[:40]}'; there is no such date.") from error
    is_period = np.datetime_data(begin)[0] in _PERIODS
    return _mjd(begin), _mjd(begin + 1 if is_period else begin)


def _mjd(moment: np.datetime64) -> float:
    return float((moment.astype("M8[us]") - MJD_ZERO) / np.timedelta64(1, "D"))


def _parse_range(name: str, text: str, read: Read) -> Range:
    ends = [end.strip() for end in text.split("/")]
    if len(ends) > 2 or not any(ends):
        raise UsageError(f"{name} is '{text[:40]}'; write a range as a/b, a/ or /b, or one value.")
    low = read(ends[0])[0] if ends[0] else None
    high = read(ends[-1])[1] if ends[-1] else None
    if low is not None and high is not None and low > high:
        raise UsageError(f"{name} is '{text[:40]}'; its first end is beyond its second, swap them.")
    return Range(low, high)
