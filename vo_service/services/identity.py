"""Names of spectra in the Virtual Observatory: publisher dataset identifiers (DID)."""

import re

from vo_service.errors import UsageError
from vo_service.settings import Settings

LARGEST_ID = 2**63 - 1

_IDENTIFIER = re.compile(r"(?:ivo://[^/?#\s]+/spectra\?)?([0-9]{1,19})", re.IGNORECASE)


def publisher_did(settings: Settings, obj_id: int) -> str:
    """Return the identifier of a spectrum that is its own in all the Virtual Observatory."""
    return f"ivo://{settings.authority}/spectra?{obj_id}"


def obj_id_of(text: str) -> int:
    """Return the obj_id that a client names, plain or as a publisher DID.

    Raises
    ------
    UsageError
        When it is neither.
    """
    found = _IDENTIFIER.fullmatch(text.strip())
    if found is None or int(found[1]) > LARGEST_ID:
        raise UsageError(
            f"'{text[:80]}' is no identifier of a spectrum; give an obj_id, a whole number, "
            "or ivo://.../spectra?obj_id."
        )
    return int(found[1])
