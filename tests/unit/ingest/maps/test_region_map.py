"""A region's map as it is published: coverage, the two oddnesses, ranks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.maps.region_map import make_map, rank_oddness, rank_scores
from ingest.maps.region_model import fit_region, place_in_region
from ingest.settings import IngestSettings

N_SPEC, N_PIX = 80, 50
SETTINGS = IngestSettings(components_region=4, map_epochs=50)


@pytest.fixture(scope="module")
def survey():
    random = np.random.default_rng(8)
    shapes = random.standard_normal((3, N_PIX))
    line = np.stack([np.ones(N_PIX), np.linspace(-1, 1, N_PIX)])
    shapes -= shapes @ np.linalg.pinv(line) @ line  # no spectrum differs in level or tilt
    flux = 10 + random.standard_normal((N_SPEC, 3)) @ shapes
    flux = (flux + 0.05 * random.standard_normal((N_SPEC, N_PIX))).astype("f4")
    ivar = np.full(flux.shape, 400, "f4")
    flux[7, 20:24] += 5  # off the plane of the components
    flux[9] = 10 + 4 * shapes[0]  # far within it
    ivar[3, :40] = 0  # hardly covered
    return flux, ivar


def map_spectra(flux, ivar, order=None):
    order = np.arange(len(flux)) if order is None else order
    model = fit_region(slice(0, N_PIX), flux, ivar, np.arange(len(flux)), 3, 50, 0.85, 1)
    places = place_in_region(model, flux[order], ivar[order])
    return make_map(places, order, order, SETTINGS)


@pytest.fixture(scope="module")
def points(survey):
    return map_spectra(*survey)


def test_spectra_that_hardly_cover_the_region_are_not_on_the_map(points):
    assert points.coverage[3] == pytest.approx(0.2)
    assert np.isnan(points.xy[3]).all()
    assert np.isnan(points.far[3])
    assert (points.neighbours[3] == -1).all()
    assert not (points.neighbours == 3).any()


def test_all_others_are_on_it(points):
    assert np.isfinite(np.delete(points.xy, 3, axis=0)).all()


def test_each_oddness_sees_what_the_other_cannot(points):
    assert np.nanargmax(points.resid) == 7
    assert np.nanargmax(points.far) == 9


def test_quality_is_stored(points):
    assert points.quality["n_spectra"] == N_SPEC - 1
    assert 0.5 < points.quality["trustworthiness"] <= 1
    assert 0 < points.quality["kept_neighbours"] <= 1
    assert points.quality["n_components"] == 3


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_handful_of_spectra_is_mapped(survey, n):
    flux, ivar = survey[0][10 : 10 + n], survey[1][10 : 10 + n]
    points = map_spectra(flux, ivar)
    assert points.xy.shape == (n, 2)


def test_the_order_of_rows_changes_nothing(survey, points):
    flux, ivar = survey
    model = fit_region(slice(0, N_PIX), flux, ivar, np.arange(len(flux)), 3, 50, 0.85, 1)
    order = np.random.default_rng(0).permutation(N_SPEC)
    again = make_map(place_in_region(model, flux[order], ivar[order]), order, order, SETTINGS)
    for name in ("xy", "far", "resid", "isolation", "distances"):
        one, two = getattr(points, name)[order], getattr(again, name)
        assert np.array_equal(one, two, equal_nan=True), name


def test_no_spectrum_covers_the_region(survey):
    flux, ivar = survey
    points = map_spectra(flux, np.zeros_like(ivar))
    assert np.isnan(points.xy).all()
    assert points.quality["n_spectra"] == 0


def test_ranks_are_one_for_the_greatest_and_zero_for_unknown():
    assert rank_scores(np.array([1.0, np.nan, 5.0, 5.0])).tolist() == [3, 0, 1, 2]


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40))
def test_ranks_number_the_known_scores(values):
    score = np.array([np.nan if v is None else v for v in values], float)
    rank = rank_scores(score)
    known = ~np.isnan(score)
    assert sorted(rank[known]) == list(range(1, known.sum() + 1))
    assert (rank[~known] == 0).all()


def test_either_oddness_is_enough():
    far = np.array([9.0, 1.0, 2.0, 3.0, np.nan])
    resid = np.array([1.0, 9.0, 2.0, 3.0, np.nan])
    rank, _, _ = rank_oddness(far, resid)
    assert set(rank[:2]) == {1, 2}
    assert rank[3] == 3
    assert rank[4] == 0
