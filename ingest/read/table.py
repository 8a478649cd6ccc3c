"""Tables of spectra of any origin: a spectrum a file, or a spectrum a row.

In a file of one spectrum each row is a pixel; who it is stands in the metadata (FITS header, PARAM
of VOTable, key of Parquet) or in columns of their own. In a file of many each row is a spectrum,
and wavelength, flux and ivar are columns of arrays. Wavelengths are in vacuum.
"""

from collections.abc import Iterator
from typing import Any

import astropy.units as u
import numpy as np

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.read.base import Beside, nothing_beside
from ingest.read.sources import refuse_unreadable
from ingest.read.table_facts import read_named_facts
from ingest.read.table_formats import Columns, read_columns
from ingest.read.values import Value, signal_to_noise

WAVE = ("wave", "wavelength", "lambda", "lam", "loglam")
FLUX = ("flux", "flux_density")
IVAR = ("ivar",)
ERROR = ("error", "err", "flux_error", "flux_err", "sigma", "uncertainty")

FLUX_UNIT = 1e-17 * u.erg / u.s / u.cm**2 / u.AA
"""Taken where a table does not say; wavelengths are then in Angstrom."""


class TableReader:
    """Read tables that have columns of wavelength, flux, and ivar or error."""

    name = "table"
    survey = "table"
    spectra_per_file = 1
    noise_correlation = 0.0

    def recognises(self, data: bytes) -> bool:
        """Never: a table does not tell that it holds spectra, so the user names it."""
        return False

    def read(
        self, name: str, data: bytes, beside: Beside = nothing_beside
    ) -> Iterator[Spectrum | RejectedSpectrum]:
        """Yield the spectra of a table; see `Reader.read`."""
        refuse_unreadable(data)
        columns = read_columns(data)
        flux = columns.values[_name(columns, FLUX, "flux")]
        if len(flux) == 0:
            raise RejectedSpectrum("its table has no rows")
        if np.ndim(flux[0]) == 0:
            yield _read_one(name, columns, None)
            return
        for row in range(len(flux)):
            try:
                yield _read_one(name, columns, row)
            except RejectedSpectrum as reason:
                yield RejectedSpectrum(f"row {row + 1}: {reason}")


def _read_one(name: str, columns: Columns, row: int | None) -> Spectrum:
    """Read the spectrum of a row, or the only one."""
    facts = read_named_facts(name, _values(columns, row))
    wave = _wavelengths(columns, row)
    return assemble(facts, wave, *_fluxes(columns, row, wave))


def assemble(
    facts: dict[str, Any], wave: np.ndarray, flux: np.ndarray, ivar: np.ndarray
) -> Spectrum:
    """Put a spectrum together of facts and checked pixels.

    Parameters
    ----------
    facts : dict
        Of `FACT_SCHEMA`; a signal-to-noise ratio that is missing is measured.
    wave : float64, shape (n_pix,)
        Vacuum wavelength [Angstrom].
    flux, ivar : float, shape (n_pix,)
        Flux density [1e-17 erg s-1 cm-2 Angstrom-1] and its inverse variance.

    Raises
    ------
    RejectedSpectrum
        When wavelengths do not increase, or no pixel is good.
    """
    _check_wavelengths(wave, "wavelength")
    with np.errstate(over="ignore", invalid="ignore"):
        flux, ivar = flux.astype(np.float32), ivar.astype(np.float32)
    good = (ivar > 0) & np.isfinite(flux) & np.isfinite(ivar)
    if not good.any():
        raise RejectedSpectrum("has no good pixel: flux is not finite or ivar is not above 0")
    if facts["sn_median"] is None:
        facts["sn_median"] = signal_to_noise(flux[good], ivar[good])
    return Spectrum(
        facts=facts,
        flux=flux,
        ivar=ivar,
        mask=np.zeros(wave.size, np.int32),
        sky=np.zeros(wave.size, np.float32),
        loglam0=np.nan,
        loglam_step=np.nan,
        wave=wave,
    )


def _values(columns: Columns, row: int | None) -> Value:
    """Give what is said of a spectrum, by its column or else by the metadata."""

    def value(name: str) -> Any:
        if name not in columns.values:
            return columns.meta.get(name)
        found = columns.values[name][row or 0]
        return found.decode("ascii", "replace") if isinstance(found, bytes) else found

    return value


def _wavelengths(columns: Columns, row: int | None) -> np.ndarray:
    """Return wavelengths [Angstrom], float64."""
    name = _name(columns, WAVE, "wavelength")
    wave = _pixels(columns, name, row)
    if name == "loglam":
        with np.errstate(over="ignore"):
            wave = 10.0**wave
    else:
        wave = wave * _convert(columns, name, u.AA)
    _check_wavelengths(wave, name)
    return wave


def _check_wavelengths(wave: np.ndarray, name: str) -> None:
    if wave.size < 2 or not np.all(np.diff(wave) > 0) or not 1e3 < wave[0] < wave[-1] < 1e5:
        raise RejectedSpectrum(
            f"its {name} does not increase between 1000 Angstrom and 10 micron; "
            "sort it, and name its unit where that is not Angstrom"
        )


def _fluxes(columns: Columns, row: int | None, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return flux [1e-17 erg s-1 cm-2 Angstrom-1] and its inverse variance, float32."""
    name = _name(columns, FLUX, "flux")
    flux, factor = _pixels(columns, name, row), _convert(columns, name, FLUX_UNIT)
    noise_name = _name(columns, (*IVAR, *ERROR), "ivar or error")
    noise = _pixels(columns, noise_name, row)
    if not flux.size == noise.size == wave.size:
        raise RejectedSpectrum("its wavelength, flux and noise differ in their number of pixels")
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if noise_name in IVAR:
            ivar = noise * _convert(columns, noise_name, FLUX_UNIT**-2, factor**-2)
        else:
            scaled = noise * _convert(columns, noise_name, FLUX_UNIT, factor)
            ivar = np.where(scaled > 0, scaled**-2.0, 0.0)
        return (flux * factor).astype(np.float32), ivar.astype(np.float32)


def _pixels(columns: Columns, name: str, row: int | None) -> np.ndarray:
    values = np.ma.asarray(columns.values[name] if row is None else columns.values[name][row])
    try:
        if values.ndim != 1 or values.dtype.kind not in "iufO":
            raise ValueError(values.dtype)
        return np.ma.filled(values.astype(np.float64), np.nan)
    except (TypeError, ValueError) as error:
        raise RejectedSpectrum(f"its column {name} does not hold one number a pixel") from error


def _convert(columns: Columns, name: str, to: u.UnitBase, unknown: float = 1.0) -> float:
    """Return the factor from a column's unit to another; `unknown` where it has none."""
    unit = columns.units.get(name)
    if unit is None:
        return unknown
    try:
        return float(u.Unit(unit).to(to))
    except (ValueError, TypeError, u.UnitConversionError) as error:
        raise RejectedSpectrum(f"its {name} is in {unit}, which is not {to.to_string()}") from error


def _name(columns: Columns, names: tuple[str, ...], what: str) -> str:
    for name in names:
        if name in columns.values:
            return name
    raise RejectedSpectrum(f"has no column of {what}; name it {' or '.join(names)}")
