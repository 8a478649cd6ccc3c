"""The parameters of SSA as its metadata query tells them (SSA 1.1, section 4.1.1.5)."""

from vo_service.formats.result import Param
from vo_service.release.field import Field

DEFAULT_DIAMETER = 0.1
"""Of a cone without SIZE [deg]."""


def list_inputs(detectors: tuple[str, ...], regions: tuple[str, ...]) -> tuple[Param, ...]:
    """Return all parameters.

    Parameters
    ----------
    detectors, regions : tuple of str
        What DETECTOR and REGION take.
    """
    told = (
        ("POS", "Centre of a cone: right ascension and declination, ICRS, as 180.5,-1.25", "deg"),
        ("SIZE", "Diameter of the cone", "deg"),
        ("BAND", "Wavelengths of which some are in the spectrum, as 4e-7/7e-7, 6e-7/ or 5e-7", "m"),
        ("TIME", "Dates (ISO 8601) or MJD, as 2003/2004-06, or 53000/", ""),
        ("FORMAT", "Of the spectra: votable, fits, csv, png, svg; metadata for this alone", ""),
        ("TARGETNAME", "Names of objects, or identifiers by the survey, commas between", ""),
        ("REDSHIFT", "Range of redshifts, as 0.1/0.2", ""),
        ("SPECRP", "Least resolving power", ""),
        ("SNR", "Least median signal-to-noise ratio", ""),
        ("PUBDID", "Publisher's identifiers, commas between", ""),
        ("COLLECTION", "Survey", ""),
        ("DETECTOR", f"By whose ranks to choose and order: {', '.join(detectors)}", ""),
        ("RANK", "Range of ranks by the detector, 1 is the strangest, as 1/500", ""),
        ("REGION", f"By whose oddness to choose and order: {', '.join(regions)}", ""),
        ("ODDNESS", "Range of ranks by the oddness in the region, as 1/500", ""),
        ("TOP", "Number of rows, the strangest or nearest first", ""),
        ("MAXREC", "Number of rows beyond which the answer is cut and says so", ""),
    )
    given = {"SIZE": f"{DEFAULT_DIAMETER}", "FORMAT": "votable"}
    return tuple(
        Param(Field(f"INPUT:{name}", "char", about, unit=unit, arraysize="*"), given.get(name, ""))
        for name, about, unit in told
    )
