"""What an SDSS file says of its spectrum beside the pixels: redshift, position, class, name."""

from typing import Any

import numpy as np

from ingest.errors import RejectedSpectrum
from ingest.read.values import Value, first_known, integer, position, positive, real, text

REDDENING = ((3.793, 2.751), (3.303, 2.285))
"""A_g and A_r of E(B-V) = 1 mag: Schlegel et al. 1998, Schlafly & Finkbeiner 2011."""


def read_facts(name: str, value: Value) -> dict[str, Any]:
    """Return the values of `FACT_SCHEMA` from the one row of SPECOBJ or SPALL.

    Parameters
    ----------
    name : str
        Of the file.
    value : callable

    Raises
    ------
    RejectedSpectrum
        When it is of empty sky, redshift or position is missing, or it cannot be named.
    """
    if "SKY" in (text(value("SOURCETYPE")), text(value("OBJTYPE"))):
        raise RejectedSpectrum("is a sky fibre, not a target")
    z, z_noqso = real(value("Z")), real(value("Z_NOQSO"))
    corrected = bool(z_noqso)  # 0 stands for "not computed"
    if (z_noqso if corrected else z) is None:
        raise RejectedSpectrum("the redshift is missing")
    # Where the fibre was plugged, else where the target is.
    ra, dec = position(value, ("PLUG_RA", "PLUG_DEC"), ("RA", "DEC"))
    facts = {
        "source_file": name,
        "ra": ra,
        "dec": dec,
        "z": z_noqso if corrected else z,
        "z_err": positive(value("Z_ERR_NOQSO" if corrected else "Z_ERR")),
        "z_pipeline": z,
        "z_source": "z_noqso" if corrected else "z",
        "z_warning": integer(value("ZWARNING")),
        "spec_class": text(value("CLASS")),
        "subclass": text(value("SUBCLASS")),
        "sn_median": first_known(real, value, "SN_MEDIAN_ALL", "SN_MEDIAN"),
        "vdisp": positive(value("VDISP")),
        "ebv": _ebv(value),
        "plate": first_known(integer, value, "PLATE", "PLATEID"),
        "mjd": integer(value("MJD")),
        "fiberid": first_known(integer, value, "FIBERID", "FIBER"),
        "run2d": text(value("RUN2D")),
    }
    return facts | {"survey_id": _survey_id(text(value("SPECOBJID")), facts)}


def make_spec_obj_id(plate: int, mjd: int, fiber: int, run2d: str) -> int:
    """Pack plate, fibre, MJD and reduction into 64 bits, as SDSS defines specObjID.

    From the top: plate 14 bits, fibre 12, MJD - 50000 14, run2d 14, line 10. A run2d vN_M_P stands
    as (N - 5) 10000 + 100 M + P (SDSS data model, specObjID).

    Raises
    ------
    ValueError
        When a number does not fit into its bits, or run2d is neither a number nor a version.
    """
    if run2d.startswith("v"):
        n, m, p = (int(part) for part in run2d[1:].split("_"))
        reduction = (n - 5) * 10000 + m * 100 + p
    else:
        reduction = int(run2d)
    for number, bits in ((plate, 14), (fiber, 12), (mjd - 50000, 14), (reduction, 14)):
        if not 0 <= number < 1 << bits:
            raise ValueError(f"{number} does not fit into {bits} bits")
    return plate << 50 | fiber << 38 | (mjd - 50000) << 24 | reduction << 10


def _survey_id(written: str | None, facts: dict[str, Any]) -> str:
    """Return specObjID as text; a signed column holds plates from 8192 on as negative."""
    if written and written.lstrip("-").isdigit() and int(written):
        return str(int(written) % 2**64)
    parts = [facts[name] for name in ("plate", "mjd", "fiberid", "run2d")]
    if None in parts:
        raise RejectedSpectrum("has neither SPECOBJID nor plate, MJD, fibre and run2d")
    try:
        return str(make_spec_obj_id(*parts))
    except ValueError as error:
        raise RejectedSpectrum(
            f"has no SPECOBJID, and none can be made of plate, MJD, fibre, run2d {parts}"
        ) from error


def _ebv(value: Value) -> float | None:
    """Return E(B-V) of Schlegel et al. 1998 [mag], from the extinction in ugriz where need be.

    Releases differ in the coefficients by which they made extinction from E(B-V); the colour of
    the extinction tells which were used. All zero means that no photometry was matched.
    """
    written = first_known(positive, value, "EBV", "SFD_EBV")
    extinction = np.asarray(value("EXTINCTION"))
    if written is not None or extinction.shape != (5,):
        return written
    a_g, a_r = (positive(band) for band in extinction[1:3])
    if a_g is None or a_r is None:
        return None
    matching = (r for g, r in REDDENING if abs(a_g / a_r * r / g - 1) < 0.01)
    return next((a_r / r for r in matching), None)
