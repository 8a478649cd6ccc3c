"""Values as a person reads them."""

import math
from typing import Any

from vo_service.release.field import Field

NOTHING = "–"
POSITION_DIGITS, DIGITS = 6, 4


def show(value: Any, field: Field | None = None) -> str:
    """Write a value: four digits that count, positions to milliarcseconds, a dash for null."""
    if value is None:
        return NOTHING
    if not isinstance(value, float):
        return str(value)
    if field is not None and field.role in ("ra", "dec"):
        return f"{value:.{POSITION_DIGITS}f}"
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{DIGITS - 1}e}"
    digits = DIGITS - 1 - (math.floor(math.log10(abs(value))) if value else 0)
    return f"{value:.{min(max(digits, 0), 7)}f}"


def show_unit(unit: str) -> str:
    """Write a unit as it is printed: `km/s`, `10⁻¹⁷ erg s⁻¹ cm⁻²`."""
    raised = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    base, *parts = unit.replace("Angstrom", "Å").replace(".", " ").split("**")
    shown = base
    for part in parts:
        power = part[: len(part) - len(part.lstrip("-0123456789"))]
        shown += power.translate(raised) + part[len(power) :]
    return shown


def show_sexagesimal(ra: float, dec: float) -> str:
    """Write a position as hours and degrees, minutes, seconds."""
    hours, minutes, seconds = _sixties(ra / 15, 2)
    degrees, arc_minutes, arc_seconds = _sixties(abs(dec), 1)
    sign = "-" if dec < 0 else "+"
    right_ascension = f"{hours % 24:02d} {minutes:02d} {seconds:05.2f}"
    return f"{right_ascension} {sign}{degrees:02d} {arc_minutes:02d} {arc_seconds:04.1f}"


def show_share(rank: int, ranked: int) -> str:
    """Write how far up a rank is: `top 0.3 %`."""
    percent = 100 * rank / ranked
    return f"top {percent:.2g} %" if percent < 10 else f"top {percent:.0f} %"


def _sixties(value: float, digits: int) -> tuple[int, int, float]:
    """Split into whole, minutes and seconds; seconds never round up to 60."""
    units = round(value * 3600 * 10**digits)
    whole, rest = divmod(units, 3600 * 10**digits)
    minutes, seconds = divmod(rest, 60 * 10**digits)
    return whole, minutes, seconds / 10**digits
