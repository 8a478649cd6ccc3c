"""Write spec-lite files: the layout of SDSS DR14, with the columns that readers use."""

from typing import Any

import numpy as np

from ingest.mock.instrument import Observed
from ingest.mock.stars import STEP

BLOCK = 2880

PIXELS = np.dtype(
    [
        ("flux", ">f4"),
        ("loglam", ">f4"),
        ("ivar", ">f4"),
        ("and_mask", ">i4"),
        ("or_mask", ">i4"),
        ("wdisp", ">f4"),
        ("sky", ">f4"),
        ("model", ">f4"),
    ]
)
FACTS = np.dtype(
    [
        ("SPECOBJID", "S22"),
        ("RUN2D", "S6"),
        ("PLUG_RA", ">f8"),
        ("PLUG_DEC", ">f8"),
        ("CLASS", "S6"),
        ("SUBCLASS", "S21"),
        ("Z", ">f4"),
        ("Z_ERR", ">f4"),
        ("Z_NOQSO", ">f4"),
        ("Z_ERR_NOQSO", ">f4"),
        ("ZWARNING", ">i4"),
        ("SN_MEDIAN", ">f4", (5,)),
        ("SN_MEDIAN_ALL", ">f4"),
        ("VDISP", ">f4"),
        ("PLATE", ">i4"),
        ("MJD", ">i4"),
        ("FIBERID", ">i4"),
    ]
)
_FORMS = {">f4": "E", ">f8": "D", ">i4": "J"}


def spec_file(observed: Observed, facts: dict[str, Any]) -> bytes:
    """Return the bytes of a spec file.

    Parameters
    ----------
    observed : Observed
    facts : dict
        By the names of `FACTS`.
    """
    pixels = np.zeros(observed.flux.size, PIXELS)
    pixels["flux"], pixels["ivar"] = observed.flux, observed.ivar
    pixels["loglam"] = observed.loglam0 + STEP * np.arange(observed.flux.size)
    pixels["and_mask"] = pixels["or_mask"] = observed.mask
    pixels["wdisp"], pixels["sky"], pixels["model"] = 1.0, observed.sky, observed.model
    row = np.zeros(1, FACTS)
    for name, value in facts.items():
        row[name] = value
    primary = [
        ("SIMPLE", True),
        ("BITPIX", 8),
        ("NAXIS", 0),
        ("EXTEND", True),
        ("ORIGIN", "oddsky mock"),
        ("PLATEID", facts["PLATE"]),
        ("MJD", facts["MJD"]),
        ("FIBERID", facts["FIBERID"]),
        ("PLUG_RA", facts["PLUG_RA"]),
        ("PLUG_DEC", facts["PLUG_DEC"]),
        ("COEFF0", observed.loglam0),
        ("COEFF1", STEP),
    ]
    return _header(primary) + _table(pixels, "COADD") + _table(row, "SPECOBJ")


def _table(rows: np.ndarray, name: str) -> bytes:
    cards: list[tuple[str, Any]] = [
        ("XTENSION", "BINTABLE"),
        ("BITPIX", 8),
        ("NAXIS", 2),
        ("NAXIS1", rows.dtype.itemsize),
        ("NAXIS2", rows.size),
        ("PCOUNT", 0),
        ("GCOUNT", 1),
        ("TFIELDS", len(rows.dtype.names or ())),
    ]
    for i, column in enumerate(rows.dtype.names or (), start=1):
        cards += [(f"TTYPE{i}", column), (f"TFORM{i}", _form(rows.dtype[column]))]
    return _header([*cards, ("EXTNAME", name)]) + _padded(rows.tobytes(), b"\0")


def _form(dtype: np.dtype) -> str:
    if dtype.kind == "S":
        return f"{dtype.itemsize}A"
    base, shape = dtype.subdtype or (dtype, ())
    return f"{shape[0] if shape else ''}{_FORMS[base.str]}"


def _header(cards: list[tuple[str, Any]]) -> bytes:
    text = "".join(f"{name:<8}= {_value(value):<70}" for name, value in cards)
    return _padded((text + f"{'END':<80}").encode(), b" ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return f"{'T' if value else 'F':>20}"
    return f"'{value:<8}'" if isinstance(value, str) else f"{value!r:>20}"


def _padded(data: bytes, filling: bytes) -> bytes:
    return data + filling * (-len(data) % BLOCK)
