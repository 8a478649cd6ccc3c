import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from specutils import Spectrum as SpecutilsSpectrum
from specutils.manipulation import FluxConservingResampler

from ingest.prepare.mask import SKY_RESIDUAL
from ingest.prepare.restframe import to_rest_grid
from ingest.subspaces import GRID
from tests.support.shared import shared_path
from tests.unit.ingest.prepare.spectra import make_batch, make_spectrum, observed_wave

LINEAR = np.arange(3600.0, 9824.0, 0.8)
"""DESI's grid [Angstrom]."""

ANY_Z = st.floats(-0.004, 2.5)


def smooth(wave: np.ndarray) -> np.ndarray:
    lines = sum(3 * np.exp(-0.5 * ((wave - c) / 6) ** 2) for c in (4200, 5150, 6000, 6900, 8400))
    return 2 + np.sin(wave / 300) + lines


def away_from_sky(z: float, margin: float = 2.0) -> np.ndarray:
    wave = GRID.wave * (1 + z)
    return (wave < SKY_RESIDUAL[0] - margin) | (wave > SKY_RESIDUAL[1] + margin)


def test_the_same_grid_is_the_identity_but_for_the_sky() -> None:
    rng = np.random.default_rng(1)
    flux, ivar = rng.normal(5, 2, GRID.pixels), rng.uniform(0.1, 9, GRID.pixels)
    gridded = to_rest_grid(make_batch(make_spectrum(flux, ivar)))
    sky = (GRID.wave >= SKY_RESIDUAL[0]) & (GRID.wave <= SKY_RESIDUAL[1])
    assert np.array_equal(gridded.flux[0], np.where(sky, 0, flux.astype(np.float32)))
    assert np.array_equal(gridded.ivar[0], np.where(sky, 0, ivar.astype(np.float32)))


@settings(deadline=None)
@given(z=ANY_Z, level=st.floats(-100, 1000), linear=st.booleans())
def test_a_constant_spectrum_stays_constant(z: float, level: float, linear: bool) -> None:
    wave = LINEAR if linear else None
    flux = np.full(LINEAR.size if linear else 4600, level)
    gridded = to_rest_grid(make_batch(make_spectrum(flux, z=z, loglam0=3.55, wave=wave)))
    present = gridded.ivar[0] > 0
    assert gridded.flux[0][present] == pytest.approx(level, rel=1e-5, abs=1e-5)
    assert not gridded.flux[0][~present].any()


@settings(deadline=None, max_examples=30)
@given(z=ANY_Z, linear=st.booleans())
def test_what_lies_off_the_spectrum_is_missing_and_nothing_else(z: float, linear: bool) -> None:
    spectrum = make_spectrum(
        np.ones(LINEAR.size if linear else 3800), 1, z, 3.58, LINEAR if linear else None
    )
    gridded = to_rest_grid(make_batch(spectrum))
    wave, grid = observed_wave(spectrum), GRID.wave * (1 + z)
    inside = (grid > wave[1]) & (grid < wave[-2])
    outside = (grid < wave[0] - 2) | (grid > wave[-1] + 2)
    clear = away_from_sky(z)
    assert (gridded.ivar[0] > 0)[inside & clear].all()
    assert not (gridded.ivar[0] > 0)[outside].any()
    assert not (gridded.ivar[0] > 0)[~away_from_sky(z, -2.0)].any()


@settings(deadline=None, max_examples=30)
@given(z=st.floats(0.0, 0.3), linear=st.booleans(), centre=st.floats(4100, 7000))
def test_flux_is_conserved(z: float, linear: bool, centre: float) -> None:
    wave = LINEAR if linear else 10 ** (3.55 + 1e-4 * np.arange(4600))
    if SKY_RESIDUAL[0] - 80 < centre * (1 + z) < SKY_RESIDUAL[1] + 80:
        centre += 200
    flux = np.exp(-0.5 * ((wave / (1 + z) - centre) / 3.0) ** 2)
    spectrum = make_spectrum(flux, z=z, loglam0=3.55, wave=wave if linear else None)
    gridded = to_rest_grid(make_batch(spectrum))
    observed = np.sum(flux * np.gradient(wave))
    rest = np.sum(gridded.flux[0] * np.gradient(GRID.wave)) * (1 + z)
    assert rest == pytest.approx(observed, rel=2e-4)


