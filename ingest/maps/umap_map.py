"""UMAP (McInnes, Healy & Melville 2018) from neighbours that are known already, to the last bit.

The objective is umap-learn's. What differs is the start: points spread over a plane whose area
grows with their number, and of many points a sample is laid out first, which gives the map its
shape.
"""

import numpy as np
from scipy.optimize import curve_fit

from ingest.kernels.layout import (
    join_neighbours,
    move_vertices,
    tabulate_forces,
    weigh_neighbours,
)
from ingest.maps.neighbours import find_nearest, find_neighbours
from ingest.maps.pca_map import main_plane

MIN_POINTS = 10
"""With fewer, or with equal points alone, the map is the plane of the first two components."""

LEAST_EXTENT, EXTENT = 20.0, 0.28
"""Extent of the start in units of the map: the least, and that over the root of the points."""

SAMPLE = 5000
"""Points whose layout gives the others their start, from twice as many points on."""

PLACED_BY = 4
"""Nearest points of the sample that place another point."""


def lay_out(
    points: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    seed: int,
    epochs: int,
    min_dist: float,
) -> np.ndarray:
    """Lay points out on a plane so that neighbours stay together.

    Parameters
    ----------
    points : float32, shape (n, k)
        In the space of the components, the strongest first.
    neighbours, distances : shape (n, m)
        Nearest other points.
    seed : int
        The same input and seed give the same map for any number of threads.
    epochs : int
        Half as many after a layout of a sample.
    min_dist : float
        How close points may come, in units of the map.

    Returns
    -------
    float32, shape (n, 2)
    """
    plane = main_plane(points)
    if len(points) < MIN_POINTS or not plane.any():
        return plane
    curve = find_curve(min_dist)
    if len(points) < 2 * SAMPLE:
        return _move(_spread(plane), neighbours, distances, seed, epochs, curve)
    start = _start_from_sample(points, plane, seed, epochs, curve)
    return _move(start, neighbours, distances, seed, -(-epochs // 2), curve)


def find_curve(min_dist: float) -> tuple[float, float]:
    """Return a and b of 1/(1 + a d^2b), which is 1 up to min_dist and then falls as exp(-d)."""
    distance = np.linspace(0, 3, 300)
    wanted = np.minimum(1.0, np.exp(min_dist - distance))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, wanted)
    return float(a), float(b)


def join(neighbours: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the fuzzy graph of the points as starts, ends and weights of its edges."""
    reach = np.ascontiguousarray(distances, np.float32)
    weights = np.empty_like(reach)
    weigh_neighbours(reach, 1e-3 * float(reach.mean(dtype=np.float64)), weights)
    return join_neighbours(np.ascontiguousarray(neighbours, np.int32), weights)


def _move(
    start: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    seed: int,
    epochs: int,
    curve: tuple[float, float],
) -> np.ndarray:
    starts, ends, weights = join(neighbours, distances)
    rates = weights / weights.max()
    return move_vertices(start, starts, ends, rates, *tabulate_forces(*curve), epochs, seed)


def _start_from_sample(
    points: np.ndarray, plane: np.ndarray, seed: int, epochs: int, curve: tuple[float, float]
) -> np.ndarray:
    """Place all points among the nearest of a sample that is laid out."""
    chosen = np.linspace(0, len(points) - 1, SAMPLE).astype(int)
    sample = points[chosen]
    found = find_neighbours(sample, 15)
    layout = _move(_spread(plane[chosen]), *found, seed, epochs, curve)
    nearest, distances = find_nearest(sample, points, PLACED_BY)
    weight = 1 / (distances.astype(np.float64) ** 2 + 1e-3 * (distances**2).mean() + 1e-30)
    weight /= weight.sum(axis=1, keepdims=True)
    placed = (layout[nearest] * weight[..., None]).sum(axis=1)
    return (placed * np.sqrt(len(points) / SAMPLE)).astype(np.float32)


def _spread(plane: np.ndarray) -> np.ndarray:
    """Scale both axes to the extent that so many points need."""
    extent = max(LEAST_EXTENT, EXTENT * np.sqrt(len(plane)))
    size = np.maximum(np.ptp(plane, axis=0), np.finfo(np.float32).tiny)
    return (extent * (plane - plane.min(axis=0)) / size).astype(np.float32)
