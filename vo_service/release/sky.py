"""Positions: the hidden columns written beside them, and cones as ranges of those on read.

A row with a position carries its HEALPix index (NESTED, order 29) and its unit vector. Tables are
sorted by the index, so that a cone reads few blocks; the squared chord decides exactly.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
from astropy import units as u

ORDER = 29
INDEX, X, Y, Z = "_hpx29", "_x", "_y", "_z"
"""Physical names; published names begin with a letter, so they never meet."""

MAX_RANGES = 8


@dataclass(frozen=True, slots=True)
class Cone:
    """A cone as the engines test it.

    Attributes
    ----------
    ranges : tuple of (int, int)
        Half-open ranges of the index that cover the cone; empty means the whole sky.
    centre : tuple of float
        Unit vector of its axis.
    max_chord2 : float
        Squared chord that belongs to the radius; a row is inside when its own is not greater.
    """

    ranges: tuple[tuple[int, int], ...]
    centre: tuple[float, float, float]
    max_chord2: float


def unit_vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return x, y, z (float64) of positions in degrees; NaN stays NaN."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)


def healpix_index(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Return the NESTED index at order 29, int64; -1 where there is no valid position."""
    import healpy  # here alone: matplotlib comes with it, 30 MB that a service does without

    valid = np.isfinite(ra_deg) & (np.abs(np.nan_to_num(dec_deg, nan=99.0)) <= 90)
    index = np.full(len(ra_deg), -1, np.int64)
    index[valid] = healpy.ang2pix(2**ORDER, ra_deg[valid], dec_deg[valid], nest=True, lonlat=True)
    return index


def add_sky_columns(data: pa.Table, ra: str, dec: str) -> pa.Table:
    """Append the hidden columns to a table with positions in degrees."""
    ra_deg = data[ra].to_numpy(zero_copy_only=False).astype(np.float64)
    dec_deg = data[dec].to_numpy(zero_copy_only=False).astype(np.float64)
    index = healpix_index(ra_deg, dec_deg)
    data = data.append_column(INDEX, pa.array(index, mask=index < 0))
    for name, values in zip((X, Y, Z), unit_vectors(ra_deg, dec_deg), strict=True):
        data = data.append_column(name, pa.array(values, from_pandas=True))
    return data


def make_cone(ra_deg: float, dec_deg: float, radius_deg: float) -> Cone:
    """Cover a cone with at most `MAX_RANGES` index ranges.

    Parameters
    ----------
    ra_deg, dec_deg : float
        Centre, ICRS [deg]; declination within -90 to 90.
    radius_deg : float
        At least 0; 180 and more is the whole sky.
    """
    x, y, z = (float(v) for v in unit_vectors(np.array(ra_deg), np.array(dec_deg)))
    radius = min(max(radius_deg, 0.0), 180.0)
    # Rounding of the vectors is some 1e-16: without the margin SR=0 would miss its own centre.
    chord2 = 4.0 * np.sin(np.radians(radius) / 2.0) ** 2 * (1 + 4e-15) + 1e-30
    ranges = _cover(ra_deg, dec_deg, radius) if radius < 90 else ()
    return Cone(ranges, (x, y, z), float(chord2))


def _cover(ra_deg: float, dec_deg: float, radius_deg: float) -> tuple[tuple[int, int], ...]:
    depth = int(np.clip(np.log2(58.6 / max(radius_deg, 1e-9)) + 2, 0, 13))
    radius = max(radius_deg, 1e-6) * u.deg
    cells, depths, _ = _nested().cone_search(
        *_coordinates(ra_deg, dec_deg), radius, depth=depth, flat=False
    )
    return _ranges(cells, depths)


def cover_polygon(
    lon_deg: np.ndarray, lat_deg: np.ndarray, size_deg: float
) -> tuple[tuple[int, int], ...]:
    """Cover a polygon with at most `MAX_RANGES` index ranges.

    Parameters
    ----------
    lon_deg, lat_deg : float64, shape (n_corners,)
        Corners in turn [deg]; the smaller side is inside.
    size_deg : float
        Square root of its area [deg]; it decides how fine the cells are.

    Returns
    -------
    tuple of (int, int)
        Half-open ranges of the index at order 29.
    """
    depth = int(np.clip(np.log2(58.6 / max(size_deg, 1e-6)) + 3, 0, 13))
    cells, depths, _ = _nested().polygon_search(
        *_coordinates(lon_deg, lat_deg), depth=depth, flat=False
    )
    return _ranges(cells, depths)


def cell_centre(order: int, cell: int) -> tuple[float, float]:
    """Return longitude and latitude [deg] of the centre of a NESTED cell."""
    lon, lat = _nested().healpix_to_lonlat(np.array([cell]), order)
    return float(lon.deg[0]), float(lat.deg[0])


def _nested() -> ModuleType:
    """Load cdshealpix with the first position: astropy.coordinates comes with it, 17 MB."""
    from cdshealpix import nested

    return nested


def _coordinates(lon_deg: Any, lat_deg: Any) -> tuple[Any, Any]:
    from astropy.coordinates import Latitude, Longitude

    return Longitude(lon_deg % 360.0, u.deg), Latitude(lat_deg, u.deg)


def _ranges(cells: np.ndarray, depths: np.ndarray) -> tuple[tuple[int, int], ...]:
    shift = 2 * (ORDER - depths.astype(np.int64))
    lo = cells.astype(np.int64) << shift
    hi = (cells.astype(np.int64) + 1) << shift
    order = np.argsort(lo)
    return _merge(lo[order], hi[order])


def _merge(lo: np.ndarray, hi: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Join sorted ranges across their smallest gaps until few enough are left."""
    gaps = lo[1:] - hi[:-1]
    keep = np.flatnonzero(gaps > 0)
    if keep.size >= MAX_RANGES:
        keep = np.sort(keep[np.argsort(gaps[keep], kind="stable")[-(MAX_RANGES - 1) :]])
    starts = np.concatenate([[0], keep + 1]).astype(int)
    stops = np.concatenate([keep, [len(hi) - 1]]).astype(int)
    return tuple((int(lo[a]), int(hi[b])) for a, b in zip(starts, stops, strict=True))
