"""Methods by name: the same for any order of the rows, truer than chance, refused by name."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from ingest.errors import SettingsError
from ingest.maps import layouts, umap_map
from ingest.maps.layouts import METHODS, check_methods, lay_out
from ingest.maps.neighbours import find_neighbours
from ingest.settings import IngestSettings

SETTINGS = IngestSettings(map_epochs=100)
N = 300


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(4)
    latent = random.standard_normal((N, 2))
    made = np.tanh(latent @ random.standard_normal((2, 6))) * [3, 2, 1, 1, 0.5, 0.5]
    made[N // 2 :, 0] += 20
    return (made + 0.01 * random.standard_normal((N, 6))).astype("f4")


def make(method, points, ids, seed=5):
    return lay_out(method, points, *find_neighbours(points, 15), ids, seed, SETTINGS)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_rows_changes_nothing(method, points):
    ids = np.random.default_rng(0).permutation(10 * N)[:N].astype(np.int64)
    turned = np.random.default_rng(1).permutation(N)
    one, other = make(method, points, ids), make(method, points[turned], ids[turned])
    assert one.dtype == np.float32
    assert one.shape == (N, 2)
    assert one[turned].tobytes() == other.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_neighbours_stay_together_and_groups_apart(method, points):
    xy = make(method, points, np.arange(N))
    assert trustworthiness(points, xy, n_neighbors=15) > 0.9
    nearest = find_neighbours(xy, 1)[0][:, 0]
    assert ((np.arange(N) < N // 2) == (nearest < N // 2)).mean() > 0.97


@pytest.mark.parametrize("method", ["umap", "umap_learn", "pacmap"])
def test_another_seed_gives_another_map(method, points):
    ids = np.arange(N)
    assert not np.allclose(make(method, points, ids), make(method, points, ids, seed=6))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 11])
def test_a_handful_of_spectra_has_a_map(method, n):
    xy = make(method, np.random.default_rng(0).standard_normal((n, 4)).astype("f4"), np.arange(n))
    assert xy.shape == (n, 2)
    assert np.isfinite(xy).all()


def test_many_points_start_from_a_sample(monkeypatch, points):
    monkeypatch.setattr(umap_map, "SAMPLE", 100)
    xy = make("umap", points, np.arange(N))
    assert trustworthiness(points, xy, n_neighbors=15) > 0.9


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("umpa",), "Unknown map method 'umpa'. There are: umap, umap_learn, pca, tsne, pacmap"),
        ((), "'map_methods' is empty"),
        (("umap", "umap"), "twice"),
    ],
)
def test_methods_that_are_not_there_are_named(names, words):
    with pytest.raises(SettingsError, match=words):
        check_methods(names)


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(layouts, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"'tsne' needs the package 'openTSNE'.*oddsky\[maps\]"):
        check_methods(("umap", "tsne"))
    check_methods(("umap", "pca"))


def test_only_the_method_that_is_asked_for_is_loaded():
    """Its compilation costs ten seconds in each process."""
    code = (
        "import sys, ingest.maps.layouts; print({'umap', 'pacmap', 'openTSNE'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
