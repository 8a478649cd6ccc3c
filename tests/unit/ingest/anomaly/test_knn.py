"""Neighbours: a lone spectrum is far, and a repeat of it does not hide it."""

import numpy as np

from ingest.anomaly.knn import NearestNeighbours
from tests.unit.ingest.anomaly.samples import ODD, gather_sample, make_grid, score


def test_the_odd_one_is_the_farthest_though_it_was_observed_five_times():
    flux, ivar = make_grid(240)
    flux[100:104], sources = flux[ODD], np.arange(240)
    sources[100:104] = ODD
    sample, _ = gather_sample(flux, ivar, np.arange(240), sources, "divided", 6)
    reach = score(NearestNeighbours("knn", "divided", 3), sample)
    assert set(np.argsort(-reach)[:5]) == {ODD, 100, 101, 102, 103}
