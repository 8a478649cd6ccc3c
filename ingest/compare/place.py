"""Lists by place on a map: in an order, and in groups, in which alike ones stand together."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

CHANCE_FRIENDS = 0.5
"""Friends that a member of a list drawn at random from the map would have, at most."""

_HILBERT_BITS = 16


def order_by_place(xy: np.ndarray) -> np.ndarray:
    """Order places so that near ones stand together, along a Hilbert curve.

    The leaves of a tree of average linkage make no shorter way (of 500 places 104 against 102, of
    2000 218 against 207) and a longer worst step, and take minutes for some thousands. The order
    of the rows changes nothing but that of equal places.

    Parameters
    ----------
    xy : float, shape (n, 2)
        NaN where a row has no place.

    Returns
    -------
    int64, shape (n,)
        Row numbers in order; those without a place last.
    """
    placed = np.isfinite(xy).all(axis=1)
    rows = np.flatnonzero(placed)
    rows = rows[np.lexsort(xy[rows].T[::-1])]
    points = np.asarray(xy[rows], np.float64)
    return np.concatenate([rows[_hilbert(points)], np.flatnonzero(~placed)])


def group_by_place(members: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Group the members of a list that stand together on a map.

    Two are friends when each is among the other's m nearest spectra on the map, where m is such
    that a list drawn at random would find `CHANCE_FRIENDS` there: the scale is the map's own, in
    dense parts and in empty ones. Friends of friends are a group.

    Parameters
    ----------
    members : int64, shape (g,)
        Rows of the list, the strangest first.
    xy : float, shape (n_spec, 2)
        The map, of all spectra; NaN where a spectrum is not on it.

    Returns
    -------
    int32, shape (g,)
        1 for the largest group, of equal ones that with the strangest member; 0 for a member that
        stands alone or is not on the map.
    """
    group = np.zeros(members.size, np.int32)
    on_map = np.isfinite(xy).all(axis=1)
    placed = np.flatnonzero(on_map[members])
    if placed.size > 1:
        points = np.asarray(xy[members[placed]], np.float64)
        reach = _reach(points, np.asarray(xy[on_map], np.float64))
        group[placed] = _numbered(_components(points, reach))
    return group


def _reach(points: np.ndarray, everyone: np.ndarray) -> np.ndarray:
    """Return the distance within which each point has its m nearest."""
    nearest = int(CHANCE_FRIENDS * len(everyone) / len(points))
    nearest = min(max(nearest, 1), len(everyone) - 1)
    # The first of all is the point itself.
    return KDTree(everyone).query(points, k=[nearest + 1])[0][:, 0]


def _components(points: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Join points that lie within the reach of one another."""
    tree = KDTree(points)
    counts = tree.query_ball_point(points, reach, return_length=True)
    near = tree.query_ball_point(points, reach)
    one = np.repeat(np.arange(len(points)), counts)
    other = np.concatenate([np.asarray(rows, np.int64) for rows in near])
    size = (len(points), len(points))
    seen = coo_array((np.ones(one.size, np.int8), (one, other)), shape=size).tocsr()
    return connected_components(seen.multiply(seen.T), directed=False)[1]


def _numbered(labels: np.ndarray) -> np.ndarray:
    """Give groups numbers by size, then by first member; 0 to those of one."""
    _, first, label, size = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    number = np.empty(size.size, np.int32)
    number[np.lexsort((first, -size))] = np.arange(1, size.size + 1)
    return np.where(size > 1, number, 0).astype(np.int32)[label]


def _hilbert(points: np.ndarray) -> np.ndarray:
    """Order points along a Hilbert curve through the square that holds them."""
    if len(points) == 0:
        return np.empty(0, np.int64)
    low = points.min(axis=0)
    span = max(float((points.max(axis=0) - low).max()), np.finfo(float).tiny)
    cells = ((points - low) / span * (2**_HILBERT_BITS - 1)).astype(np.int64)
    x, y = cells.T
    along = np.zeros(len(points), np.int64)
    for bit in reversed(range(_HILBERT_BITS)):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        along = 4 * along + ((3 * right) ^ upper)
        flipped = (upper == 0) & (right == 1)
        x, y = (np.where(flipped, 2**_HILBERT_BITS - 1 - c, c) for c in (x, y))
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
    return np.argsort(along, kind="stable")
