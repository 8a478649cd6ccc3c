"""Positions on the sky, and what a catalogue has near them."""

from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from ingest.errors import SourceError
from ingest.fetch.catalogue import column
from ingest.read.table_formats import Columns


@dataclass(frozen=True, slots=True)
class Positions:
    """Where spectra are looked for.

    Attributes
    ----------
    ra, dec : float64, shape (n,)
        ICRS [deg].
    radius_arcsec : float
        How near a spectrum has to be [arcsec].
    """

    ra: np.ndarray
    dec: np.ndarray
    radius_arcsec: float

    def pairs(self) -> list[tuple[float, float]]:
        """Return the positions one by one."""
        return list(zip(self.ra.tolist(), self.dec.tolist(), strict=True))

    def part(self, rows: slice | list[int]) -> "Positions":
        """Return some of the positions."""
        return Positions(self.ra[rows], self.dec[rows], self.radius_arcsec)


@dataclass(frozen=True, slots=True)
class Near:
    """What a catalogue has near positions.

    Attributes
    ----------
    found : Columns
        Its rows within the radius of any of them.
    lost : Positions
        Those with nothing near.
    """

    found: Columns
    lost: Positions


def read_positions(columns: Columns, radius_arcsec: float) -> Positions:
    """Take the columns ra and dec of a table, in degrees.

    Raises
    ------
    SourceError
        When they are not there, or lie outside the sphere.
    """
    try:
        ra, dec = (np.asarray(column(columns, name), np.float64) for name in ("ra", "dec"))
    except (TypeError, ValueError) as error:
        raise SourceError("The columns ra and dec do not hold numbers, in degrees.") from error
    bad = ~((ra >= 0) & (ra <= 360) & (np.abs(dec) <= 90))
    if bad.any():
        row = int(np.flatnonzero(bad)[0]) + 1
        raise SourceError(f"Row {row} has no position in degrees in its columns ra and dec.")
    return Positions(ra, dec, radius_arcsec)


def match(positions: Positions, table: Columns) -> Near:
    """Keep the rows of a table, with ra and dec in degrees, that lie near positions."""
    theirs = read_positions(table, positions.radius_arcsec)
    if not theirs.ra.size:
        return Near(table, positions)
    ours_sky, theirs_sky = (SkyCoord(p.ra, p.dec, unit="deg") for p in (positions, theirs))
    limit = positions.radius_arcsec * u.arcsec
    near = theirs_sky.match_to_catalog_sky(ours_sky)[1] <= limit
    lost = ours_sky.match_to_catalog_sky(theirs_sky)[1] > limit
    kept = {name: np.asarray(values)[near] for name, values in table.values.items()}
    return Near(Columns(kept), positions.part(np.flatnonzero(lost).tolist()))


def box(ra: float, dec: float, radius_arcsec: float) -> list[tuple[float, float, float, float]]:
    """Return boxes (ra, ra, dec, dec) [deg] that hold a cone, two where it meets RA 0."""
    radius = radius_arcsec / 3600.0
    low, high = dec - radius, dec + radius
    if max(-low, high) >= 90.0:
        return [(0.0, 360.0, low, high)]
    # A cone is widest in RA above its centre: sin(width) = sin(radius) / cos(dec).
    width = float(np.degrees(np.arcsin(np.sin(np.radians(radius)) / np.cos(np.radians(dec)))))
    left, right = ra - width, ra + width
    if left < 0.0:
        return [(0.0, right, low, high), (left + 360.0, 360.0, low, high)]
    if right > 360.0:
        return [(left, 360.0, low, high), (0.0, right - 360.0, low, high)]
    return [(left, right, low, high)]
