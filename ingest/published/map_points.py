"""The table of the maps by methods other than the headline one."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ingest.published.columns import OBJECTS_KEY, number, obj_id, region_id, text
from ingest.published.findings import REGION_KEY
from vo_service.release.table import Table

MAP_POINTS = Table(
    "oddsky",
    "map_points",
    "Places on the maps made by other methods than the one whose maps stand in oddsky.objects",
    (
        obj_id(),
        region_id(),
        text("method", "Method of the map: umap, umap_learn, pca, tsne or pacmap", "meta.id",
             "map_method", True),
        number("map_x", "Place on the map, first axis", "", "pos.cartesian.x", "map_x", True),
        number("map_y", "Place on the map, second axis", "", "pos.cartesian.y", "map_y", True),
    ),
    (OBJECTS_KEY, REGION_KEY),
    sort_by=("region_id", "method", "obj_id"),
)  # fmt: skip


def map_point_rows(ids: np.ndarray, maps: Mapping[tuple[str, str], np.ndarray]) -> pa.Table:
    """Lay the maps out, one row per object, region and method; none where it is not covered.

    Parameters
    ----------
    ids : int64, shape (n,)
    maps : mapping of (region name, method) to float32, shape (n, 2)
        NaN for spectra that do not cover the region.

    Returns
    -------
    pyarrow.Table
        Columns of `MAP_POINTS`.
    """
    return pa.concat_tables(
        [_empty(), *(_rows(ids, region, method, xy) for (region, method), xy in maps.items())]
    )


def _rows(ids: np.ndarray, region: str, method: str, xy: np.ndarray) -> pa.Table:
    placed = np.isfinite(xy[:, 0])
    count = int(placed.sum())
    columns = {
        "obj_id": ids[placed].astype(np.int64),
        "region_id": pa.repeat(pa.scalar(region), count),
        "method": pa.repeat(pa.scalar(method), count),
        "map_x": xy[placed, 0].astype(np.float32),
        "map_y": xy[placed, 1].astype(np.float32),
    }
    return pa.table(columns)


def _empty() -> pa.Table:
    """Return no rows: a release made by one method alone has the table all the same."""
    return _rows(np.empty(0, np.int64), "", "", np.empty((0, 2), np.float32))
