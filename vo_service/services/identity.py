"""What the service and its spectra are called in the Virtual Observatory (Identifiers 2.0)."""

import re

from vo_service.errors import NotFoundError, UsageError
from vo_service.settings import Settings

AUTHORITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{2,}")
EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")
SPECTRA = "spectra"
"""Path of the resource that the spectra belong to."""

ID_LIMIT = 2**63
"""An obj_id is less, so that it fits a BIGINT."""

_DID = re.compile(rf"ivo://[^/?#\s]+/{SPECTRA}\?(.+)", re.IGNORECASE)


def resource_id(settings: Settings, path: str = "") -> str:
    """Name a resource of the authority; without a path, the authority itself."""
    return f"ivo://{settings.authority}/{path}" if path else f"ivo://{settings.authority}"


def publisher_did(settings: Settings, obj_id: int) -> str:
    """Return the publisher's identifier of a spectrum."""
    return f"{resource_id(settings, SPECTRA)}?{obj_id}"


def obj_id_of(text: str) -> int:
    """Return the obj_id that a text names.

    Parameters
    ----------
    text : str
        An obj_id, or the publisher's identifier of a spectrum.

    Raises
    ------
    NotFoundError
        When it is neither.
    """
    found = _DID.fullmatch(text.strip())
    digits = found[1] if found else text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(ID_LIMIT))
    if not is_number or int(digits) >= ID_LIMIT:
        raise NotFoundError(f"There is no spectrum '{text[:80]}'; an obj_id is a whole number.")
    return int(digits)


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
