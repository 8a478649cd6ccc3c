"""Repeats of one source: over the sky's seams, and against astropy."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from ingest.compare.repeats import find_primary, find_sources

ARCSEC = 1 / 3600


def groups(ra, dec, z):
    return find_sources(np.array(ra, float), np.array(dec, float), np.array(z, float)).tolist()


def test_within_two_arcseconds_at_one_redshift():
    assert groups([10, 10 + ARCSEC, 10], [0, 0, 3 * ARCSEC], [0.1, 0.1, 0.1]) == [0, 0, 2]


def test_another_redshift_is_another_source():
    assert groups([10, 10], [0, 0], [0.1, 0.11]) == [0, 1]
    assert groups([10, 10], [0, 0], [0.1, 0.1005]) == [0, 0]


def test_right_ascension_wraps():
    assert groups([0.0001, 359.9999], [0, 0], [0.1, 0.1]) == [0, 0]


def test_at_the_pole_right_ascension_means_nothing():
    assert groups([10, 190], [89.9999, 89.9999], [0.1, 0.1]) == [0, 0]


def test_three_spectra_in_a_chain_are_one_source():
    assert groups([10, 10 + 1.5 * ARCSEC, 10 + 3 * ARCSEC], [0, 0, 0], [0.1] * 3) == [0, 0, 0]


def test_nothing_at_all():
    assert groups([], [], []) == []


def test_pairs_are_those_that_astropy_finds():
    random = np.random.default_rng(6)
    ra, dec = random.uniform(0, 20 * ARCSEC, (2, 60))
    dec += 70
    sources = find_sources(ra, dec, np.full(60, 0.1))
    sky = SkyCoord(ra * u.deg, dec * u.deg)
    a, b = sky.search_around_sky(sky, 2 * u.arcsec)[:2]
    assert (sources[a] == sources[b]).all()
    lone = np.bincount(a, minlength=60) == 1
    assert (np.bincount(sources, minlength=60)[sources[lone]] == 1).all()


def test_the_primary_has_the_highest_signal_to_noise():
    sources = np.array([0, 0, 2, 0])
    assert find_primary(sources, np.array([5.0, 9.0, 1.0, 9.0])).tolist() == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("n", [0, 1])
def test_primary_of_next_to_nothing(n):
    assert find_primary(np.zeros(n, int), np.ones(n)).tolist() == [True] * n
