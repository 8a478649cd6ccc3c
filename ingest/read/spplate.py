"""SDSS, BOSS and eBOSS spPlate files, with redshifts from the spZbest files beside them.

A spPlate file holds all fibres of a plate on one log grid (data model of spPlate and spZbest). The
survey makes its spec files of the same pixels, cut to those that a fibre has; so does this reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.prepare.restframe import SDSS_RHO
from ingest.read.base import Beside, nothing_beside
from ingest.read.fits_named import read_image, read_keyword
from ingest.read.fits_scan import (
    BinaryTable,
    Hdu,
    UnreadableError,
    is_table,
    read_table,
    scan_hdus,
    scan_tables,
)
from ingest.read.matching import find_places
from ingest.read.sdss import check_pixels
from ingest.read.sdss_facts import read_facts
from ingest.read.sources import REDSHIFT_FILES, companions, refuse_unreadable
from ingest.read.values import Value

IMAGES = (("flux", 0, np.float32), ("ivar", 1, np.float32), ("mask", 2, np.int32))
PLUGMAP, SKY = 5, 6
"""HDUs, by place: old reductions do not name them."""

HEADER_FACTS = {"PLATE": "PLATEID", "MJD": "MJD", "RUN2D": "RUN2D"}
"""What the tables may leave to the header of the plate, by its keyword there."""


class SpPlateReader:
    """Read the plates of SDSS's spectrographs, 640 or 1000 fibres each."""

    name = "spplate"
    survey = "sdss"
    spectra_per_file = 1000
    noise_correlation = SDSS_RHO

    def recognises(self, data: bytes) -> bool:
        """Whether a file has a log grid, and a plug map behind its images."""
        try:
            return _is_plate(list(scan_hdus(data)))
        except UnreadableError:
            return False

    def read(
        self, name: str, data: bytes, beside: Beside = nothing_beside
    ) -> Iterator[Spectrum | RejectedSpectrum]:
        """Yield the spectra of a plate; see `Reader.read`.

        A spZbest file yields nothing: it is read with its plate.
        """
        refuse_unreadable(data)
        if PurePosixPath(name).name.startswith(REDSHIFT_FILES["spPlate-"]):
            return
        try:
            plate = _Plate.open(data)
            redshifts = _redshifts(name, beside)
        except UnreadableError as error:
            raise RejectedSpectrum(str(error)) from error
        places = find_places(plate.fibers, redshifts.column("FIBERID").astype(np.int64))
        for row, place in enumerate(places):
            try:
                yield _read_fibre(name, plate, row, redshifts, int(place))
            except RejectedSpectrum as reason:
                yield RejectedSpectrum(f"fibre {plate.fibers[row]}: {reason}")


@dataclass(frozen=True, slots=True)
class _Plate:
    """The fibres of a plate.

    Attributes
    ----------
    flux, ivar, sky : float32, shape (n_fibres, n_pix)
        Big-endian.
    mask : int32, shape (n_fibres, n_pix)
        Bits set in all exposures.
    loglam : float64, shape (n_pix,)
        log10 of the vacuum wavelength [Angstrom].
    fibers : int64, shape (n_fibres,)
    plugmap : BinaryTable
    header : dict of str
        Values by their names in the tables of redshifts.
    """

    flux: np.ndarray
    ivar: np.ndarray
    mask: np.ndarray
    sky: np.ndarray
    loglam: np.ndarray
    fibers: np.ndarray
    plugmap: BinaryTable
    header: dict[str, str | None]

    @classmethod
    def open(cls, data: bytes) -> "_Plate":
        hdus = list(scan_hdus(data))
        if not _is_plate(hdus):
            raise RejectedSpectrum("is no spPlate file: it lacks COEFF0, COEFF1 or a plug map")
        images = {name: _image(data, hdus[number], name, d) for name, number, d in IMAGES}
        plugmap = read_table(data, hdus[PLUGMAP])
        shape = images["flux"].shape
        if {image.shape for image in images.values()} != {(plugmap.rows.size, shape[-1])}:
            raise RejectedSpectrum("its flux, ivar, mask and plug map differ in size")
        sky = _image(data, hdus[SKY], "sky", np.float32) if len(hdus) > SKY else np.empty(0)
        return cls(
            **images,
            # Until DR7 the signal-to-noise of the plate stood in its place.
            sky=sky if sky.shape == shape else np.zeros(shape, np.float32),
            loglam=_loglam(hdus[0], shape[1]),
            fibers=_fibers(plugmap, "plug map"),
            plugmap=plugmap,
            header={name: read_keyword(hdus[0], key) for name, key in HEADER_FACTS.items()},
        )


