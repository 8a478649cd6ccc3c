"""SDSS, BOSS and eBOSS spec files, lite and full (data model of DR14)."""

import io
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

import numpy as np
from astropy.io import fits

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.prepare.restframe import SDSS_RHO
from ingest.read.base import Beside, nothing_beside
from ingest.read.fits_scan import BLOCK, NotPlainError, UnreadableError, scan_tables
from ingest.read.sdss_facts import read_facts
from ingest.read.sources import refuse_unreadable

PIXEL_COLUMNS = ("FLUX", "LOGLAM", "IVAR")
MOCK_MARK = b"oddsky mock"
"""In the primary header of a mock survey's files, which have the same format."""

STEP = 1e-4
"""Pixel size of every SDSS spectrum [dex]."""

SINGLE_PRECISION = 5e-7
"""Twice the spacing of single-precision numbers where loglam lies [dex]; 1/200 of a pixel."""


class Table(Protocol):
    """What is asked of a table, by upper-case names."""

    def __contains__(self, name: str) -> bool: ...

    def column(self, name: str) -> np.ndarray:
        """Return a column."""
        ...

    def value(self, name: str) -> object:
        """Return the first row's value: text stripped; None where there is none."""
        ...


class SdssReader:
    """Read spec files: pixels from the first table, facts from the second.

    The second HDU is named SPECOBJ, SPALL or nothing, and the case of columns varies; so HDUs are
    taken by place and columns by upper-case name.
    """

    name = "sdss"
    survey = "sdss"
    spectra_per_file = 1
    noise_correlation = SDSS_RHO

    def recognises(self, data: bytes) -> bool:
        """Whether a file has the two tables of a spec file and is no mock."""
        if is_mock(data):
            return False
        try:
            open_tables(data)
        except RejectedSpectrum:
            return False
        return True

    def read(self, name: str, data: bytes, beside: Beside = nothing_beside) -> Iterator[Spectrum]:
        """Yield the one spectrum of a spec file; see `Reader.read`."""
        pixels, facts = open_tables(data)
        if is_mock(data) == (self.survey == SdssReader.survey):
            raise RejectedSpectrum(f"is not of the survey {self.survey}; ingest it apart")
        yield Spectrum(facts=read_facts(name, facts.value), **read_pixels(pixels))


class _AstropyTable:
    """The slow way to the same answers, for files that the scan does not understand."""

    def __init__(self, hdu: fits.BinTableHDU):
        rows = hdu.data
        self._columns = {name.upper(): np.asarray(rows[name]) for name in hdu.columns.names}

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def column(self, name: str) -> np.ndarray:
        return self._columns[name]

    def value(self, name: str) -> object:
        if name not in self or len(self._columns[name]) == 0:
            return None
        value = self._columns[name][0]
        return str(value).strip() if isinstance(value, str | bytes) else value


def open_tables(data: bytes) -> tuple[Table, Table]:
    """Find the tables of pixels and of facts, by astropy only where our own scan gives up.

    Raises
    ------
    RejectedSpectrum
        When they are not there or the file cannot be read.
    """
    refuse_unreadable(data)
    try:
        return _two(scan_tables(data))
    except NotPlainError:
        return open_by_astropy(data)
    except UnreadableError as error:
        raise RejectedSpectrum(str(error)) from error


def open_by_astropy(data: bytes) -> tuple[Table, Table]:
    """Open the tables of pixels and of facts by astropy.

    Raises
    ------
    RejectedSpectrum
        When astropy cannot read them either.
    """
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            fits.open(io.BytesIO(data), memmap=False) as hdus,
        ):
            found = (hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU))
            tables = [_AstropyTable(hdu) for hdu in islice(found, 2)]
    # astropy meets damaged headers with errors of a dozen kinds, TypeError and KeyError among them.
    except Exception as error:
        raise RejectedSpectrum(f"is not a readable FITS file ({error})") from error
    return _two(tables)


def read_pixels(table: Table) -> dict[str, Any]:
    """Return the arrays of a `Spectrum` and its wavelength grid, by name.

    Raises
    ------
    RejectedSpectrum
        When no pixel is good, or wavelengths do not increase.
    """
    flux, ivar = (_native(table, n, np.float32) for n in ("FLUX", "IVAR"))
    mask = _optional(table, "AND_MASK", np.int32, flux.size)
    sky = _optional(table, "SKY", np.float32, flux.size)
    return check_pixels(flux, ivar, mask, sky, _native(table, "LOGLAM", np.float64))


def check_pixels(
    flux: np.ndarray, ivar: np.ndarray, mask: np.ndarray, sky: np.ndarray, loglam: np.ndarray
) -> dict[str, Any]:
    """Return the arrays of a `Spectrum` and its wavelength grid, by name.

    Parameters
    ----------
    flux, ivar, sky : float32, shape (n_pix,)
    mask : int32, shape (n_pix,)
    loglam : float64, shape (n_pix,)
        log10 of the vacuum wavelength [Angstrom].

    Raises
    ------
    RejectedSpectrum
        When no pixel is good, or wavelengths do not increase.
    """
    if not np.any((ivar > 0) & np.isfinite(flux) & np.isfinite(ivar)):
        raise RejectedSpectrum("has no good pixel: flux is not finite or ivar is 0 everywhere")
    return {
        "flux": flux,
        "ivar": ivar,
        "mask": mask,
        "sky": sky,
        **_wavelengths(loglam),
    }


def is_mock(data: bytes) -> bool:
    """Whether the first block of the primary header says that a file is a mock."""
    return data.find(MOCK_MARK, 0, BLOCK) >= 0


def _two(tables: list[Any]) -> tuple[Table, Table]:
    if not tables or not all(name in tables[0] for name in PIXEL_COLUMNS):
        raise RejectedSpectrum("has no table with the columns flux, loglam and ivar")
    if len(tables) < 2:
        raise RejectedSpectrum("has no second table with redshift and position")
    return tables[0], tables[1]


def _wavelengths(loglam: np.ndarray) -> dict[str, Any]:
    """Return the log grid where there is one, else wavelengths [Angstrom]."""
    # Single precision scatters loglam by a four-hundredth of a pixel: only the mean tells the grid.
    starts = loglam - _ramp(loglam.size)
    loglam0 = float(starts.mean())
    on_log_grid = max(starts.max() - loglam0, loglam0 - starts.min()) < SINGLE_PRECISION
    increase = on_log_grid or np.all(np.diff(loglam) > 0)
    if not increase or not 3 < loglam[0] <= loglam[-1] < 5:
        raise RejectedSpectrum(
            "its wavelengths do not increase between 1000 Angstrom and 10 micron"
        )
    if on_log_grid:
        survey_grid = round(loglam0, 4)
        on_grid = abs(loglam0 - survey_grid) < SINGLE_PRECISION
        return {"loglam0": survey_grid if on_grid else loglam0, "loglam_step": STEP, "wave": None}
    return {"loglam0": np.nan, "loglam_step": np.nan, "wave": 10.0**loglam}


@lru_cache(maxsize=1024)
def _ramp(size: int) -> np.ndarray:
    return STEP * np.arange(size)


def _optional(table: Table, name: str, dtype: type, size: int) -> np.ndarray:
    return _native(table, name, dtype) if name in table else np.zeros(size, dtype)


def _native(table: Table, name: str, dtype: type) -> np.ndarray:
    column = table.column(name)
    if column.ndim != 1 or column.dtype.kind not in "iuf":
        raise RejectedSpectrum(f"its column {name.lower()} does not hold one number a pixel")
    return np.ascontiguousarray(column, dtype)
