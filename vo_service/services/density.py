"""Where the objects of a release lie on its maps and planes: counted once, drawn behind each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.errors import NotFoundError
from vo_service.formats.png import encode_opacity
from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows
from vo_service.services.survey_tables import (
    SurveyTables,
    column,
    find_map_points,
    map_name,
)

FEWEST_CELLS, MOST_CELLS = 60, 160
"""A side; a small release has large cells, so that a single object can be seen."""

MOST_DRAWN = 300_000
"""A larger release is drawn by a random sample of so many."""

PERCENTILES = (0.2, 99.8)
MARGIN = 0.06
COLOUR = (58, 120, 190)
FAINTEST = 110
"""Opacity of a cell with one object, of 255."""


@dataclass(frozen=True, slots=True)
class Density:
    """How many objects lie where.

    Attributes
    ----------
    x_lo, x_hi, y_lo, y_hi : float
        Limits that leave out a few far outliers.
    counts : int64, shape (n_cells, n_cells)
        Of y, downwards from its upper limit, and x.
    """

    x_lo: float
    x_hi: float
    y_lo: float
    y_hi: float
    counts: np.ndarray

    def fraction(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place lies in the picture, from the left and from the top, 0 to 1.

        What lies outside the limits is moved to the edge.
        """
        across = (x - self.x_lo) / (self.x_hi - self.x_lo)
        down = (self.y_hi - y) / (self.y_hi - self.y_lo)
        return min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)

    def contains(self, x: float, y: float) -> bool:
        """Whether a place lies inside the limits."""
        return self.x_lo <= x <= self.x_hi and self.y_lo <= y <= self.y_hi


def find_densities(holding: Holding) -> dict[str, Density]:
    """Return the density of every map and plane, by its name; counted at the first call."""
    return holding.once(_count)


def draw_density(holding: Holding, name: str) -> bytes:
    """Draw a map or plane as a PNG.

    Raises
    ------
    NotFoundError
        When there is no such map.
    """
    densities = find_densities(holding)
    if name not in densities:
        raise NotFoundError(f"There is no map '{name[:40]}'; there are {', '.join(densities)}.")
    counts = densities[name].counts
    shade = np.log1p(counts) / np.log1p(max(int(counts.max()), 1))
    levels = np.where(counts > 0, FAINTEST + shade * (255 - FAINTEST), 0)
    return encode_opacity(levels.astype(np.uint8), COLOUR)


def _count(holding: Holding) -> dict[str, Density]:
    tables = SurveyTables.find(holding.release)
    points = find_map_points(tables)
    elsewhere = _count_elsewhere(holding, points) if points else {}
    return _count_main(holding, tables) | elsewhere


def _count_main(holding: Holding, tables: SurveyTables) -> dict[str, Density]:
    main = tables.objects
    names = [
        n for n in tables.names("map:") if main.by_role(f"map:{n}:x") and main.by_role(f"map:{n}:y")
    ]
    batches = list(_fetch_places(holding, main, names)) if names else []
    if not batches:
        return {}
    places = pa.Table.from_batches(batches)
    columns = [places.column(i).to_numpy() for i in range(places.num_columns)]
    drawn = {n: _density(*columns[2 * i : 2 * i + 2]) for i, n in enumerate(names)}
    return {name: density for name, density in drawn.items() if density}


def _fetch_places(holding: Holding, main: Table, names: list[str]) -> Iterator[pa.RecordBatch]:
    wanted = [column(main, f"map:{name}:{axis}") for name in names for axis in "xy"]
    query = f"SELECT TOP {MOST_DRAWN} {', '.join(wanted)} FROM {main.full_name}"
    if main.by_role("random"):
        query += f" WHERE {column(main, 'random')} < {MOST_DRAWN}"
    return fetch_rows(query, holding)


def _count_elsewhere(holding: Holding, points: Table) -> dict[str, Density]:
    """Count the places of maps by other methods, whose rows are sorted by map and by identifier.

    An identifier has nothing to do with where an object lies, so that the first rows of a large map
    are a sample.
    """
    region, method = column(points, "region"), column(points, "map_method")
    rows = fetch_rows(f"SELECT DISTINCT {region}, {method} FROM {points.full_name}", holding)
    names = sorted(tuple(row.values()) for batch in rows for row in batch.to_pylist())
    axes = f"{column(points, 'map_x')}, {column(points, 'map_y')}"
    found = {}
    for of_region, by_method in names:
        query = (
            f"SELECT TOP {MOST_DRAWN} {axes} FROM {points.full_name}"
            f" WHERE {region} = '{of_region}' AND {method} = '{by_method}'"
        )
        places = pa.Table.from_batches(fetch_rows(query, holding))
        found[map_name(of_region, by_method)] = _density(*(c.to_numpy() for c in places.columns))
    return {name: density for name, density in found.items() if density}


def _density(x: np.ndarray, y: np.ndarray) -> Density | None:
    """Count the places of one map; None where there is none."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    x, y = x[known].astype(float), y[known].astype(float)
    x_limits, y_limits = _limits(x), _limits(y)
    cells = int(np.clip(2 * np.sqrt(x.size), FEWEST_CELLS, MOST_CELLS))
    counts, _, _ = np.histogram2d(y, x, cells, (y_limits, x_limits))
    return Density(*x_limits, *y_limits, counts[::-1].astype(np.int64))


def _limits(values: np.ndarray) -> tuple[float, float]:
    lo, hi = np.percentile(values, PERCENTILES)
    margin = MARGIN * (hi - lo) or 0.5
    return float(lo - margin), float(hi + margin)
