"""The kernels of UMAP: umap-learn's graph, its forces, and the same for any number of threads."""

import numba
import numpy as np
import pytest
from scipy.sparse import csr_array

from ingest.kernels.layout import move_vertices, tabulate_forces
from ingest.maps.neighbours import find_neighbours
from ingest.maps.umap_map import find_curve, join


@pytest.fixture(scope="module")
def found():
    points = np.random.default_rng(1).standard_normal((400, 5)).astype("f4")
    points[:30] = points[0]  # as where spectra coincide
    return points, *find_neighbours(points, 15)


def test_the_graph_is_umap_learns(found):
    from umap.umap_ import fuzzy_simplicial_set

    points, neighbours, distances = found
    own = np.arange(400, dtype=np.int32)[:, None]
    judge = fuzzy_simplicial_set(
        points, 16, None, "euclidean",
        knn_indices=np.hstack([own, neighbours]),
        knn_dists=np.hstack([np.zeros((400, 1), "f4"), distances]),
    )[0].toarray()  # fmt: skip
    starts, ends, weights = join(neighbours, distances)
    ours = csr_array((weights, ends, starts), shape=(400, 400)).toarray()
    assert np.allclose(ours, judge, atol=1e-4)


def test_the_curve_is_umap_learns():
    from umap.umap_ import find_ab_params

    for min_dist in (0.0, 0.1, 0.5):
        assert find_curve(min_dist) == pytest.approx(find_ab_params(1.0, min_dist), rel=1e-3)


@pytest.mark.parametrize("distance", [0.003, 0.1, 1.0, 7.0, 300.0])
def test_two_vertices_move_by_the_gradient_of_the_objective(distance):
    a, b = find_curve(0.1)
    places = np.array([[0, 0], [distance, 0]], "f4")
    starts, ends = np.array([0, 1, 2]), np.array([1, 0], np.int32)
    rates = np.array([0.1, 0.1], "f4")  # too weak to be pushed by others, but for chance
    pull, push = tabulate_forces(a, b)
    moved = move_vertices(places, starts, ends, rates, pull, 0 * push, 1, 0)
    slope = 2 * a * b * distance ** (2 * b - 1) / (1 + a * distance ** (2 * b))
    assert moved[0, 0] == pytest.approx(2 * 0.1 * min(slope, 4), rel=1e-3)
    assert moved[0, 0] == pytest.approx(distance - moved[1, 0], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("squared", [1e-4, 0.01, 0.5, 3.0, 1e3, 1e5])
def test_tabulated_forces_are_the_formulas(squared):
    a, b = find_curve(0.1)
    pull, push = tabulate_forces(a, b)
    cell = (np.float32(squared).view(np.int32) >> 17) - ((127 - 20) << 6)
    curve = 1 + a * squared**b
    for table, force in (
        (pull, 2 * a * b * squared ** (b - 1) / curve),
        (push, 2 * b / ((0.001 + squared) * curve)),
    ):
        lower, step = table[cell]
        assert lower * (1 + 1e-6) >= force >= (lower + step) * (1 - 1e-6)
        assert abs(step) < 0.05 * force


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread alone")
def test_threads_change_nothing(found):
    _, neighbours, distances = found
    starts, ends, weights = join(neighbours, distances)
    places = np.random.default_rng(2).random((400, 2), "f4") * 10
    made = []
    before = numba.get_num_threads()
    for threads in (1, 2):
        numba.set_num_threads(threads)
        tables = tabulate_forces(*find_curve(0.1))
        made.append(move_vertices(places, starts, ends, weights, *tables, 50, 3).tobytes())
    numba.set_num_threads(before)
    assert made[0] == made[1]
