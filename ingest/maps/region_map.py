"""One region's map: neighbours, layout, the two oddnesses, and how good it all is."""

import numpy as np

from ingest.batches import MapPoints
from ingest.maps.layouts import lay_out
from ingest.maps.neighbours import distance_to_last, find_neighbours
from ingest.maps.region_model import RegionPlaces
from ingest.settings import IngestSettings

SPARE = 4
"""Neighbours searched beyond those published, to make room for repeats of one source."""

JUDGED_POINTS = 2000


def make_map(
    places: RegionPlaces, ids: np.ndarray, sources: np.ndarray, settings: IngestSettings
) -> MapPoints:
    """Make the map of one region.

    Parameters
    ----------
    places : RegionPlaces
        Of all spectra.
    ids : int64, shape (n_spec,)
        Numbers that order the spectra: the order of the rows changes nothing.
    sources : int64, shape (n_spec,)
        Equal for spectra of one source, which do not count as neighbours of one another.
    settings : IngestSettings

    Returns
    -------
    MapPoints
        NaN (-1) for spectra that do not cover the region.
    """
    order = np.argsort(ids, kind="stable")
    rows = order[np.isfinite(places.resid[order])]
    points = places.components[rows]
    k = settings.neighbours
    neighbours, distances = find_neighbours(points, k + SPARE)
    near, reach = neighbours[:, :k], distances[:, :k]
    laid_out = {
        method: lay_out(method, points, near, reach, ids[rows], settings.seed, settings)
        for method in settings.map_methods
    }
    xy = laid_out[settings.map_methods[0]]
    on_plane, plane_reach = find_neighbours(xy, k + SPARE)
    own = sources[rows]

    def spread(values: np.ndarray, missing: float = np.nan) -> np.ndarray:
        out = np.full((len(ids), *values.shape[1:]), missing, values.dtype)
        out[rows] = values
        return out

    return MapPoints(
        xy=spread(xy),
        components=places.components,
        neighbours=spread(rows[near].astype(np.int32), -1),
        distances=spread(reach),
        far=spread(distance_to_last(own[neighbours], distances, own, k)),
        resid=places.resid,
        isolation=spread(distance_to_last(own[on_plane], plane_reach, own, k)),
        coverage=places.coverage,
        quality=_judge(points, xy, near, on_plane[:, :k]) | {"n_components": points.shape[1] - 1},
        others={method: spread(laid_out[method]) for method in settings.map_methods[1:]},
    )


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


def rank_among(reference: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Rank scores among those of a reference, each for itself.

    Parameters
    ----------
    reference : float, shape (n_ref,)
        NaN does not count.
    score : float, shape (n_spec,)

    Returns
    -------
    int32, shape (n_spec,)
        The rank it would take there: 1 for the greatest or more, 0 for NaN.
    """
    known = np.sort(reference[~np.isnan(reference)])
    greater = known.size - np.searchsorted(known, score, side="right")
    return np.where(np.isnan(score), 0, 1 + greater).astype(np.int32)


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
        from sklearn.manifold import trustworthiness  # a second to load: not before

        trusted = trustworthiness(points[sample], xy[sample], n_neighbors=reach)
        quality["trustworthiness"] = float(trusted)
    return quality | {"kept_neighbours": float(kept)}
