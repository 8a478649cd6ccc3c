"""New spectra on a map that stands: among the known spectra they are most like."""

import numpy as np

from ingest.batches import MapPoints
from ingest.maps.known import KnownRegion
from ingest.maps.neighbours import distance_to_last, find_nearest
from ingest.maps.region_map import SPARE
from ingest.maps.region_model import RegionPlaces

PLACED_BY = 4
"""Known spectra, the nearest ones, that give a new one its place on the map."""

SOFTENING = 1e-3
"""Of squared distances, in units of their mean: what coincides with a spectrum lies upon it."""


def place_on_map(
    places: RegionPlaces, sources: np.ndarray, known: KnownRegion, count: int
) -> MapPoints:
    """Place new spectra on the map of a region, each for itself.

    They are compared with the known spectra alone, and these stay where they are.

    Parameters
    ----------
    places : RegionPlaces
        Of the new spectra.
    sources : int64, shape (n_spec,)
        Equal for spectra of one source, known ones too.
    known : KnownRegion
    count : int
        Neighbours wanted.

    Returns
    -------
    MapPoints
        Neighbours are row numbers of all known spectra.
    """
    rows = np.flatnonzero(np.isfinite(places.resid))
    asked = min(count + SPARE, len(known.points))
    near, distances = find_nearest(known.points, places.components[rows], asked)
    nearest = known.placed[near]
    own = sources[rows]
    xy = {m: _among(plane[nearest], distances) for m, plane in known.planes.items()}
    main = next(iter(xy))
    beside, reach = find_nearest(known.planes[main][known.placed], xy[main], asked)

    def spread(values: np.ndarray, missing: float = np.nan) -> np.ndarray:
        out = np.full((len(sources), *values.shape[1:]), missing, values.dtype)
        out[rows] = values
        return out

    far = distance_to_last(known.sources[near], distances, own, count)
    isolation = distance_to_last(known.sources[beside], reach, own, count)
    return MapPoints(
        xy=spread(xy.pop(main)),
        components=places.components,
        neighbours=spread(nearest[:, :count].astype(np.int32), -1),
        distances=spread(distances[:, :count]),
        far=spread(far),
        resid=places.resid,
        isolation=spread(isolation),
        coverage=places.coverage,
        quality={},
        others={method: spread(values) for method, values in xy.items()},
    )


def _among(near: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Average places by inverse square distance, float32, shape (n_spec, 2)."""
    squared = distances[:, :PLACED_BY].astype(np.float64) ** 2
    weight = 1 / (squared + SOFTENING * squared.mean(axis=1, keepdims=True) + 1e-30)
    weight /= weight.sum(axis=1, keepdims=True)
    return (near[:, :PLACED_BY] * weight[..., None]).sum(axis=1).astype(np.float32)
