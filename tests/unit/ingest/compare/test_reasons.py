"""Reasons: named after lines, and after what is nearer than the galaxy."""

import numpy as np
import pytest

from ingest.anomaly.pca_chi2 import WindowResults
from ingest.compare.reasons import REASONS, find_reasons
from ingest.measure.linelist import read_lines
from ingest.subspaces import GRID, tile_windows

WINDOWS = tile_windows()
NO = len(WINDOWS)


def results_with(peaks, n_spec=1):
    """Return results with (row, window, rest wavelength, sigma) and nothing else."""
    sigma = np.full((n_spec, NO), np.nan, "f4")
    pixel = np.full((n_spec, NO), -1, "i4")
    for row, window, wave, size in peaks:
        sigma[row, window] = size
        pixel[row, window] = np.abs(GRID.wave - wave).argmin()
    blank = np.ones((n_spec, NO), "f4")
    return WindowResults(blank, blank, blank, sigma, pixel)


def reasons_of(peaks, z=0.1, n_spec=1, survey="sdss"):
    results = results_with(peaks, n_spec)
    return find_reasons(results, np.full(n_spec, z), WINDOWS, read_lines(), survey)


def test_a_departure_at_a_line_is_told_as_the_lines():
    found = reasons_of([(0, 16, 5891.6, -12.0)])
    assert read_lines()[found.line[0]].label.startswith("Na")
    assert found.text[0].startswith("deficit of 12.0 sigma at 589")
    assert "Na" in found.text[0]


def test_far_from_any_line_only_the_wavelength_is_told():
    found = reasons_of([(0, 14, 5550.0, 7.0)], z=0.12)
    assert found.line[0] == -1
    assert found.text[0] == "excess of 7.0 sigma at 5550 Angstrom"


@pytest.mark.parametrize(
    ("observed", "survey", "cause"),
    [
        (5578.9, "sdss", "sky"),
        (5891.6, "desi", "sodium"),
        (7650, "desi", "telluric"),
        (5950, "sdss", "arm_join"),
        (5950, "mock", "arm_join"),
        (5950, "desi", ""),
        (5780, "desi", "arm_join"),
        (5780, "sdss", ""),
        (5780, "table", ""),
        (5200, "sdss", ""),
    ],
)
def test_what_is_nearer_than_the_galaxy(observed, survey, cause):
    found = reasons_of([(0, 10, observed / 1.1, 9.0)], survey=survey)
    assert found.cause[0] == cause
    assert found.obs_wave[0] == pytest.approx(observed, rel=2e-4)


def test_the_strongest_comes_first_and_at_most_five():
    peaks = [(0, w, WINDOWS[w].lo + 80, 3.0 + w) for w in range(0, NO, 2)]
    found = reasons_of(peaks)
    assert found.rank.tolist() == list(range(1, REASONS + 1))
    assert (np.diff(np.abs(found.sigma)) < 0).all()


def test_one_departure_seen_by_two_windows_is_one_reason():
    found = reasons_of([(0, 7, 5000.0, 9.0), (0, 8, 5001.0, 8.0)])
    assert found.rank.tolist() == [1]


def test_a_spectrum_without_departures_has_no_reason():
    found = reasons_of([(1, 7, 5000.0, 9.0)], n_spec=3)
    assert found.row.tolist() == [1]
