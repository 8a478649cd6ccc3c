"""Geometry written as text: STC-S of REGION, and the arrays of DALI."""

import math

from vo_service.adql.nodes import Place
from vo_service.errors import UsageError

FRAMES = {"ICRS", "FK5", "J2000", "UNKNOWNFRAME"}
POSITIONS = {
    "BARYCENTER", "GEOCENTER", "HELIOCENTER", "TOPOCENTER", "UNKNOWNREFPOS", "SPHERICAL2",
}  # fmt: skip
COUNTS = {"POSITION": (2,), "CIRCLE": (3,), "BOX": (4,), "POLYGON": ()}


def parse(text: str, place: Place) -> tuple[str, list[float]]:
    """Read a simple region of STC-S: a position, circle, box or polygon.

    Parameters
    ----------
    text : str
        Such as `Circle ICRS 10 20 0.5`; frame and reference position may be left out.
    place : (int, int)

    Returns
    -------
    kind : str
        POSITION, CIRCLE, BOX or POLYGON.
    numbers : list of float
        [deg]

    Raises
    ------
    UsageError
        When it says something else.
    """
    words = text.split()
    kind = words[0].upper() if words else ""
    if kind not in COUNTS:
        known = ", ".join(k.capitalize() for k in COUNTS)
        raise UsageError(f"REGION '{text[:60]}' begins with none of {known}", *place)
    rest = words[1:]
    while rest and rest[0].upper() in FRAMES | POSITIONS:
        rest = rest[1:]
    if [w.lower() for w in rest[-2:]] == ["unit", "deg"]:
        rest = rest[:-2]
    numbers = read_numbers(" ".join(rest), "REGION", place)
    if COUNTS[kind] and len(numbers) not in COUNTS[kind]:
        raise UsageError(
            f"REGION: {kind.capitalize()} takes {COUNTS[kind][0]} numbers, not {len(numbers)}",
            *place,
        )
    return kind, numbers


def read_numbers(text: str, what: str, place: Place) -> list[float]:
    """Read numbers with white space between them.

    Raises
    ------
    UsageError
        Naming the word that is none.
    """
    numbers = []
    for word in text.split():
        try:
            numbers.append(float(word))
        except ValueError as error:
            raise UsageError(f"{what}: '{word}' is no number", *place) from error
        if not math.isfinite(numbers[-1]):
            raise UsageError(f"{what}: '{word}' is no number", *place)
    return numbers


def box_corner(box: tuple[float, ...], x: int, y: int) -> tuple[float, float]:
    """Return a corner of a box [deg]: its sides are straight in the tangent plane.

    Parameters
    ----------
    box : tuple of float
        Longitude, latitude, width and height [deg].
    x, y : int
        1 or -1: which corner.
    """
    lon, lat, width, height = box
    right = x * math.tan(math.radians(width) / 2)
    up = y * math.tan(math.radians(height) / 2)
    sine, cosine = math.sin(math.radians(lat)), math.cos(math.radians(lat))
    ahead = cosine - up * sine
    latitude = math.atan2(sine + up * cosine, math.hypot(right, ahead))
    return (lon + math.degrees(math.atan2(right, ahead))) % 360, math.degrees(latitude)
