"""What DESI says of its targets beside the pixels: who they are, where, and their redshift."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.errors import RejectedSpectrum
from ingest.read.fits_scan import BinaryTable
from ingest.read.matching import find_places
from ingest.read.values import Value, integer, position, positive, real, signal_to_noise, text

OBJECT = "TGT"
"""OBJTYPE of a fibre on a target; others are SKY, BAD, or nothing for one that was not used."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The rows of a coadd's FIBERMAP, each with its row of redrock's REDSHIFTS.

    Attributes
    ----------
    name : str
        Of the file.
    ids : int64, shape (n,)
        TARGETID; negative for a fibre without a target.
    fibermap, redshifts : BinaryTable
    places : int64, shape (n,)
        Rows of `redshifts`, -1 where a target is not in it.
    mjd : float64, shape (n,)
        Mean of the exposures, NaN where it is not known.
    """

    name: str
    ids: np.ndarray
    fibermap: BinaryTable
    redshifts: BinaryTable
    places: np.ndarray
    mjd: np.ndarray

    @classmethod
    def match(
        cls, name: str, fibermap: BinaryTable, exposures: BinaryTable, redshifts: BinaryTable
    ) -> "Targets":
        """Match the tables of a coadd (FIBERMAP, EXP_FIBERMAP) and of redrock by TARGETID.

        Raises
        ------
        RejectedSpectrum
            When one of them does not hold it.
        """
        ids = _ids(fibermap, "FIBERMAP")
        places = find_places(ids, _ids(redshifts, "REDSHIFTS"))
        return cls(name, ids, fibermap, redshifts, places, _mean_mjd(ids, fibermap, exposures))

    def __len__(self) -> int:
        return len(self.ids)

    def facts(self, row: int, flux: np.ndarray, ivar: np.ndarray) -> dict[str, Any]:
        """Return the values of `FACT_SCHEMA` of one target.

        Parameters
        ----------
        row : int
        flux, ivar : float32, shape (n_pix,)
            Its pixels, of which the signal-to-noise ratio is measured.

        Raises
        ------
        RejectedSpectrum
            When the fibre saw no target or no light, or position or redshift is missing.
        """
        fiber = self.fibermap.row(row).value
        kind = text(fiber("OBJTYPE"))
        if kind != OBJECT:
            raise RejectedSpectrum(_tell_kind(kind))
        if not (ivar > 0).any():
            status = integer(fiber("COADD_FIBERSTATUS"))
            raise RejectedSpectrum(f"has no good pixel (COADD_FIBERSTATUS is {status})")
        if self.places[row] < 0:
            raise RejectedSpectrum("is not in the redrock file, so has no redshift")
        ra, dec = position(fiber, ("TARGET_RA", "TARGET_DEC"))
        return {
            "survey_id": str(self.ids[row]),
            "source_file": self.name,
            "ra": ra,
            "dec": dec,
            "ebv": positive(fiber("EBV")),
            "mjd": integer(self.mjd[row]),
            "fiberid": integer(fiber("FIBER")),
            "sn_median": signal_to_noise(flux[ivar > 0], ivar[ivar > 0]),
            **_redshift(self.redshifts.row(int(self.places[row])).value),
        }


def _redshift(value: Value) -> dict[str, Any]:
    z = real(value("Z"))
    if z is None:
        raise RejectedSpectrum("the redshift is missing")
    return {
        "z": z,
        "z_err": positive(value("ZERR")),
        "z_pipeline": z,
        "z_source": "Z",
        "z_warning": integer(value("ZWARN")),
        "spec_class": text(value("SPECTYPE")),
        "subclass": text(value("SUBTYPE")),
    }


def _ids(table: BinaryTable, name: str) -> np.ndarray:
    ids = table.column("TARGETID") if "TARGETID" in table else np.empty((0, 0))
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise RejectedSpectrum(f"its {name} has no column TARGETID of whole numbers")
    return ids.astype(np.int64)


def _mean_mjd(ids: np.ndarray, fibermap: BinaryTable, exposures: BinaryTable) -> np.ndarray:
    """Return what FIBERMAP says, or the mean of the exposures where it does not."""
    if "MEAN_MJD" in fibermap:
        return fibermap.column("MEAN_MJD")
    if "MJD" not in exposures:
        return np.full(len(ids), np.nan)
    places = find_places(_ids(exposures, "EXP_FIBERMAP"), ids)
    taken, mjd = places >= 0, exposures.column("MJD")
    counts, sums = (np.bincount(places[taken], weights, len(ids)) for weights in (None, mjd[taken]))
    return np.divide(sums, counts, out=np.full(len(ids), np.nan), where=counts > 0)


def _tell_kind(kind: str | None) -> str:
    if kind == "SKY":
        return "is a sky fibre, not a target"
    return f"is no target (OBJTYPE is {kind or 'empty'})"
