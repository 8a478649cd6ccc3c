"""Files of any format that specutils reads; who the spectra are stands in them or beside them."""

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import astropy.units as u
import numpy as np

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum, SettingsError
from ingest.read.base import Beside, nothing_beside
from ingest.read.fact_file import Facts, find_facts
from ingest.read.sources import FACT_FILE, refuse_unreadable
from ingest.read.table import FLUX_UNIT, assemble
from ingest.read.table_facts import ID, POSITION, read_named_facts
from ingest.read.values import Value

IDS = (*ID, "spec_id", "specid", "objid", "obj_id", "object", "objname", "targname")
POSITIONS = (
    *POSITION,
    ("target_ra", "target_dec"),
    ("plug_ra", "plug_dec"),
    ("raj2000", "dej2000"),
)
HEADERS = ("header", "primary_header", "hdr")
"""Where loaders of specutils put the headers of a file."""


class SpecutilsReader:
    """Read what specutils reads, one spectrum a file or several."""

    name = "specutils"
    survey = "specutils"
    spectra_per_file = 1
    noise_correlation = 0.0

    def recognises(self, data: bytes) -> bool:
        """Never: specutils takes any table for a spectrum, so the user names it."""
        return False

    def read(
        self, name: str, data: bytes, beside: Beside = nothing_beside
    ) -> Iterator[Spectrum | RejectedSpectrum]:
        """Yield the spectra of a file; see `Reader.read`.

        The table of facts yields nothing: it is read with the spectra of its folder.
        """
        refuse_unreadable(data)
        if PurePosixPath(name).stem == FACT_FILE:
            return
        facts = find_facts(beside)
        number = 0
        for several in _load(PurePosixPath(name).name, data):
            rows = several.flux.size // several.spectral_axis.size
            for row in range(rows):
                number += 1
                try:
                    yield _read_one(name, several, row, rows, number, facts)
                except RejectedSpectrum as reason:
                    yield RejectedSpectrum(f"spectrum {number}: {reason}")


def _load(name: str, data: bytes) -> list[Any]:
    """Return the `Spectrum` objects of a file, each of one spectrum or of many on one grid."""
    try:
        from specutils import SpectrumList
    except ImportError as error:
        raise SettingsError(
            "The survey 'specutils' needs the package specutils; "
            "install it with: pip install 'oddsky[specutils]'."
        ) from error
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        # Some formats are recognised by the ending of the name alone.
        path = Path(folder) / name.removesuffix(".gz")
        path.write_bytes(data)
        try:
            found = SpectrumList.read(path)
            # What is lazy must be read while the file is there; magnitudes fail here.
            return [s for s in found if s.flux.size and s.spectral_axis.size]
        # Loaders meet what they do not know with errors of a dozen kinds.
        except Exception as error:
            raise RejectedSpectrum("is in no format that specutils reads, or damaged") from error


def _read_one(name: str, several: Any, row: int, rows: int, number: int, facts: Facts) -> Spectrum:
    known = facts.find(PurePosixPath(name).name, number)
    # What a file says of itself is true of its only spectrum.
    said = _flatten(several) if rows == 1 else {}
    try:
        about = read_named_facts(name, _value(known, said), IDS, POSITIONS)
    except RejectedSpectrum as reason:
        raise RejectedSpectrum(f"{reason}, in the header or in {FACT_FILE}.csv beside it") from None
    wave = _wavelengths(several, _flatten(several))
    flux, ivar = _fluxes(several, row, wave)
    order = slice(None, None, -1 if wave[0] > wave[-1] else 1)
    return assemble(about, wave[order], flux[order], ivar[order])


def _value(known: Mapping[str, Any], said: Mapping[str, Any]) -> Value:
    def value(name: str) -> Any:
        found = known.get(name)
        return said.get(name) if found is None else found

    return value


def _flatten(several: Any) -> dict[str, Any]:
    """Return what a spectrum says of itself, by lower-case name."""
    headers = [several.meta.get(name) for name in HEADERS]
    said: dict[str, Any] = {}
    for part in (*headers, several.meta):
        if isinstance(part, Mapping) or hasattr(part, "cards"):
            said |= {str(key).lower(): part[key] for key in part if np.isscalar(part[key])}
    redshift = np.ravel(np.asarray(several.redshift))  # 0 where nothing is said of it
    return said | ({"redshift": float(redshift[0])} if redshift.size == 1 and redshift[0] else {})


def _wavelengths(several: Any, said: Mapping[str, Any]) -> np.ndarray:
    """Return wavelengths in vacuum, float64 [Angstrom]."""
    from specutils.utils.wcs_utils import air_to_vac

    try:
        axis = u.Quantity(several.spectral_axis).to(u.AA, u.spectral())
    except u.UnitConversionError as error:
        unit = several.spectral_axis.unit
        raise RejectedSpectrum(f"its spectral axis is in {unit or 'no unit'}") from error
    return np.asarray((air_to_vac(axis) if _is_air(said) else axis).value, np.float64)


def _is_air(said: Mapping[str, Any]) -> bool:
    """Whether a header says that wavelengths are in air (FITS standard 4.0, table 25: AWAV)."""
    return (
        str(said.get("ctype1", "")).upper().startswith("AWAV")
        or str(said.get("airorvac", "")).lower() == "air"
        or str(said.get("vacuum", "")).lower() in ("false", "f", "0")
    )


def _fluxes(several: Any, row: int, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return flux [1e-17 erg s-1 cm-2 Angstrom-1] and its inverse variance, 0 where masked."""
    factor = _flux_factor(several.flux.unit, wave)
    flux = _row(several, several.flux.value, row) * factor
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ivar = _row(several, _inverse_variance(several), row) / factor**2
    if several.mask is not None:
        ivar = np.where(_row(several, np.asarray(several.mask), row) != 0, 0, ivar)
    return flux, ivar


def _flux_factor(unit: u.UnitBase, wave: np.ndarray) -> np.ndarray:
    try:
        return (1 * unit).to_value(FLUX_UNIT, u.spectral_density(wave * u.AA)) * np.ones(wave.size)
    except u.UnitConversionError as error:
        written = unit.to_string() or "no unit"
        raise RejectedSpectrum(f"its flux is in {written}, which is no flux density") from error


def _inverse_variance(several: Any) -> np.ndarray:
    """Return the inverse variance in the unit of the flux, of an uncertainty of any kind."""
    from astropy.nddata import InverseVariance, StdDevUncertainty, VarianceUncertainty

    known = (StdDevUncertainty, VarianceUncertainty, InverseVariance)
    if not isinstance(several.uncertainty, known):
        raise RejectedSpectrum("has no uncertainty; give errors, variances or inverse variances")
    with np.errstate(divide="ignore", invalid="ignore"):
        ivar = several.uncertainty.represent_as(InverseVariance)
    unit = several.flux.unit**-2
    try:
        return np.asarray((ivar.array * (ivar.unit or unit)).to_value(unit))
    except u.UnitConversionError as error:
        raise RejectedSpectrum(
            f"its uncertainty is in {several.uncertainty.unit}, not in that of its flux"
        ) from error


def _row(several: Any, values: np.ndarray, row: int) -> np.ndarray:
    """Return one spectrum of an array whose spectral axis may lie anywhere."""
    last = np.moveaxis(values, several.spectral_axis_index or 0, -1) if values.ndim > 1 else values
    return last.reshape(-1, several.spectral_axis.size)[row]
