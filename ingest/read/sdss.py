"""SDSS, BOSS and eBOSS spec files, lite and full (data model of DR14)."""

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from astropy.io import fits

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.read.fits_scan import UnreadableError, scan_tables

PIXEL_COLUMNS = ("FLUX", "LOGLAM", "IVAR")
STEP = 1e-4
"""Pixel size of every SDSS spectrum [dex]."""

Table = Any
"""A `BinaryTable` or an `_AstropyTable`: both answer `in`, `column` and `value`."""


class SdssReader:
    """Read spec files: pixels from the first table, facts from the second.

    The second HDU is named SPECOBJ, SPALL or nothing, and the case of columns varies; so HDUs are
    taken by place and columns by upper-case name.
    """

    survey = "sdss"
    origin_mark = b"oddsky mock"

    def recognises(self, data: bytes) -> bool:
        """Whether the first table has SDSS's pixel columns and is no mock."""
        if self.origin_mark in data[:11520]:
            return False
        try:
            tables = scan_tables(data, limit=1)
        except UnreadableError:
            return False
        return bool(tables) and all(name in tables[0] for name in PIXEL_COLUMNS)

    def read(self, name: str, data: bytes) -> Iterator[Spectrum]:
        """Yield the one spectrum of a spec file; see `Reader.read`."""
        pixels, facts = _open(data)
        yield Spectrum(facts=_facts(name, facts), **_pixels(pixels))


class _AstropyTable:
    """The slow way to the same answers, for files that the scan does not understand."""

    def __init__(self, hdu: fits.BinTableHDU):
        self._names = {n.upper(): n for n in hdu.columns.names}
        self._rows = hdu.data

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def column(self, name: str) -> np.ndarray:
        return np.asarray(self._rows[self._names[name]])

    def value(self, name: str) -> object:
        if name not in self._names:
            return None
        value = self._rows[self._names[name]][0]
        return str(value).strip() if isinstance(value, str | bytes) else value


def open_by_astropy(data: bytes) -> tuple[Table, Table]:
    """Open the two tables by astropy.

    Raises
    ------
    RejectedSpectrum
        When astropy cannot read them either.
    """
    try:
        with warnings.catch_warnings(), fits.open(io.BytesIO(data), memmap=False) as hdus:
            warnings.simplefilter("ignore")
            tables = [_AstropyTable(h) for h in hdus if isinstance(h, fits.BinTableHDU)][:2]
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise RejectedSpectrum("is not a readable FITS file") from error
    return _two(tables)


def _open(data: bytes) -> tuple[Table, Table]:
    try:
        return _two(scan_tables(data))
    except UnreadableError as error:
        if "form" in str(error):
            return open_by_astropy(data)
        raise RejectedSpectrum(str(error)) from error


def _two(tables: list[Any]) -> tuple[Table, Table]:
    if not tables or not all(name in tables[0] for name in PIXEL_COLUMNS):
        raise RejectedSpectrum("has no table with the columns flux, loglam and ivar")
    if len(tables) < 2:
        raise RejectedSpectrum("has no second table with redshift and position")
    return tables[0], tables[1]


def _pixels(table: Table) -> dict[str, Any]:
    flux, ivar = (_native(table.column(n), np.float32) for n in ("FLUX", "IVAR"))
    if not np.any((ivar > 0) & np.isfinite(flux) & np.isfinite(ivar)):
        raise RejectedSpectrum("has no good pixel: flux is not finite or ivar is 0 everywhere")
    loglam = _native(table.column("LOGLAM"), np.float64)
    loglam0, step = round(float(loglam[0]) / STEP) * STEP, STEP
    wave = None
    # loglam is stored in single precision, whose spacing is a fortieth of a pixel there.
    if not np.allclose(loglam, loglam0 + STEP * np.arange(loglam.size), rtol=0, atol=STEP / 20):
        loglam0 = step = np.nan
        wave = 10.0**loglam
    optional: dict[str, Any] = {"MASK": ("AND_MASK", np.int32), "SKY": ("SKY", np.float32)}
    extra = {
        key.lower(): _native(table.column(column), dtype)
        if column in table
        else np.zeros(flux.size, dtype)
        for key, (column, dtype) in optional.items()
    }
    return {"flux": flux, "ivar": ivar, "loglam0": loglam0, "loglam_step": step, "wave": wave} | extra


