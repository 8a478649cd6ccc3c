"""Planting: a plain oddity is found by those who should find it, in a small survey fitted anew."""

import numpy as np
import pytest

from ingest.compare.planted import list_plainest, list_turns, make_copies, score_fold, score_joint
from ingest.plan import Plan, Reference, fit_all
from ingest.settings import IngestSettings
from ingest.subspaces import GRID

SETTINGS = IngestSettings(
    regions=("nad",), forest_trees=10, forest_rows=60, isolation_trees=10, detector_components=4
)


def make_survey(count, seed):
    random = np.random.default_rng(seed)
    x = np.linspace(-1, 1, GRID.pixels)
    tilt, wave = random.normal(0, 0.1, (2, count, 1))
    flux = 10 * (1 + tilt * x + wave * np.sin(5 * x))
    flux = flux + 0.2 * random.standard_normal(flux.shape)
    ids = 1000 * seed + np.arange(count)
    z = np.full(count, 0.05)
    return Reference(ids, ids, z, flux.astype("f4"), np.full(flux.shape, 25, "f4"))


@pytest.fixture(scope="module")
def found():
    plan, reference, held_out = Plan.make(SETTINGS), make_survey(150, 1), make_survey(60, 2)
    models = fit_all(plan, reference)
    return score_fold(plan, models, reference, held_out, 2)


def test_every_list_scores_copies_and_unaltered_spectra(found):
    lists = {name.partition("/")[2] for name in found if name.startswith("plain/")}
    assert {"pca_narrow", "forest_v2", "knn", "window:w01", "far:nad", "resid:nad"} <= lists
    for name in lists:
        assert found[f"plain/{name}"].shape == (60,)
        assert found[f"copy/{name}"].shape == found["kind"].shape


def test_plain_oddities_exceed_all_unaltered_spectra_where_they_should(found):
    def strangest(kind, name):
        rows = found["kind"] == kind
        rows &= found["amplitude"] == found["amplitude"][rows].max()
        return (found[f"copy/{name}"][rows] > found[f"plain/{name}"].max()).all()

    assert strangest("stray_line", "pca_narrow")
    assert strangest("nad_outflow", "resid:nad")
    assert strangest("sn_ia", "pca_mean")
    assert strangest("blend", "pca_mean")


def test_copies_of_each_kind_and_amplitude_are_made():
    turns = list_turns(2)
    copies = make_copies(make_survey(40, 3), turns, 5)
    assert list(zip(copies.kind.tolist(), copies.amplitude.tolist(), strict=True)) == turns
    assert (copies.parent < 40).all()


def test_copies_that_are_fitted_together_are_few():
    found = score_joint(Plan.make(SETTINGS), make_survey(200, 4))
    assert found["kind"].tolist() == [list_plainest(1)[0][0]]
    assert found["plain/knn"].shape == (200,)
