"""One region's map: components, neighbours, layout, the two oddnesses, and how good it all is."""

from collections.abc import Callable, Iterable

import numpy as np
from sklearn.manifold import trustworthiness

from ingest.batches import MapPoints
from ingest.maps.components import fit_components, project
from ingest.maps.neighbours import distance_to_last, find_neighbours
from ingest.maps.umap_map import lay_out
from ingest.prepare.normalise import coverage, divide_by_median
from ingest.settings import IngestSettings

SPARE = 4
"""Neighbours searched beyond those published, to make room for repeats of one source."""

JUDGED_POINTS = 2000

ReadRegion = Callable[[], Iterable[tuple[np.ndarray, np.ndarray]]]


def map_region(
    read: ReadRegion, is_whole: bool, settings: IngestSettings, sources: np.ndarray
) -> MapPoints:
    """Make the map of one region.

    Parameters
    ----------
    read : callable
        Yields flux and ivar of the region's pixels, float32, shape (n_chunk, n_pix), in chunks; it
        is called several times.
    is_whole : bool
        Whether the region is the whole spectrum, which needs more components.
    settings : IngestSettings
    sources : int64, shape (n_spec,)
        Equal for spectra of one source, which do not count as neighbours of one another.

    Returns
    -------
    MapPoints
        NaN (-1) for spectra that do not cover the region.
    """
    covered = np.concatenate([coverage(ivar) for _, ivar in read()])
    on_map = covered >= settings.min_region_coverage

    def chunks() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        start = 0
        for flux, ivar in read():
            rows = on_map[start : start + len(flux)]
            start += len(flux)
            yield divide_by_median(flux[rows], ivar[rows])

    count = settings.components_whole if is_whole else settings.components_region
    model = fit_components(chunks, count)
    placed = [project(model, flux, ivar) for flux, ivar in chunks()]
    points = np.concatenate([p.coefficients for p in placed])
    resid = np.concatenate([p.chi2_dof for p in placed])
    return _assemble(points, resid, covered, on_map, settings, sources)


def rank_oddness(far: np.ndarray, resid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank spectra by the smaller tail fraction of the two oddnesses.

    Distance within the plane of the components is blind to what lies off it, and the other way
    round; so either is enough.

    Returns
    -------
    rank, far_rank, resid_rank : int32, shape (n_spec,)
        1 is strangest; 0 where unknown.
    """
    far_rank, resid_rank = rank_scores(far), rank_scores(resid)
    best = np.where(far_rank > 0, np.minimum(far_rank, resid_rank), np.iinfo(np.int32).max)
    worse = np.maximum(far_rank, resid_rank)
    order = np.lexsort((worse, best))
    rank = np.zeros(far.size, np.int32)
    rank[order] = np.arange(1, far.size + 1)
    return np.where(far_rank > 0, rank, 0).astype(np.int32), far_rank, resid_rank


def rank_scores(score: np.ndarray) -> np.ndarray:
    """Rank scores, int32: 1 for the greatest, ties in row order, 0 for NaN."""
    order = np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")
    rank = np.empty(score.size, np.int32)
    rank[order] = np.arange(1, score.size + 1)
    return np.where(np.isnan(score), 0, rank).astype(np.int32)


def _assemble(
    points: np.ndarray,
    resid: np.ndarray,
    covered: np.ndarray,
    on_map: np.ndarray,
    settings: IngestSettings,
    sources: np.ndarray,
) -> MapPoints:
    k = settings.neighbours
    rows = np.flatnonzero(on_map)
    neighbours, distances = find_neighbours(points, k + SPARE)
    near, reach = neighbours[:, :k], distances[:, :k]
    seed, epochs = settings.seed, settings.map_epochs
    xy = lay_out(points, near, reach, seed, epochs, settings.map_min_dist)
    on_plane, plane_reach = find_neighbours(xy, k + SPARE)
    own = sources[rows]
    return MapPoints(
        xy=_spread(xy, on_map),
        components=_spread(points, on_map),
        neighbours=_spread(rows[near].astype(np.int32), on_map, -1),
        distances=_spread(reach, on_map),
        far=_spread(distance_to_last(neighbours, distances, own, k), on_map),
        resid=_spread(resid, on_map),
        isolation=_spread(distance_to_last(on_plane, plane_reach, own, k), on_map),
        coverage=covered,
        quality=_judge(points, xy, near, on_plane[:, :k]) | {"n_components": points.shape[1]},
    )


def _judge(
    points: np.ndarray, xy: np.ndarray, near: np.ndarray, on_plane: np.ndarray
) -> dict[str, float]:
    n, k = near.shape
    quality: dict[str, float] = {"n_spectra": n}
    if n == 0 or k == 0:
        return quality
    kept = (near[:, :, None] == on_plane[:, None, :]).any(axis=2).mean()
    sample = np.linspace(0, n - 1, min(n, JUDGED_POINTS)).astype(int)
    reach = min(k, (sample.size - 1) // 2)
    if reach > 0:
        trusted = trustworthiness(points[sample], xy[sample], n_neighbors=reach)
        quality["trustworthiness"] = float(trusted)
    return quality | {"kept_neighbours": float(kept)}


def _spread(values: np.ndarray, on_map: np.ndarray, missing: float = np.nan) -> np.ndarray:
    out = np.full((on_map.size, *values.shape[1:]), missing, values.dtype)
    out[on_map] = values
    return out