def _facts(name: str, table: Table) -> dict[str, Any]:
    first = _first_of(table)
    z, z_noqso = first(_real, "Z"), first(_real, "Z_NOQSO")
    corrected = bool(z_noqso)  # 0 stands for "not computed"
    facts = {
        "source_file": name,
        "ra": first(_real, "PLUG_RA", "RA"),
        "dec": first(_real, "PLUG_DEC", "DEC"),
        "z": z_noqso if corrected else z,
        "z_err": first(_positive, "Z_ERR_NOQSO" if corrected else "Z_ERR"),
        "z_pipeline": z,
        "z_source": "z_noqso" if corrected else "z",
        "z_warning": first(_integer, "ZWARNING"),
        "spec_class": first(_text, "CLASS"),
        "subclass": first(_text, "SUBCLASS"),
        "sn_median": first(_real, "SN_MEDIAN_ALL", "SN_MEDIAN"),
        "vdisp": first(_positive, "VDISP"),
        "ebv": first(_positive, "EBV", "SFD_EBV"),
        "plate": first(_integer, "PLATE", "PLATEID"),
        "mjd": first(_integer, "MJD"),
        "fiberid": first(_integer, "FIBERID", "FIBER"),
        "run2d": first(_text, "RUN2D"),
    }
    if facts["z"] is None:
        raise RejectedSpectrum("the redshift is missing")
    if facts["ra"] is None or facts["dec"] is None:
        raise RejectedSpectrum("the position is missing")
    return facts | {"survey_id": _survey_id(first(_text, "SPECOBJID"), facts)}


def _survey_id(written: str | None, facts: dict[str, Any]) -> str:
    """Return specObjID as text; it exceeds 63 bits for plates from 8192 on."""
    if written and written.isdigit() and int(written):
        return written
    numbers = (facts["plate"], facts["mjd"], facts["fiberid"])
    if any(n is None for n in numbers):
        raise RejectedSpectrum("has neither SPECOBJID nor plate, MJD and fibre")
    return str(make_spec_obj_id(*numbers, facts["run2d"] or "0"))


def make_spec_obj_id(plate: int, mjd: int, fiber: int, run2d: str) -> int:
    """Pack plate, fibre, MJD and reduction into 64 bits, as SDSS defines specObjID.

    From the top: plate 14 bits, fibre 12, MJD - 50000 14, run2d 14, line 10. A run2d vN_M_P stands
    as (N - 5) 10000 + 100 M + P (SDSS data model, specObjID).
    """
    if run2d.startswith("v"):
        n, m, p = (int(part) for part in run2d[1:].split("_")[:3])
        number = (n - 5) * 10000 + m * 100 + p
    else:
        number = int(run2d) if run2d.isdigit() else 0
    return plate << 50 | fiber << 38 | (mjd - 50000) << 24 | number << 10


def _first_of(table: Table) -> Callable[..., Any]:
    def first(convert: Callable[[Any], Any], *names: str) -> Any:
        """Return the first value that is there and converts to something."""
        for column in names:
            value = table.value(column)
            converted = None if value is None else convert(value)
            if converted is not None:
                return converted
        return None

    return first


def _real(value: Any) -> float | None:
    return float(value) if np.isscalar(value) and np.isfinite(value) else None


def _positive(value: Any) -> float | None:
    number = _real(value)
    return number if number is not None and number > 0 else None


def _integer(value: Any) -> int | None:
    return int(value) if np.isscalar(value) else None


def _text(value: Any) -> str | None:
    return str(value) or None


def _native(column: np.ndarray, dtype: Any) -> np.ndarray:
    return np.ascontiguousarray(column, dtype)


