"""Folds: no source on both sides, enough unaltered spectra, none at all in a large survey."""

import numpy as np
import pytest

from ingest.compare.folds import FOLDS, choose_spectra, find_folds


def choose(count, reference):
    sources = np.arange(count)
    sources[1] = 0
    order = np.random.default_rng(2).permutation(count)
    return (*choose_spectra(order, sources, np.arange(reference)), sources)


@pytest.mark.parametrize(("count", "folds"), [(60, 5), (700, 5), (1000, 4), (2000, 2), (9000, 2)])
def test_a_small_survey_is_fitted_anew_until_enough_spectra_are_scored(count, folds):
    rows, found, _ = choose(count, count)
    assert found == folds
    assert len(set(rows.tolist())) == rows.size == min(count, 2500)


def test_of_a_large_one_those_are_taken_whose_sources_no_model_has_seen():
    rows, folds, sources = choose(9000, 5000)
    assert folds == 0
    assert rows.size == 2000
    assert not set(sources[rows].tolist()) & set(sources[:5000].tolist())


def test_spectra_of_one_source_are_in_one_fold_whatever_the_order():
    sources = np.random.default_rng(0).integers(0, 40, 200)
    folds = find_folds(sources, 3)
    assert all(len(set(folds[sources == s])) == 1 for s in np.unique(sources))
    assert set(folds.tolist()) == set(range(FOLDS))
    back = np.random.default_rng(1).permutation(200)
    assert (find_folds(sources[back], 3) == folds[back]).all()
