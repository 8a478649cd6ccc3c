"""What is known of the spectra of a release, read from its published tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from ingest.maps.known import KnownRegion
from ingest.plan import Plan
from ingest.store import Part, open_tables


@dataclass(frozen=True, slots=True)
class Known:
    """The spectra that models and maps were made of, by increasing id.

    Attributes
    ----------
    ids, sources : int64, shape (n,)
    scores : mapping of float64, shape (n,)
        By detector; NaN where it cannot say.
    windows : float32, shape (n, n_windows)
        Score in every window; NaN where it is not covered.
    regions : mapping of KnownRegion
        By name.
    """

    ids: np.ndarray
    sources: np.ndarray
    scores: Mapping[str, np.ndarray]
    windows: np.ndarray
    regions: Mapping[str, KnownRegion]


@dataclass(frozen=True, slots=True)
class Held:
    """Who is in a release, spectra that were added too.

    Attributes
    ----------
    ids, sources : int64, shape (n,)
    ra, dec, z : float64, shape (n,)
    survey_ids : object, shape (n,)
        As the survey writes them.
    """

    ids: np.ndarray
    sources: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    z: np.ndarray
    survey_ids: np.ndarray


def read_held(parts: list[Part]) -> Held:
    """Read who is in the parts of a release."""
    names = ("obj_id", "source_id", "ra", "dec", "z", "survey_id")
    columns = []
    for part in parts:
        with open_tables(part) as db:
            columns.append(_read(db, f"SELECT {', '.join(names)} FROM oddsky.objects"))
    return Held(*(np.concatenate([found[name] for found in columns]) for name in names))


def read_known(part: Part, plan: Plan) -> Known:
    """Read the spectra that the models of a part were made of."""
    with open_tables(part) as db:
        objects = _read(db, "SELECT obj_id, source_id FROM oddsky.objects ORDER BY obj_id")
        ids, sources = objects["obj_id"], objects["source_id"]
        return Known(
            ids,
            sources,
            {name: _read_scores(db, ids, name) for name in _detectors(db)},
            _read_windows(db, ids, [window.name for window in plan.windows]),
            {r.name: _read_region(db, ids, sources, plan, r.name) for r in plan.regions},
        )


def _detectors(db: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in db.sql("SELECT DISTINCT detector FROM oddsky.scores").fetchall()]


def _read_scores(db: duckdb.DuckDBPyConnection, ids: np.ndarray, detector: str) -> np.ndarray:
    found = _read(db, "SELECT obj_id, score FROM oddsky.scores WHERE detector = $1", detector)
    return _in_place(ids, found["obj_id"], found["score"])


def _read_windows(db: duckdb.DuckDBPyConnection, ids: np.ndarray, names: list[str]) -> np.ndarray:
    query = "SELECT obj_id, score FROM oddsky.window_scores WHERE window_id = $1"
    columns = [_read(db, query, name) for name in names]
    return np.stack([_in_place(ids, c["obj_id"], c["score"]) for c in columns], axis=1)


def _read_region(
    db: duckdb.DuckDBPyConnection, ids: np.ndarray, sources: np.ndarray, plan: Plan, region: str
) -> KnownRegion:
    query = "SELECT obj_id, far, resid FROM oddsky.region_scores WHERE region_id = $1"
    odd = _read(db, query, region)
    placed, points = _read_points(db, ids, region)
    main, *others = plan.settings.map_methods
    planes = {main: f'SELECT obj_id, "{region}_x" AS x, "{region}_y" AS y FROM oddsky.objects'}
    for method in others:
        planes[method] = (
            "SELECT obj_id, map_x AS x, map_y AS y FROM oddsky.map_points "
            f"WHERE region_id = '{region}' AND method = '{method}'"
        )
    return KnownRegion(
        placed,
        sources[placed],
        points,
        {method: _read_plane(db, ids, query) for method, query in planes.items()},
        _in_place(ids, odd["obj_id"], odd["far"]),
        _in_place(ids, odd["obj_id"], odd["resid"]),
    )


def _read_points(
    db: duckdb.DuckDBPyConnection, ids: np.ndarray, region: str
) -> tuple[np.ndarray, np.ndarray]:
    query = "SELECT obj_id, components FROM oddsky.components WHERE region_id = $1 ORDER BY obj_id"
    found = _fetch(db, query, region)
    values = found["components"].combine_chunks().values.to_numpy()
    placed: np.ndarray = np.searchsorted(ids, found["obj_id"].to_numpy())
    return placed, values.reshape(found.num_rows, -1)


def _read_plane(db: duckdb.DuckDBPyConnection, ids: np.ndarray, query: str) -> np.ndarray:
    found = _read(db, query)
    return np.stack([_in_place(ids, found["obj_id"], found[axis]) for axis in "xy"], axis=1)


def _read(db: duckdb.DuckDBPyConnection, query: str, *given: str) -> dict[str, np.ndarray]:
    """Return the columns of an answer; a number that is null becomes NaN."""
    table = _fetch(db, query, *given)
    return {name: table[name].to_numpy() for name in table.column_names}


def _fetch(db: duckdb.DuckDBPyConnection, query: str, *given: str) -> pa.Table:
    return db.sql(query, params=list(given)).to_arrow_table()


def _in_place(ids: np.ndarray, found: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Put values to their spectra; NaN for those that have none."""
    out = np.full(ids.size, np.nan, values.dtype)
    out[np.searchsorted(ids, found)] = values
    return out