@pytest.mark.parametrize("z", [0.0, 0.0213, 0.0721, 0.3])
@pytest.mark.parametrize("linear", [True, False])
def test_agrees_with_specutils(z: float, linear: bool) -> None:
    wave = LINEAR if linear else 10 ** (3.55 + 1e-4 * np.arange(4600))
    flux = smooth(wave / (1 + z))
    spectrum = make_spectrum(flux, z=z, loglam0=3.55, wave=wave if linear else None)
    gridded = to_rest_grid(make_batch(spectrum))
    expected = FluxConservingResampler(extrapolation_treatment="nan_fill")(
        SpecutilsSpectrum(flux=flux * u.Jy, spectral_axis=wave / (1 + z) * u.AA), GRID.wave * u.AA
    )
    present = (gridded.ivar[0] > 0) & np.isfinite(expected.flux.value)
    assert present.sum() > 2700
    assert np.abs(gridded.flux[0] - expected.flux.value)[present].max() < 4e-5 * flux.max()


def test_agrees_with_specutils_on_a_real_spectrum() -> None:
    with fits.open(shared_path("data/sdss_dr14/native/spec-1665-52976-0198.fits")) as hdus:
        data = hdus[1].data
        flux, ivar, loglam = (data[n].astype(float) for n in ("flux", "ivar", "loglam"))
    z = 0.01656925
    gridded = to_rest_grid(make_batch(make_spectrum(flux, ivar, z, loglam0=3.5798)))
    wave = 10 ** (3.5798 + 1e-4 * np.arange(loglam.size))
    expected = FluxConservingResampler()(
        SpecutilsSpectrum(flux=flux * u.Jy, spectral_axis=wave / (1 + z) * u.AA), GRID.wave * u.AA
    )
    present = gridded.ivar[0] > 0
    difference = np.abs(gridded.flux[0] - expected.flux.value)[present]
    assert difference.max() < 2e-4 * np.nanmax(flux)


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("z", [0.0, 0.0312, 0.05])
def test_ivar_tells_the_scatter_of_correlated_noise(linear: bool, z: float) -> None:
    rng = np.random.default_rng(7)
    size, copies, rho = (LINEAR.size if linear else 4600), 600, 0.17
    # Moving average of white noise: unit variance, correlation rho between neighbours only.
    k = np.sqrt((1 - np.sqrt(1 - 4 * rho**2)) / 2)
    white = rng.normal(size=(copies, size + 1))
    sigma = np.linspace(0.5, 2, size)
    noise = (np.sqrt(1 - k**2) * white[:, 1:] + k * white[:, :-1]) * sigma
    wave = LINEAR if linear else None
    batch = make_batch(*(make_spectrum(row, sigma**-2, z, 3.55, wave) for row in noise))
    gridded = to_rest_grid(batch, rho)
    present = gridded.ivar[0] > 0
    chi2 = (gridded.flux**2 * gridded.ivar)[:, present].mean(axis=0)
    assert chi2.mean() == pytest.approx(1, abs=0.005)
    without = to_rest_grid(batch, 0.0)
    if not linear and z:
        assert (gridded.ivar < without.ivar)[:, present].all()


