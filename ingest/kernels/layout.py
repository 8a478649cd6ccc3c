"""The fuzzy graph of UMAP (McInnes, Healy & Melville 2018) and its layout, equal to the last bit.

A vertex reads the places of all others as they were before the epoch and moves itself alone; what
is random comes from a hash of seed, epoch, vertex and edge. So the number of threads does not
matter, nor their order.
"""

import numba
import numpy as np

BISECTIONS = 64
CLOSE_ENOUGH = 1e-5
"""How well the bandwidth of a point fits its number of neighbours."""

TWICE = np.float32(2.0)

NEGATIVES = np.float32(5.0)
"""Random others that push a vertex away, for each neighbour that pulls with full strength."""

STEEPEST = np.float32(4.0)
"""Greatest move along an axis by one other vertex, before the learning rate."""

FIRST_BITS = np.int32((127 - 20) << 23)
"""Bits of 2^-20 as float32: the least squared distance that forces are tabulated for."""

SHIFT = 17
CELLS = 64 * 40
"""Forces are tabulated in 64 cells for each factor of two of the squared distance, up to 2^20."""


@numba.njit(cache=True, parallel=True)
def weigh_neighbours(distances: np.ndarray, floor: float, weights: np.ndarray) -> None:
    """Weigh the neighbours of each point, exp(-(d - nearest)/bandwidth).

    The bandwidth makes the weights of a point add up to log2 of the neighbours, itself included.

    Parameters
    ----------
    distances : float32, shape (n, m)
        Nearest first.
    floor : float
        Least bandwidth where all distances are zero, and a thousandth of a point's own mean
        distance elsewhere.
    weights : float32, shape (n, m)
        Filled.
    """
    n, m = distances.shape
    target = np.log2(m + 1.0)
    for i in numba.prange(n):
        nearest, total = 0.0, 0.0
        for j in range(m):
            total += distances[i, j]
            if nearest == 0.0:
                nearest = float(distances[i, j])
        lo, hi, width = 0.0, np.inf, 1.0
        for _ in range(BISECTIONS):
            added = 0.0
            for j in range(m):
                added += np.exp(-max(0.0, distances[i, j] - nearest) / width)
            if abs(added - target) < CLOSE_ENOUGH:
                break
            if added > target:
                hi = width
            else:
                lo = width
            width = 0.5 * (lo + hi) if hi < np.inf else 2.0 * width
        width = max(width, 1e-3 * total / (m + 1) if nearest > 0.0 else floor)
        for j in range(m):
            weights[i, j] = np.exp(-max(0.0, distances[i, j] - nearest) / width)


