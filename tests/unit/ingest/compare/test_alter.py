"""Altered copies: each kind changes what it says, where it says, and nothing that is hidden."""

import numpy as np
import pytest

from ingest.compare.alter import ALTERATIONS, Parent, alter, can_be_parent
from ingest.subspaces import GRID

Z = 0.05
SIGMA = 0.02


@pytest.fixture
def parent():
    random = np.random.default_rng(1)
    level = 10 * np.ones(GRID.pixels)
    ivar = np.full(GRID.pixels, (10 * SIGMA) ** -2)
    ivar[1000:1010] = 0
    other = 3 * (1 + 0.5 * np.sin(np.arange(GRID.pixels) / 9))
    noise = random.normal(0, 10 * SIGMA, GRID.pixels)
    return Parent(level + noise, ivar, Z, other, np.ones(GRID.pixels))


def change(parent, kind, amplitude, seed=3):
    flux, ivar = alter(parent, kind, amplitude, np.random.default_rng(seed))
    there = (ivar > 0) & (parent.ivar > 0)
    return np.where(there, flux - parent.flux, 0), flux, ivar


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_gaps_stay_gaps_and_chance_goes_by_the_seed(parent, kind):
    amplitude = max(ALTERATIONS[kind].amplitudes)
    _, flux, ivar = change(parent, kind, amplitude)
    if kind != "wrong_redshift":
        assert ((ivar > 0) == (parent.ivar > 0)).all()
    assert (flux[ivar == 0] == 0).all()
    assert np.isfinite(flux).all()
    assert (change(parent, kind, amplitude)[1] == flux).all()


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_a_greater_amplitude_is_a_greater_change(parent, kind):
    if kind in ("wrong_redshift", "double_peaks"):
        pytest.skip("its amplitude is a distance")
    sizes = [np.abs(change(parent, kind, a)[0]).sum() for a in ALTERATIONS[kind].amplitudes]
    assert sizes == sorted(sizes)


def test_a_stray_line_is_as_high_as_it_says(parent):
    added, _, _ = change(parent, "stray_line", 40.0)
    assert added.max() == pytest.approx(40 * 10 * SIGMA, rel=0.1)
    # Full width at half maximum of 2.35 times 1.6 Angstrom, observed.
    wide = np.diff(GRID.wave[added > added.max() / 2][[0, -1]])[0] * (1 + Z)
    assert wide == pytest.approx(2.355 * 1.6, abs=1.3)


def test_a_step_lies_at_the_join_of_the_arms_in_the_observed_frame(parent):
    _, flux, _ = change(parent, "flux_step", 0.1)
    blue = GRID.wave * (1 + Z) < 6000
    there = parent.ivar > 0
    ratio = flux[there] / parent.flux[there]
    assert ratio[blue[there]] == pytest.approx(1, abs=1e-6)
    assert ratio[~blue[there]] == pytest.approx(1.1, rel=1e-6)


def test_an_outflow_takes_the_equivalent_width_that_it_says_where_it_is_thin(parent):
    lost = -change(parent, "nad_outflow", 0.3)[0] / parent.flux
    width = np.gradient(GRID.wave)
    assert (lost * width).sum() == pytest.approx(0.3, rel=0.1)
    centre = (GRID.wave * lost).sum() / lost.sum()
    assert 200 < (5894.3 - centre) / 5894.3 * 299792.458 < 520


def test_a_wrong_redshift_moves_features_to_the_blue(parent):
    spike = parent.flux.copy()
    spike[2000] = 500
    moved = Parent(spike, parent.ivar, Z, parent.other_flux, parent.other_ivar)
    flux, ivar = alter(moved, "wrong_redshift", 0.005, np.random.default_rng(0))
    expected = 2000 - round(np.log10((1 + Z + 0.005) / (1 + Z)) / 1e-4)
    assert flux.argmax() == expected
    assert (ivar[-10:] == 0).all()


def test_two_peaks_stand_as_far_apart_as_they_say(parent):
    added, _, _ = change(parent, "double_peaks", 600.0)
    near = np.abs(GRID.wave / 6564.632 - 1) * 299792.458 < 420
    peaks = np.flatnonzero(near & (added > np.roll(added, 1)) & (added > np.roll(added, -1)))
    apart = (GRID.wave[peaks[-1]] - GRID.wave[peaks[0]]) / 6564.632 * 299792.458
    assert apart == pytest.approx(600, abs=75)


def test_spectra_without_light_or_pixels_are_no_parents(parent):
    flux = np.stack([parent.flux, -parent.flux, parent.flux])
    ivar = np.stack([parent.ivar, parent.ivar, np.where(np.arange(GRID.pixels) < 900, 1, 0)])
    assert can_be_parent(flux, ivar).tolist() == [True, False, False]
