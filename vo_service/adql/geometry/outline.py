"""Polygons of which all corners are known: their sides and sizes, computed before the query.

An edge is the shorter arc of a great circle; the inside is the smaller of the two sides, whichever
way round the corners come.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vo_service.release.sky import cover_polygon, unit_vectors

FULL = 4 * np.pi
SQUARE_DEGREES = np.degrees(1.0) ** 2


@dataclass(frozen=True)
class Outline:
    """The outline of a polygon.

    Parameters
    ----------
    lon, lat : float64, shape (n_corners,)
        Corners in turn [deg], at least three different ones.
    """

    lon: np.ndarray
    lat: np.ndarray

    @cached_property
    def left_area(self) -> float:
        """Area to the left of the edges [sr]."""
        lon, lat = np.radians(self.lon), np.radians(self.lat)
        step = np.angle(np.exp(1j * (np.roll(lon, -1) - lon)))
        a, b = np.tan(lat / 2), np.tan(np.roll(lat, -1) / 2)
        # Signed area between each edge and the equator.
        under = 2 * np.arctan2(np.tan(step / 2) * (a + b), 1 + a * b)
        around_pole = 2 * np.pi if abs(step.sum()) > np.pi else 0.0
        return float((around_pole - under.sum()) % FULL)

    @property
    def area(self) -> float:
        """Area of the inside [deg2]."""
        return min(self.left_area, FULL - self.left_area) * SQUARE_DEGREES

    @cached_property
    def corners(self) -> np.ndarray:
        """Unit vectors of the corners, the inside on the left; float64, shape (n_corners, 3)."""
        vectors = np.stack(unit_vectors(self.lon, self.lat), axis=1)
        return vectors if self.left_area <= FULL / 2 else vectors[::-1]

    @cached_property
    def normals(self) -> np.ndarray:
        """Normals of the edges, towards the inside; float64, shape (n_corners, 3)."""
        return np.cross(self.corners, np.roll(self.corners, -1, axis=0))

    @property
    def is_convex(self) -> bool:
        """Whether the inside is where all edges have it on their left."""
        return bool((self.normals @ self.corners.T >= -1e-12).all())

    @property
    def holds_north(self) -> bool:
        """Whether the north pole is inside."""
        lon = np.arctan2(self.corners[:, 1], self.corners[:, 0])
        step = np.angle(np.exp(1j * (np.roll(lon, -1) - lon)))
        return bool(step.sum() > np.pi)

    @property
    def centroid(self) -> tuple[float, float]:
        """Centre of mass of the inside, as longitude and latitude [deg]."""
        size = np.linalg.norm(self.normals, axis=1, keepdims=True)
        cosine = (self.corners * np.roll(self.corners, -1, axis=0)).sum(axis=1, keepdims=True)
        x, y, z = (self.normals / size * np.arctan2(size, cosine)).sum(axis=0)
        return float(np.degrees(np.arctan2(y, x)) % 360), float(
            np.degrees(np.arctan2(z, np.hypot(x, y)))
        )

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Ranges of the HEALPix index that cover it."""
        return cover_polygon(self.lon, self.lat, float(np.sqrt(self.area)))


def make_outline(corners: tuple[tuple[float, float], ...]) -> Outline | None:
    """Make the outline of known corners [deg]; a corner that is repeated counts once.

    Returns
    -------
    Outline or None
        None where fewer than three corners differ.
    """
    kept = [c for i, c in enumerate(corners) if c != corners[i - 1]]
    if len(set(kept)) < 3:
        return None
    lon, lat = np.array(kept, float).T
    return Outline(lon % 360.0, lat)
