"""Cards of a FITS header (FITS 4.0, section 4), for headers that are written thousands of times."""

import re

from vo_service.formats.fits_header import printable

BLOCK = 2880
_LINE = 80
_STANDARD = re.compile(r"[A-Z0-9_-]{1,8}\Z")

Card = tuple[str, "str | int | float | bool", str]
"""Keyword, value and comment."""


def header_block(cards: list[Card]) -> bytes:
    """Write a header with its END, filled to whole blocks."""
    text = "".join(write_card(*card) for card in cards) + "END".ljust(_LINE)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def write_card(keyword: str, value: str | int | float | bool, comment: str = "") -> str:
    """Write a card of 80 characters; what does not fit is cut, the comment first.

    A keyword that is longer, or has other characters, than the standard's stands behind HIERARCH.
    """
    plain = keyword.upper()
    head = f"{plain:<8}= " if _STANDARD.match(plain) else f"HIERARCH {plain} = "
    text = head + _value(value, _LINE - len(head))
    if comment:
        text += f" / {printable(comment)}"
    return text[:_LINE].ljust(_LINE)


def _value(value: str | int | float | bool, room: int) -> str:
    if isinstance(value, bool):
        return f"{'T' if value else 'F':>20}"
    if isinstance(value, str):
        quoted = printable(value).replace("'", "''")[: room - 2]
        # A quote that lost its twin at the cut would end the text.
        if (len(quoted) - len(quoted.rstrip("'"))) % 2:
            quoted = quoted[:-1]
        return f"'{quoted:<8}'".ljust(20)
    return f"{_number(value):>20}"


def _number(value: int | float) -> str:
    """Write a number; a real one has a decimal point (section 4.2.4)."""
    text = repr(value).upper()
    if isinstance(value, int) or "." in text:
        return text
    mantissa, letter, exponent = text.partition("E")
    return f"{mantissa}.0{letter}{exponent}"
