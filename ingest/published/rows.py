"""From results to the rows of the published tables, whole columns at a time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.anomaly.catalogue import Description
from ingest.batches import MapPoints
from ingest.subspaces import Region, Window


def ranked(ranks: np.ndarray) -> pa.Array:
    """Make a column of ranks; 0, which says that there is none, becomes null."""
    return pa.array(ranks.astype(np.int32), mask=ranks <= 0)


def neighbour_rows(
    ids: np.ndarray, maps: Mapping[str, MapPoints], neighbour_ids: np.ndarray
) -> pa.Table:
    """Lay the similar objects of all regions out, one row per object, region and place.

    Parameters
    ----------
    ids : int64, shape (n,)
    maps : mapping of region name to MapPoints
    neighbour_ids : int64, shape (n_known,)
        Of the spectra that neighbours are numbered by.
    """
    return pa.concat_tables(
        [_neighbours(ids, name, points, neighbour_ids) for name, points in maps.items()]
    )


def region_score_rows(
    ids: np.ndarray,
    maps: Mapping[str, MapPoints],
    ranks: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> pa.Table:
    """Lay the oddness of all regions out, one row per object and region.

    Parameters
    ----------
    ids : int64, shape (n,)
    maps : mapping of region name to MapPoints
    ranks : mapping of region name to (far_rank, resid_rank), int, shape (n,) each, 0 for none
    """
    return pa.concat_tables(
        [
            pa.table(
                {
                    "obj_id": ids,
                    "region_id": _repeated(name, ids.size),
                    "coverage": points.coverage,
                    "far": points.far,
                    "far_rank": ranked(ranks[name][0]),
                    "resid": points.resid,
                    "resid_rank": ranked(ranks[name][1]),
                    "isolation_dist": points.isolation,
                }
            )
            for name, points in maps.items()
        ]
    )


def component_rows(ids: np.ndarray, maps: Mapping[str, MapPoints]) -> pa.Table:
    """Lay the PCA components out, one array per object and region that it covers."""
    tables = []
    for name, points in maps.items():
        placed = np.isfinite(points.components[:, 0])
        values = points.components[placed].astype(np.float32)
        offsets = np.arange(values.shape[0] + 1, dtype=np.int32) * values.shape[1]
        arrays = pa.ListArray.from_arrays(offsets, pa.array(values.ravel()))
        columns = {"obj_id": ids[placed], "region_id": _repeated(name, len(arrays))}
        tables.append(pa.table(columns | {"components": arrays}))
    return pa.concat_tables(tables)


def window_score_rows(
    ids: np.ndarray,
    windows: Sequence[Window],
    chi2: np.ndarray,
    score: np.ndarray,
    rank: np.ndarray,
) -> pa.Table:
    """Lay the windows out, one row per object and window that it covers.

    Parameters
    ----------
    ids : int64, shape (n,)
    windows : sequence of Window
    chi2, score, rank : shape (n, n_windows)
        NaN, and rank 0, where the window is not covered.
    """
    row, column = np.nonzero(np.isfinite(chi2))
    names = pa.array([w.name for w in windows])
    return pa.table(
        {
            "obj_id": ids[row],
            "window_id": names.take(pa.array(column)),
            "chi2_dof": chi2[row, column],
            "score": score[row, column],
            "score_rank": ranked(rank[row, column]),
        }
    )


def score_rows(
    ids: np.ndarray, scores: Mapping[str, np.ndarray], ranks: Mapping[str, np.ndarray]
) -> pa.Table:
    """Lay all detectors out, one row per object and detector."""
    return pa.concat_tables(
        [
            pa.table(
                {
                    "obj_id": ids,
                    "detector": _repeated(name, ids.size),
                    "score": score.astype(np.float64),
                    "score_rank": ranked(ranks[name]),
                }
            )
            for name, score in scores.items()
        ]
    )


def region_rows(regions: Sequence[Region]) -> pa.Table:
    """Describe the regions."""
    return _described(
        {
            "region_id": r.name,
            "lo": r.lo,
            "hi": r.hi,
            "pixels": r.pixels.stop - r.pixels.start,
            "description": r.description,
        }
        for r in regions
    )


def window_rows(windows: Sequence[Window]) -> pa.Table:
    """Describe the windows."""
    return _described(
        {"window_id": w.name, "lo": w.lo, "hi": w.hi, "pixels": w.pixels.stop - w.pixels.start}
        for w in windows
    )


def map_rows(maps: Mapping[str, MapPoints], method: str) -> pa.Table:
    """Describe the quality of the maps, one row per region and figure."""
    return _described(
        {"region_id": name, "method": method, "quality_name": figure, "quality": float(value)}
        for name, points in maps.items()
        for figure, value in points.quality.items()
    )


def detector_rows(described: Iterable[tuple[Description, str]], seed: int) -> pa.Table:
    """Describe detectors, each given with its parameters as JSON."""
    return _described(
        {
            "detector": d.detector,
            "family": d.family,
            "description": d.meaning[0].upper() + d.meaning[1:],
            "good_for": d.good_for[0].upper() + d.good_for[1:],
            "parameters": parameters,
            "seed": seed,
        }
        for d, parameters in described
    )


def _described(rows: Any) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def _neighbours(
    ids: np.ndarray, name: str, points: MapPoints, neighbour_ids: np.ndarray
) -> pa.Table:
    row, place = np.nonzero(points.neighbours >= 0)
    return pa.table(
        {
            "obj_id": ids[row],
            "region_id": _repeated(name, row.size),
            "nb_rank": (place + 1).astype(np.int32),
            "neighbour_id": neighbour_ids[points.neighbours[row, place]],
            "dist": points.distances[row, place],
        }
    )


def _repeated(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)
