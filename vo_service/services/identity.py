"""What the service and its spectra are called in the Virtual Observatory (Identifiers 2.0)."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import NotFoundError, UsageError
from vo_service.settings import Settings

AUTHORITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{2,}")
EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")
SPECTRA = "spectra"
"""Path of the resource that the spectra belong to."""

MOST_OBJ_ID = 2**63 - 1

_PREFIX = rf"^(?i:ivo://[^/?#\s]+/{SPECTRA}\?)"
"""Of a publisher's identifier, before the obj_id."""

_DID = re.compile(rf"ivo://[^/?#\s]+/{SPECTRA}\?(.+)", re.IGNORECASE)


def resource_id(settings: Settings, path: str = "") -> str:
    """Name a resource of the authority; without a path, the authority itself."""
    return f"ivo://{settings.authority}/{path}" if path else f"ivo://{settings.authority}"


def publisher_did(settings: Settings, obj_id: int) -> str:
    """Return the publisher's identifier of a spectrum."""
    return f"{resource_id(settings, SPECTRA)}?{obj_id}"


def obj_id_of(text: str) -> int:
    """Read an obj_id, as a number or within a publisher's identifier.

    Raises
    ------
    NotFoundError
        When no spectrum can have it.
    """
    found = _DID.fullmatch(text.strip())
    plain = found[1] if found else text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 19 and int(plain) <= MOST_OBJ_ID:
        return int(plain)
    raise NotFoundError(f"There is no spectrum '{text[:80]}'; {_reason(plain)}.")


def read_obj_ids(texts: pa.StringArray) -> pa.Int64Array:
    """Return the obj_ids that texts name, as `obj_id_of` does; null for what names none."""
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), _PREFIX, "")
    is_number = pc.match_substring_regex(plain, "^[0-9]{1,19}$")
    numbers = pc.if_else(is_number, plain, pa.scalar(None, pa.string())).cast(pa.uint64())
    fits = pc.less_equal(numbers, pa.scalar(MOST_OBJ_ID, pa.uint64()))
    return pc.if_else(fits, numbers, pa.scalar(None, pa.uint64())).cast(pa.int64())


def _reason(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return "an obj_id is a whole number"
    if value < 0 or text.isdigit():
        return "an obj_id is a whole number from 0 to 2^63 - 1"
    return "it has been through a program that rounds; keep obj_id as a 64-bit integer or as text"


def check_identity(settings: Settings) -> None:
    """Refuse what no registry would take.

    Raises
    ------
    UsageError
        When the authority or the address of the contact is malformed.
    """
    if not AUTHORITY.fullmatch(settings.authority):
        raise UsageError(
            f"ODDSKY_AUTHORITY is '{settings.authority[:40]}'; it must be three or more letters, "
            "digits, dots and hyphens, such as a host name of yours."
        )
    if not EMAIL.fullmatch(settings.contact_email):
        raise UsageError(
            f"ODDSKY_CONTACT_EMAIL is '{settings.contact_email[:40]}'; it must be an address."
        )