def test_median_chi2_does_not_depend_on_the_phase_between_the_grids() -> None:
    rng = np.random.default_rng(8)
    rho, copies = 0.17, 300
    k = np.sqrt((1 - np.sqrt(1 - 4 * rho**2)) / 2)
    medians = []
    for phase in np.arange(0, 1, 0.125):
        white = rng.normal(size=(copies, 4601))
        noise = np.sqrt(1 - k**2) * white[:, 1:] + k * white[:, :-1]
        loglam0 = 3.55 - phase * GRID.step
        gridded = to_rest_grid(
            make_batch(*(make_spectrum(row, np.ones(4600), 0.05, loglam0) for row in noise)), rho
        )
        dof = (gridded.ivar > 0).sum(axis=1)
        medians.append(np.median((gridded.flux**2 * gridded.ivar).sum(axis=1) / dof))
    # Of a spectrum's chi2/dof the scatter is some 3 %, of the median of 300 some 0.2 %.
    assert medians == pytest.approx(np.ones(8), abs=0.01)


def test_noise_of_a_half_pixel_shift_by_hand() -> None:
    v0, v1, rho = 4.0, 1.0, 0.17
    ivar = np.where(np.arange(4600) % 2, v1, v0)
    spectrum = make_spectrum(np.ones(4600), ivar, 0.0, GRID.loglam0 - 1000.5 * GRID.step)
    gridded = to_rest_grid(make_batch(spectrum), rho)
    expected = 1 / (0.25 / v0 + 0.25 / v1 + 2 * 0.25 * rho / np.sqrt(v0 * v1))
    assert gridded.ivar[0, :1000] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("spoil", ["nan flux", "nan ivar", "zero ivar", "inf flux", "minus ivar"])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.0005, 0.9997])
def test_a_bad_pixel_spoils_those_it_contributes_to(spoil: str, shift: float) -> None:
    flux, ivar = np.ones(4000), np.ones(4000)
    what, where = spoil.split()
    value = {"nan": np.nan, "zero": 0.0, "inf": np.inf, "minus": -1.0}[what]
    (flux if where == "flux" else ivar)[500] = value
    spectrum = make_spectrum(flux, ivar, 0.0, GRID.loglam0 - shift * GRID.step)
    gridded = to_rest_grid(make_batch(spectrum))
    missing = np.flatnonzero(gridded.ivar[0, :1000] == 0)
    expected = {0.0: [500], 0.3: [499, 500], 0.0005: [500], 0.9997: [499]}[shift]
    assert missing.tolist() == expected
    assert np.isfinite(gridded.flux).all()


def test_a_bad_pixel_of_a_linear_grid_spoils_what_overlaps_it() -> None:
    ivar = np.ones(LINEAR.size)
    ivar[1000] = 0
    gridded = to_rest_grid(make_batch(make_spectrum(np.ones(LINEAR.size), ivar, wave=LINEAR)))
    half = GRID.wave * GRID.step * np.log(10) / 2
    overlap = np.minimum(GRID.wave + half, LINEAR[1000] + 0.4) - np.maximum(
        GRID.wave - half, LINEAR[1000] - 0.4
    )
    assert np.array_equal(gridded.ivar[0, :900] == 0, overlap[:900] > 0.002 * half[:900])


def test_spectra_of_all_kinds_in_one_batch_do_not_mix() -> None:
    z = [0.02, None, 0.05, np.nan, -1.5, 5.0]
    log = [make_spectrum(np.full(4600, i + 1.0), z=z[i], loglam0=3.55) for i in range(6)]
    linear = make_spectrum(np.full(LINEAR.size, 9.0), z=0.03, wave=LINEAR)
    gridded = to_rest_grid(make_batch(*log[:3], linear, *log[3:]))
    for row, level in ((0, 1.0), (2, 3.0), (3, 9.0)):
        present = gridded.ivar[row] > 0
        assert present.mean() > 0.98
        assert gridded.flux[row][present] == pytest.approx(level)
    assert not gridded.ivar[[1, 4, 5, 6]].any()
    alone = to_rest_grid(make_batch(log[0]))
    assert np.array_equal(alone.ivar[0] > 0, gridded.ivar[0] > 0)


def test_no_spectrum_gives_no_rows() -> None:
    assert to_rest_grid(make_batch()).flux.shape == (0, GRID.pixels)
