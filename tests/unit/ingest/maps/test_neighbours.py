"""Neighbours against brute force, with points that coincide."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ingest.maps import neighbours as searching
from ingest.maps.neighbours import distance_to_last, find_nearest, find_neighbours


def test_they_are_those_of_brute_force():
    points = np.random.default_rng(0).standard_normal((200, 5)).astype("f4")
    found, distances = find_neighbours(points, 10)
    every = cdist(points, points)
    np.fill_diagonal(every, np.inf)
    assert (found == np.argsort(every, axis=1)[:, :10]).all()
    assert np.allclose(distances, np.sort(every, axis=1)[:, :10], atol=1e-3)


def test_points_that_coincide_never_name_themselves():
    points = np.zeros((30, 3), "f4")
    found, distances = find_neighbours(points, 10)
    assert (found != np.arange(30)[:, None]).all()
    assert (distances == 0).all()
    assert all(len(set(row)) == 10 for row in found.tolist())


@pytest.mark.parametrize(("n", "wanted", "given"), [(0, 5, 0), (1, 5, 0), (2, 5, 1), (4, 5, 3)])
def test_few_points_have_fewer(n, wanted, given):
    found, distances = find_neighbours(np.random.default_rng(0).random((n, 2), "f4"), wanted)
    assert found.shape == distances.shape == (n, given)


def test_the_inverted_file_finds_nearly_all(monkeypatch):
    points = np.random.default_rng(0).standard_normal((4000, 8)).astype("f4")
    exact, _ = find_neighbours(points, 10)
    monkeypatch.setattr(searching, "EXACT_UP_TO", 1000)
    near, _ = find_neighbours(points, 10)
    kept = (exact[:, :, None] == near[:, None, :]).any(axis=2).mean()
    assert kept > 0.9


def test_repeats_of_the_same_source_are_passed_over():
    points = np.array([[0.0], [0.01], [0.02], [5.0], [7.0], [100.0]], "f4")
    sources = np.array([0, 0, 0, 3, 4, 5])
    found, distances = find_neighbours(points, 5)
    assert distance_to_last(sources[found], distances, sources, 1)[0] == pytest.approx(5.0)
    assert distance_to_last(sources[found], distances, sources, 2)[0] == pytest.approx(7.0)


def test_with_too_few_others_the_last_known_counts():
    points = np.array([[0.0], [1.0], [3.0]], "f4")
    found, distances = find_neighbours(points, 2)
    assert distance_to_last(found, distances, np.arange(3), 9)[0] == pytest.approx(3.0)


def test_nearest_points_to_others_are_those_of_brute_force():
    random = np.random.default_rng(1)
    points, asking = random.random((60, 4), "f4"), random.random((25, 4), "f4")
    nearest, distances = find_nearest(points, asking, 3)
    every = cdist(asking, points)
    assert (nearest == np.argsort(every, axis=1)[:, :3]).all()
    assert np.allclose(distances, np.sort(every, axis=1)[:, :3], atol=1e-3)
