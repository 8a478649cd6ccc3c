"""Where an object, and those like it, are drawn on the small maps of its page."""

from collections.abc import Iterable
from dataclasses import dataclass

from vo_service.services.density import Density
from vo_service.services.describe_object import Place, Row
from vo_service.services.planes import PLANES, Plane

SIDE = 200.0
"""Of a plot, in its own units."""

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """A small map.

    Attributes
    ----------
    place : Place
    here : (float, float) or None
        Of the object, from the left and from the top; None where it does not lie on the map.
    is_inside : bool
        False where it lies beyond the edge that it is drawn at.
    others : tuple of (float, float)
        Of similar objects.
    plane : Plane or None
    curves : tuple of (str, str)
        Name and points of the lines that divide the plane, as SVG writes them.
    limits : tuple of str
        Of x and y, low and high.
    """

    place: Place
    here: Spot | None
    is_inside: bool
    others: tuple[Spot, ...]
    plane: Plane | None
    curves: tuple[tuple[str, str], ...]
    limits: tuple[str, str, str, str]


def make_plot(place: Place, density: Density, similar: Iterable[Row]) -> Plot:
    """Lay out the plot of one map."""
    plane = PLANES.get(place.name)
    here, is_inside = None, True
    if place.x is not None and place.y is not None:
        here = _spot(density, place.x, place.y)
        is_inside = density.contains(place.x, place.y)
    pairs = ((row.get(f"map:{place.name}:x"), row.get(f"map:{place.name}:y")) for row in similar)
    others = tuple(_spot(density, x, y) for x, y in pairs if x is not None and y is not None)
    curves = tuple((name, _path(density, points)) for name, points in plane.curves) if plane else ()
    return Plot(place, here, is_inside, others, plane, curves, _limits(density))


def _limits(density: Density) -> tuple[str, str, str, str]:
    x_lo, x_hi, y_lo, y_hi = (
        f"{limit:.3g}" for limit in (density.x_lo, density.x_hi, density.y_lo, density.y_hi)
    )
    return x_lo, x_hi, y_lo, y_hi


def _spot(density: Density, x: float, y: float) -> Spot:
    across, down = density.fraction(x, y)
    return round(across * SIDE, 1), round(down * SIDE, 1)


def _path(density: Density, points: Iterable[tuple[float, float]]) -> str:
    """Write points as SVG does; what lies outside is clipped by the plot."""
    x_scale = SIDE / (density.x_hi - density.x_lo)
    y_scale = SIDE / (density.y_hi - density.y_lo)
    return " ".join(
        f"{(x - density.x_lo) * x_scale:.1f},{(density.y_hi - y) * y_scale:.1f}" for x, y in points
    )
