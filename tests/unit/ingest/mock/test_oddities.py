"""What is planted is seen in the spectrum, as strong as its label says."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.mock.galaxies import draw_galaxies, make_spectra
from ingest.mock.oddities import (
    KINDS,
    Planted,
    change_galaxies,
    change_observed,
    change_rest,
    written_redshift,
)
from ingest.mock.stars import WAVE

Z = 0.05
OBSERVED = 10 ** (3.58 + 1e-4 * np.arange(3840))


@pytest.fixture(scope="module")
def galaxy() -> np.ndarray:
    return make_spectra(draw_galaxies(1, np.random.default_rng(8)))[0]


def test_every_kind_changes_something(galaxy: np.ndarray) -> None:
    for kind, oddity in KINDS.items():
        odd = Planted(0, kind, oddity.amplitudes[0])
        changed = {
            "rest": lambda odd=odd: not np.allclose(_rest(galaxy, odd), galaxy, rtol=0.01),
            "observed": lambda odd=odd: not np.allclose(_observed(odd), 10, rtol=0.01),
            "written": lambda odd=odd: written_redshift(Z, odd) != Z,
            "galaxy": lambda odd=odd: _with(odd).split_kms[0] > 0,
        }
        assert changed[oddity.where](), kind


@pytest.mark.parametrize("amplitude", KINDS["sn_ia"].amplitudes)
def test_supernova_adds_its_share_and_a_silicon_trough(
    galaxy: np.ndarray, amplitude: float
) -> None:
    light = _rest(galaxy, Planted(0, "sn_ia", amplitude)) - galaxy
    assert _at(light, 5500) == pytest.approx(amplitude, rel=0.15)
    assert _at(light, 6150) < 0.8 * 0.5 * (_at(light, 5950) + _at(light, 6400))


@pytest.mark.parametrize("amplitude", KINDS["double_peaked"].amplitudes[1:])
def test_double_peaks_are_as_far_apart_as_told(amplitude: float) -> None:
    twin = replace(_with(Planted(0, "double_peaked", amplitude)), wing_share=np.zeros(3))
    gas = (make_spectra(twin) - make_spectra(replace(twin, halpha_ew=np.zeros(3))))[0]
    velocity = (WAVE / 5008.24 - 1) * 299792.458
    blue, red = (velocity > -600) & (velocity < 0), (velocity > 0) & (velocity < 600)
    peaks = [velocity[side][np.argmax(gas[side])] for side in (blue, red)]
    assert peaks[1] - peaks[0] == pytest.approx(amplitude, abs=90)
    assert gas[np.argmin(np.abs(velocity))] < 0.7 * gas[blue].max()


@pytest.mark.parametrize("amplitude", KINDS["broad_lines"].amplitudes)
def test_broad_lines_have_the_equivalent_width_of_their_label(
    galaxy: np.ndarray, amplitude: float
) -> None:
    added = _rest(galaxy, Planted(0, "broad_lines", amplitude)) - galaxy
    near = (WAVE > 6200) & (WAVE < 6900)
    flux = np.trapezoid(added[near], WAVE[near])
    assert flux / _at(galaxy, 6450) == pytest.approx(amplitude, rel=0.1)
    wide = WAVE[near][added[near] > added[near].max() / 2]
    assert (wide[-1] - wide[0]) / 6564.6 * 299792 > 2000


def test_outflow_absorbs_to_the_blue_of_sodium(galaxy: np.ndarray) -> None:
    ratio = _rest(galaxy, Planted(0, "nad_outflow", 1.5)) / galaxy
    near = (WAVE > 5840) & (WAVE < 5930)
    centre = np.average(WAVE[near], weights=1 - ratio[near])
    assert 5880 < centre < 5892
    width = np.trapezoid(1 - ratio[near], WAVE[near])
    assert width == pytest.approx(1.5, rel=0.2)


def test_blend_and_imposters_are_other_spectra(galaxy: np.ndarray) -> None:
    blend = _rest(galaxy, Planted(0, "blend", 1.0)) - galaxy
    assert np.median(blend) == pytest.approx(1, rel=0.5)
    dwarf = _rest(galaxy, Planted(0, "white_dwarf", 12000.0))
    hbeta = 4862.69 / (1 + Z)  # of a star at rest, in the frame of the redshift it does not have
    assert _at(dwarf, hbeta) < 0.8 * 0.5 * (_at(dwarf, hbeta - 120) + _at(dwarf, hbeta + 120))
    quasar = _rest(galaxy, Planted(0, "quasar", 0.8))
    magnesium = 2799.1 * 1.8 / (1 + Z)
    assert _at(quasar, magnesium) > 1.3 * _at(quasar, magnesium + 300)


@pytest.mark.parametrize("amplitude", KINDS["flux_step"].amplitudes)
def test_step_lies_at_the_join_of_the_arms(amplitude: float) -> None:
    flux = _observed(Planted(0, "flux_step", amplitude))
    jump = int(np.argmax(np.abs(np.diff(flux))))
    assert OBSERVED[jump] == pytest.approx(6000, abs=10)
    assert flux[-1] / flux[0] == pytest.approx(1 + amplitude)


@pytest.mark.parametrize("amplitude", KINDS["fringing"].amplitudes)
def test_fringes_are_in_the_red(amplitude: float) -> None:
    flux = _observed(Planted(0, "fringing", amplitude)) / 10 - 1
    assert np.abs(flux[OBSERVED > 8500]).max() == pytest.approx(amplitude, rel=0.05)
    assert np.abs(flux[OBSERVED < 5000]).max() < 0.05 * amplitude


def test_stray_line_is_one_narrow_line_as_high_as_told() -> None:
    flux = _observed(Planted(0, "stray_line", 40.0)) - 10
    assert flux.max() / 0.1 == pytest.approx(40, rel=0.1)
    assert (flux > flux.max() / 2).sum() < 8


def test_wrong_redshift_is_wrong_by_its_label() -> None:
    assert written_redshift(Z, Planted(0, "wrong_redshift", 0.02)) - Z == pytest.approx(0.02)
    assert written_redshift(Z, Planted(0, "sn_ia", 0.15)) == Z


def _rest(galaxy: np.ndarray, odd: Planted) -> np.ndarray:
    return change_rest(galaxy, odd, Z, np.random.default_rng(2))


def _observed(odd: Planted) -> np.ndarray:
    flat, sigma = np.full(OBSERVED.size, 10.0), np.full(OBSERVED.size, 0.1)
    return change_observed(flat, OBSERVED, sigma, odd, np.random.default_rng(2))


def _with(odd: Planted):
    return change_galaxies(draw_galaxies(3, np.random.default_rng(8)), [odd])


def _at(spectrum: np.ndarray, wave: float) -> float:
    return float(np.median(spectrum[np.abs(WAVE - wave) < 8]))
