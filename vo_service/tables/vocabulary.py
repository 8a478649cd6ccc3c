"""Names, units and UCDs of files in the spelling in which they are published."""

import re
import warnings

from astropy import units
from astropy.io.votable.ucd import check_ucd

from vo_service.release.reserved import RESERVED_WORDS

_NO_UNIT = frozenset({"none", "null", "-", "--", "n/a", "na", "unitless", "dimensionless", "1"})
_UCD1 = {
    "ID_MAIN": "meta.id;meta.main",
    "POS_EQ_RA_MAIN": "pos.eq.ra;meta.main",
    "POS_EQ_DEC_MAIN": "pos.eq.dec;meta.main",
    "POS_EQ_RA": "pos.eq.ra",
    "POS_EQ_DEC": "pos.eq.dec",
    "POS_GAL_LON": "pos.galactic.lon",
    "POS_GAL_LAT": "pos.galactic.lat",
    "REDSHIFT_HC": "src.redshift",
    "PHOT_MAG": "phot.mag",
    "ERROR": "stat.error",
    "NUMBER": "meta.number",
    "NOTE": "meta.note",
    "ID_NUMBER": "meta.id",
}
"""UCD1, which old files still use, in today's words; upper case."""


def plain_names(names: list[str]) -> list[str]:
    """Make plain ADQL identifiers of names, no two alike.

    Lower case, other characters than letters and digits as `_`; a reserved word gets a `_` behind
    it, and of two equal ones the second a number.
    """
    taken: set[str] = set()
    plain = []
    for name in names:
        base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "col"
        base = base if base[0].isalpha() else f"c_{base}"
        base = f"{base}_" if base.upper() in RESERVED_WORDS else base
        chosen, number = base, 1
        while chosen in taken:
            number += 1
            chosen = f"{base}_{number}"
        taken.add(chosen)
        plain.append(chosen)
    return plain


def to_vounit(text: str) -> str | None:
    """Return a unit in the spelling of VOUnits, empty for none, or None if it is not known."""
    text = text.strip()
    if not text or text.lower() in _NO_UNIT:
        return ""
    # astropy lets spaces through, which VOUnits do not have.
    if " " not in text and _is_vounit(text):
        return text
    for spelling in (text, text.lower(), text.removesuffix("s"), text.lower().removesuffix("s")):
        for form in (None, "cds", "fits", "ogip"):
            written = _as_vounit(spelling, form)
            if written is not None:
                return written
    return None


def to_ucd(text: str) -> str:
    """Return a UCD in words of the IVOA list, or nothing."""
    text = text.strip()
    known = _UCD1.get(text.upper(), text)
    return known if known and check_ucd(known, check_controlled_vocabulary=True) else ""


def _as_vounit(text: str, form: str | None) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", units.UnitsWarning)
            written = units.Unit(text, format=form).to_string("vounit")
    except (ValueError, TypeError):
        return None
    return written if _is_vounit(written) else None


def _is_vounit(text: str) -> bool:
    with warnings.catch_warnings():
        # Angstrom and erg are deprecated in VOUnits, still valid.
        warnings.simplefilter("ignore", units.UnitsWarning)
        try:
            units.Unit(text, format="vounit")
        except ValueError:
            return False
    return True
