"""What tables and headers of any origin say of a spectrum beside its pixels."""

from typing import Any

import numpy as np

from ingest.errors import RejectedSpectrum
from ingest.read.values import Value, integer, position, positive, real, text

Pairs = tuple[tuple[str, str], ...]

ID = ("survey_id", "id", "specobjid", "targetid")
REDSHIFT = ("z", "redshift")
POSITION = (("ra", "dec"), ("ra_targ", "dec_targ"))


def read_named_facts(
    name: str, value: Value, ids: tuple[str, ...] = ID, positions: Pairs = POSITION
) -> dict[str, Any]:
    """Return the values of `FACT_SCHEMA` from columns or keywords of common names.

    Parameters
    ----------
    name : str
        Of the file.
    value : callable
        Takes lower-case names.
    ids : tuple of str
        Names of identifiers, the best first.
    positions : tuple of (str, str)
        Names of right ascension and declination, the best first.

    Raises
    ------
    RejectedSpectrum
        When redshift, position or identifier is missing.
    """
    z_name = next((n for n in REDSHIFT if real(value(n)) is not None), None)
    if z_name is None:
        raise RejectedSpectrum("the redshift is missing; give it as z")
    ra, dec = position(value, *positions)
    return {
        "survey_id": _survey_id(value, ids),
        "source_file": name,
        "ra": ra,
        "dec": dec,
        "z": real(value(z_name)),
        "z_pipeline": real(value(z_name)),
        "z_source": z_name,
        "z_err": positive(value("z_err")),
        "z_warning": integer(value("z_warning")),
        "spec_class": text(value("spec_class")) or text(value("class")),
        "subclass": text(value("subclass")),
        "sn_median": real(value("sn_median")),
        "vdisp": positive(value("vdisp")),
        "ebv": positive(value("ebv")),
        "mjd": integer(value("mjd")),
    }


def _survey_id(value: Value, ids: tuple[str, ...]) -> str:
    """Return the identifier; a float has lost the last digits of a long one."""
    found = next((value(name) for name in ids if text(value(name))), None)
    if found is None:
        raise RejectedSpectrum(f"has no identifier; give one as {', '.join(ids)}")
    if isinstance(found, float | np.floating):
        raise RejectedSpectrum("its identifier is a floating-point number; write it as text")
    return str(found).strip()