def _is_plate(hdus: list[Hdu]) -> bool:
    has_grid = len(hdus) > PLUGMAP and read_keyword(hdus[0], "COEFF0") is not None
    return has_grid and is_table(hdus[PLUGMAP]) and b"FIBERID" in hdus[PLUGMAP].header.upper()


def _image(data: bytes, hdu: Hdu, name: str, dtype: type) -> np.ndarray:
    if is_table(hdu):
        raise RejectedSpectrum(f"has no image of {name}")
    return read_image(data, hdu, name).astype(dtype)


def _loglam(primary: Hdu, size: int) -> np.ndarray:
    try:
        start, step = (float(read_keyword(primary, f"COEFF{i}") or "") for i in range(2))
    except ValueError as error:
        raise RejectedSpectrum("its COEFF0 or COEFF1 is no number") from error
    return start + step * np.arange(size)


def _fibers(table: BinaryTable, name: str) -> np.ndarray:
    fibers = table.column("FIBERID") if "FIBERID" in table else np.empty((0, 0))
    if fibers.ndim != 1 or fibers.dtype.kind not in "iu":
        raise RejectedSpectrum(f"its {name} has no column FIBERID of whole numbers")
    return fibers.astype(np.int64)


def _redshifts(name: str, beside: Beside) -> BinaryTable:
    """Return the redshifts from the file beside a plate."""
    names = companions(PurePosixPath(name).name)
    if not names:
        raise RejectedSpectrum("is not named spPlate-*.fits, which tells the name of its redshifts")
    data = next((found for other in names if (found := beside(other)) is not None), None)
    if data is None:
        raise RejectedSpectrum(
            f"has no {names[0]} beside it or in a folder below, which holds the redshifts"
        )
    try:
        refuse_unreadable(data)
        (table,) = scan_tables(data, limit=1)
        _fibers(table, "first table")
    except (UnreadableError, RejectedSpectrum) as error:
        raise RejectedSpectrum(f"its redshifts cannot be read: {names[0]} {error}") from error
    except ValueError as error:
        raise RejectedSpectrum(f"its redshifts cannot be read: {names[0]} has no table") from error
    return table


def _read_fibre(name: str, plate: _Plate, row: int, redshifts: BinaryTable, place: int) -> Spectrum:
    if place < 0:
        raise RejectedSpectrum("is not in the spZbest file, so has no redshift")
    facts = read_facts(name, _values(plate, row, redshifts.row(place)))
    seen = np.flatnonzero(plate.ivar[row] > 0)
    if not seen.size:
        raise RejectedSpectrum("has no good pixel: its ivar is 0 everywhere")
    held = slice(seen[0], seen[-1] + 1)
    flux, ivar, mask, sky = (
        np.ascontiguousarray(image[row, held])
        for image in (plate.flux, plate.ivar, plate.mask, plate.sky)
    )
    return Spectrum(facts=facts, **check_pixels(flux, ivar, mask, sky, plate.loglam[held]))


def _values(plate: _Plate, row: int, redshifts: BinaryTable) -> Value:
    """Give what is said of a fibre: by its redshift, else its plug map, else the plate."""
    plugged = plate.plugmap.row(row)

    def value(name: str) -> Any:
        if name in redshifts:
            return redshifts.value(name)
        return plugged.value(name) if name in plugged else plate.header.get(name)

    return value