@numba.njit(cache=True)
def join_neighbours(
    neighbours: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join the graphs of all points into one, by the union of fuzzy sets: w + v - w v.

    Parameters
    ----------
    neighbours : int32, shape (n, m)
    weights : float32, shape (n, m)

    Returns
    -------
    starts : int64, shape (n + 1,)
        Vertex i has the edges starts[i]:starts[i + 1].
    ends : int32, shape (n_edges,)
        The other vertex; each edge stands with both of its vertices.
    joined : float32, shape (n_edges,)
    """
    n, m = neighbours.shape
    back = np.zeros((n, m), np.float32)
    mutual = np.zeros((n, m), np.bool_)
    size = np.full(n, m)
    for i in range(n):
        for j in range(m):
            other = neighbours[i, j]
            for k in range(m):
                if neighbours[other, k] == i:
                    back[i, j], mutual[i, j] = weights[other, k], True
            if not mutual[i, j]:
                size[other] += 1
    starts = np.zeros(n + 1, np.int64)
    starts[1:] = np.cumsum(size)
    ends, joined = np.empty(starts[n], np.int32), np.empty(starts[n], np.float32)
    filled = starts[:-1].copy()
    for i in range(n):
        for j in range(m):
            other, w, v = neighbours[i, j], weights[i, j], back[i, j]
            ends[filled[i]], joined[filled[i]] = other, w + v - w * v
            filled[i] += 1
            if not mutual[i, j]:
                ends[filled[other]], joined[filled[other]] = i, w
                filled[other] += 1
    return starts, ends, joined


@numba.njit(cache=True, parallel=True, fastmath={"contract"})
def move_vertices(
    places: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    rates: np.ndarray,
    pull: np.ndarray,
    push: np.ndarray,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """Let neighbours pull and random others push, ever more gently.

    An edge pulls at every epoch, as strongly as umap-learn's sampling of edges does on average;
    that is less noisy. Pushing others are drawn as often as there.

    Parameters
    ----------
    places : float32, shape (n, 2)
        Where vertices start.
    starts, ends : shapes (n + 1,) and (n_edges,)
        As `join_neighbours` gives them.
    rates : float32, shape (n_edges,)
        Strength of an edge, 0 to 1.
    pull, push : float32, shape (CELLS, 2)
        Forces over distance as `tabulate_forces` gives them, and their steps to the next cell.
    epochs : int
    seed : int

    Returns
    -------
    float32, shape (n, 2)
    """
    n = places.shape[0]
    count = np.uint64(n)
    old, new = places.copy(), places.copy()
    for epoch in range(epochs):
        alpha = np.float32(1.0 - epoch / epochs)
        for i in numba.prange(n):
            x, y = old[i, 0], old[i, 1]
            state = _mix(np.uint64(seed) ^ _mix(np.uint64(epoch) * count + np.uint64(i)))
            for e in range(starts[i], starts[i + 1]):
                dx, dy = x - old[ends[e], 0], y - old[ends[e], 1]
                force = _look_up(pull, dx * dx + dy * dy)
                # The edge acts at both of its ends, so each end moves twice.
                x -= TWICE * rates[e] * alpha * _clip(force * dx)
                y -= TWICE * rates[e] * alpha * _clip(force * dy)
                state += np.uint64(0x9E3779B97F4A7C15)
                bits = _mix(state)
                chance = np.float32(bits >> np.uint64(40)) * np.float32(2.0**-24)
                for _ in range(int(NEGATIVES * rates[e] + chance)):
                    bits = bits * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                    k = np.int64(((bits >> np.uint64(32)) * count) >> np.uint64(32))
                    dx, dy = x - old[k, 0], y - old[k, 1]
                    force = _look_up(push, dx * dx + dy * dy)
                    x += alpha * _clip(force * dx)
                    y += alpha * _clip(force * dy)
            new[i, 0], new[i, 1] = x, y
        old, new = new, old
    return old


def tabulate_forces(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate the forces of UMAP over the squared distance, where powers would be slow.

    Parameters
    ----------
    a, b : float
        Of the curve 1/(1 + a d^2b).

    Returns
    -------
    pull, push : float32, shape (CELLS, 2)
        Force over distance at the lower edge of a cell, and the step to the next.
    """
    bits = FIRST_BITS + (np.arange(CELLS + 1, dtype=np.int64) << SHIFT)
    squared = bits.astype(np.int32).view(np.float32).astype(np.float64)
    curve = 1 + a * squared**b
    return _cells(2 * a * b * squared ** (b - 1) / curve), _cells(
        2 * b / ((0.001 + squared) * curve)
    )


def _cells(values: np.ndarray) -> np.ndarray:
    return np.stack([values[:-1], np.diff(values)], axis=1).astype(np.float32)


@numba.njit(inline="always")
def _mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(inline="always")
def _clip(step: np.float32) -> np.float32:
    return min(max(step, -STEEPEST), STEEPEST)


@numba.njit(inline="always")
def _look_up(table: np.ndarray, squared: np.float32) -> np.float32:
    bits = np.float32(squared).view(np.int32) - FIRST_BITS
    bits = min(max(bits, np.int32(0)), np.int32((CELLS << SHIFT) - 1))
    cell = bits >> SHIFT
    within = np.float32(bits & np.int32((1 << SHIFT) - 1)) * np.float32(1.0 / (1 << SHIFT))
    return table[cell, 0] + within * table[cell, 1]
