"""DESI's coadd files, with redshifts from the redrock files beside them (data model of EDR, DR1).

Wavelengths are in vacuum and in the frame of the solar system's barycentre, as they are written.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.read.base import Beside, nothing_beside
from ingest.read.desi_arms import Arm, join_arms
from ingest.read.desi_facts import Targets
from ingest.read.fits_named import NamedHdus
from ingest.read.fits_scan import BinaryTable, UnreadableError
from ingest.read.sources import companions, refuse_unreadable

ARMS = ("B", "R", "Z")
COADD_TABLES = ("FIBERMAP", "EXP_FIBERMAP")
"""The second tells a coadd from a file of single exposures."""

REDSHIFTS = "REDSHIFTS"
FLUX_UNITS = frozenset(
    {"10**-17 erg/(s cm2 Angstrom)", "1e-17 erg/(s cm2 Angstrom)", "1e-17 erg/(s cm2 A)"}
)


class DesiReader:
    """Read coadd files, of a tile or of a HEALPix pixel."""

    name = "desi"
    survey = "desi"
    spectra_per_file = 500
    # Spectroperfect extraction makes the noise of neighbours independent.
    noise_correlation = 0.0

    def recognises(self, data: bytes) -> bool:
        """Whether a file has the tables and arms of a coadd."""
        try:
            hdus = NamedHdus.scan(data)
        except UnreadableError:
            return False
        return _is_coadd(hdus)

    def read(
        self, name: str, data: bytes, beside: Beside = nothing_beside
    ) -> Iterator[Spectrum | RejectedSpectrum]:
        """Yield the spectra of a coadd file; see `Reader.read`.

        A redrock file yields nothing: it is read with its coadd.
        """
        refuse_unreadable(data)
        try:
            hdus = NamedHdus.scan(data)
            if REDSHIFTS in hdus:
                return
            if not _is_coadd(hdus):
                raise RejectedSpectrum("is neither a coadd nor a redrock file of DESI")
            arms = [_read_arm(hdus, arm) for arm in ARMS]
            fibermap, exposures = (hdus.table(table) for table in COADD_TABLES)
            targets = Targets.match(name, fibermap, exposures, _redshifts(name, beside))
        except UnreadableError as error:
            raise RejectedSpectrum(str(error)) from error
        if {len(arm.flux) for arm in arms} != {len(targets)}:
            raise RejectedSpectrum("its arms and its FIBERMAP have different numbers of rows")
        yield from _spectra(targets, join_arms(arms))


def _is_coadd(hdus: NamedHdus) -> bool:
    return hdus.hdus.keys() >= {*COADD_TABLES, *(f"{arm}_FLUX" for arm in ARMS)}


def _read_arm(hdus: NamedHdus, arm: str) -> Arm:
    wave = hdus.image(f"{arm}_WAVELENGTH")
    flux, ivar, mask = (hdus.image(f"{arm}_{what}") for what in ("FLUX", "IVAR", "MASK"))
    if wave.ndim != 1 or not wave.size or flux.ndim != 2 or flux.shape[1] != wave.size:
        raise RejectedSpectrum(f"its {arm}_FLUX does not hold one number a wavelength")
    if not flux.shape == ivar.shape == mask.shape:
        raise RejectedSpectrum(f"its flux, ivar and mask of the arm {arm} differ in shape")
    _check_unit(hdus, f"{arm}_WAVELENGTH", frozenset({"Angstrom", "Angstroms"}))
    _check_unit(hdus, f"{arm}_FLUX", FLUX_UNITS)
    return Arm(
        wave.astype(np.float64),
        flux.astype(np.float32),
        ivar.astype(np.float32),
        mask.astype(np.int32),
    )


def _check_unit(hdus: NamedHdus, name: str, known: frozenset[str]) -> None:
    unit = hdus.unit(name)
    if unit not in known:
        raise RejectedSpectrum(f"its {name} is in {unit or 'no unit'}, not in {min(known)}")


def _redshifts(name: str, beside: Beside) -> BinaryTable:
    """Return the redshifts from the file beside a coadd."""
    names = companions(PurePosixPath(name).name)
    if not names:
        raise RejectedSpectrum("is not named coadd-*.fits, which tells the name of its redshifts")
    redrock = names[0]
    data = next((found for other in names if (found := beside(other)) is not None), None)
    if data is None:
        raise RejectedSpectrum(f"has no {redrock} beside it, which holds the redshifts")
    try:
        refuse_unreadable(data)
        return NamedHdus.scan(data).table(REDSHIFTS)
    except (UnreadableError, RejectedSpectrum) as error:
        raise RejectedSpectrum(f"its redshifts cannot be read: {redrock} {error}") from error


def _spectra(targets: Targets, joined: Arm) -> Iterator[Spectrum | RejectedSpectrum]:
    sky = np.zeros(joined.wave.size, np.float32)
    for row in range(len(targets)):
        flux, ivar = joined.flux[row], joined.ivar[row]
        try:
            facts = targets.facts(row, flux, ivar)
        except RejectedSpectrum as reason:
            yield RejectedSpectrum(f"spectrum {targets.ids[row]}: {reason}")
            continue
        yield Spectrum(
            facts=facts,
            flux=flux,
            ivar=ivar,
            mask=joined.mask[row],
            sky=sky,
            loglam0=np.nan,
            loglam_step=np.nan,
            wave=joined.wave,
        )
