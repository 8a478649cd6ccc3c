"""Which two columns are the position of a row."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.release.field import Field

PAIRS = (
    ("ra", "dec"), ("raj2000", "dej2000"), ("ra_j2000", "dec_j2000"), ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"), ("radeg", "dedeg"), ("radeg", "decdeg"), ("ra_deg", "dec_deg"),
    ("s_ra", "s_dec"), ("alpha_j2000", "delta_j2000"), ("target_ra", "target_dec"),
    ("plug_ra", "plug_dec"), ("mean_fiber_ra", "mean_fiber_dec"),
    ("right_ascension", "declination"),
)  # fmt: skip
"""Names that mean right ascension and declination, lower case."""


def find_positions(fields: Sequence[Field]) -> tuple[int, int] | None:
    """Return the numbers of the two columns by their UCDs, else by their names; None without."""
    numbers = [i for i, f in enumerate(fields) if is_coordinate(f)]
    for suffix in (";meta.main", ""):
        found = [
            [i for i in numbers if fields[i].ucd.lower() == f"pos.eq.{axis}{suffix}"]
            for axis in ("ra", "dec")
        ]
        if all(len(f) == 1 for f in found):
            return found[0][0], found[1][0]
    by_name = {fields[i].name.lower().lstrip("_"): i for i in reversed(numbers)}
    for ra, dec in PAIRS:
        if ra in by_name and dec in by_name:
            return by_name[ra], by_name[dec]
    return None


def is_coordinate(field: Field) -> bool:
    """Whether a column holds single numbers, and no unit other than degrees."""
    numeric = field.datatype in ("double", "float", "int", "long", "short")
    return numeric and not field.is_array and field.unit in ("", "deg")


def are_degrees(ra: pa.ChunkedArray, dec: pa.ChunkedArray) -> bool:
    """Whether all values can be positions in degrees."""
    return _within(ra, 0, 360) and _within(dec, -90, 90)


def cannot_be_hours(ra: pa.ChunkedArray) -> bool:
    """Whether right ascensions without a unit are too large for hours."""
    largest = pc.max(ra).as_py()
    return largest is not None and largest > 24


def _within(column: pa.ChunkedArray, low: float, high: float) -> bool:
    ends = pc.min_max(column).as_py()
    return ends["min"] is None or (ends["min"] >= low and ends["max"] <= high)
