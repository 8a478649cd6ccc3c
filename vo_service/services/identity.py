"""Who publishes, and under what identifiers."""

from vo_service.errors import NotFoundError
from vo_service.settings import Settings

MOST_OBJ_ID = 2**63 - 1
EXACT = 2**53
"""Beyond this a spreadsheet, and any program that keeps numbers as doubles, rounds."""

_QUERY = "/spectra?"


def publisher_did(settings: Settings, obj_id: int) -> str:
    """Return the identifier of a spectrum among all that are published anywhere."""
    return f"ivo://{settings.authority}{_QUERY}{obj_id}"


def obj_id_of(text: str) -> int:
    """Read an obj_id, as a number or within a publisher's identifier.

    Raises
    ------
    NotFoundError
        When no spectrum can have it.
    """
    plain = text.strip()
    if plain.lower().startswith("ivo://"):
        plain = plain.rpartition(_QUERY)[2]
    if plain.isascii() and plain.isdigit() and len(plain) <= 19 and int(plain) <= MOST_OBJ_ID:
        return int(plain)
    raise NotFoundError(f"There is no spectrum '{text[:80]}'; {_reason(plain)}.")


def _reason(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return "an obj_id is a whole number"
    if value < 0 or text.isdigit():
        return "an obj_id is a whole number from 0 to 2^63 - 1"
    return "it has been through a program that rounds; keep obj_id as a 64-bit integer or as text"
