"""Layouts: the same again, groups kept apart, and small surveys too."""

import numpy as np
import pytest

from ingest.maps.neighbours import find_neighbours
from ingest.maps.umap_map import lay_out


def two_groups(n=120):
    random = np.random.default_rng(3)
    points = random.standard_normal((n, 6)).astype("f4")
    points[n // 2 :, 0] += 30
    return points


def make(points, seed=0, count=15):
    return lay_out(points, *find_neighbours(points, count), seed, 200, 0.1)


def test_the_same_seed_gives_the_same_map():
    assert (make(two_groups()) == make(two_groups())).all()


def test_another_seed_gives_another_map():
    assert not np.allclose(make(two_groups()), make(two_groups(), seed=1))


def test_groups_far_apart_stay_apart():
    xy = make(two_groups())
    nearest = find_neighbours(xy, 1)[0][:, 0]
    assert ((np.arange(120) < 60) == (nearest < 60)).mean() > 0.97


@pytest.mark.parametrize("n", [0, 1, 2, 5, 11])
def test_a_handful_of_spectra_has_a_map(n):
    xy = make(np.random.default_rng(0).standard_normal((n, 4)).astype("f4"))
    assert xy.shape == (n, 2)
    assert np.isfinite(xy).all()


def test_equal_spectra_have_a_map():
    assert np.isfinite(make(np.ones((40, 4), "f4"))).all()
