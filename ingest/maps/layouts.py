"""Methods that lay a region's points out on a plane, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from ingest.errors import SettingsError
from ingest.maps import pacmap_map, tsne_map, umap_learn_map, umap_map
from ingest.maps.pca_map import main_plane
from ingest.settings import IngestSettings

LayOut = Callable[[np.ndarray, np.ndarray, np.ndarray, int, IngestSettings], np.ndarray]
"""Makes places of points, neighbours, distances, seed and settings."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to make a map.

    Attributes
    ----------
    title : str
        As published.
    lay_out : callable
    package : str
        Module of an optional package that it needs; empty for none.
    """

    title: str
    lay_out: LayOut
    package: str = ""


METHODS: Mapping[str, Method] = {
    "umap": Method(
        "UMAP",
        lambda points, near, reach, seed, s: umap_map.lay_out(
            points, near, reach, seed, s.map_epochs, s.map_min_dist
        ),
    ),
    "umap_learn": Method(
        "UMAP by umap-learn",
        lambda points, near, reach, seed, s: umap_learn_map.lay_out(
            points, near, reach, seed, s.map_epochs, s.map_min_dist
        ),
        "umap",
    ),
    "pca": Method("First two components", lambda points, near, reach, seed, s: main_plane(points)),
    "tsne": Method(
        "t-SNE", lambda points, near, reach, seed, s: tsne_map.lay_out(points, seed), "openTSNE"
    ),
    "pacmap": Method(
        "PaCMAP",
        lambda points, near, reach, seed, s: pacmap_map.lay_out(points, near, seed),
        "pacmap",
    ),
}


def check_methods(names: tuple[str, ...]) -> None:
    """Refuse methods that are not there.

    Raises
    ------
    SettingsError
        When there is none, a name is unknown or given twice, or its package is not installed.
    """
    if not names:
        raise SettingsError(f"Setting 'map_methods' is empty. Choose from: {', '.join(METHODS)}.")
    for name in names:
        if name not in METHODS:
            raise SettingsError(f"Unknown map method '{name}'. There are: {', '.join(METHODS)}.")
        package = METHODS[name].package
        if package and find_spec(package) is None:
            raise SettingsError(
                f"Map method '{name}' needs the package '{package}': "
                "install it with pip install 'oddsky[maps]'."
            )
    if len(set(names)) < len(names):
        raise SettingsError("Setting 'map_methods' names a method twice.")


def lay_out(
    method: str,
    points: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    ids: np.ndarray,
    seed: int,
    settings: IngestSettings,
) -> np.ndarray:
    """Lay points out on a plane, the same for any order of the rows and number of threads.

    Parameters
    ----------
    method : str
        A name of `METHODS`.
    points : float32, shape (n, k)
        In the space where similarity is computed, the strongest axis first.
    neighbours : int32, shape (n, m)
        Row numbers of the nearest other points, nearest first.
    distances : float32, shape (n, m)
    ids : int64, shape (n,)
        Identifiers, all different: the points are taken in their order.
    seed : int
    settings : IngestSettings

    Returns
    -------
    float32, shape (n, 2)

    Raises
    ------
    SettingsError
        When the method is unknown or its package is not installed.
    """
    check_methods((method,))
    order = np.argsort(ids)
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    near, reach = _in_order(place[neighbours[order]], distances[order])
    taken = np.ascontiguousarray(points[order], np.float32)
    layout = METHODS[method].lay_out(taken, near, reach, seed, settings)
    return layout[place]


def _in_order(neighbours: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put neighbours at equal distances in the order of their identifiers."""
    order = np.lexsort((neighbours, distances), axis=1)
    near = np.take_along_axis(neighbours, order, axis=1)
    return near, np.ascontiguousarray(np.take_along_axis(distances, order, axis=1), np.float32)
