"""The principal plane: scikit-learn's, with a fixed sign."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ingest.maps.pca_map import main_plane


def test_it_is_scikit_learns_but_for_the_sign():
    random = np.random.default_rng(3)
    points = (random.standard_normal((200, 5)) * [0.5, 3, 1, 2, 0.1] + 4).astype("f4")
    judge = PCA(2).fit_transform(points.astype(float))
    plane = main_plane(points)
    assert plane.dtype == np.float32
    assert np.abs(plane) == pytest.approx(np.abs(judge), abs=1e-4)
    # The second of the five axes spreads most: the first of the plane points along it.
    assert np.corrcoef(plane[:, 0], points[:, 1])[0, 1] > 0.9


@pytest.mark.parametrize("shape", [(0, 4), (1, 4), (3, 1), (3, 0)])
def test_axes_that_there_are_not_are_zero(shape):
    plane = main_plane(np.arange(np.prod(shape), dtype="f4").reshape(shape))
    assert plane.shape == (shape[0], 2)
    assert np.isfinite(plane).all()
    if shape[1] < 2:
        assert (plane[:, 1] == 0).all()
