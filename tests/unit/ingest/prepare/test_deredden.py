import numpy as np
import pytest

from ingest.prepare.deredden import deredden, extinction_curve

# Schlegel, Finkbeiner & Davis 1998, table 6: effective wavelength [Angstrom] and A / A(V) there.
PUBLISHED = {
    "Landolt U": (3372, 1.664),
    "Landolt B": (4404, 1.321),
    "Landolt V": (5428, 1.015),
    "Landolt R": (6509, 0.819),
    "Landolt I": (8090, 0.594),
    "Stroemgren beta": (4861, 1.182),
    "Gunn z": (9055, 0.472),
    "SDSS u": (3546, 1.579),
    "SDSS g": (4925, 1.161),
    "SDSS r": (6335, 0.843),
    "SDSS i": (7799, 0.639),
    "SDSS z": (9294, 0.453),
}


@pytest.mark.parametrize("band", PUBLISHED)
def test_the_curve_has_the_published_values(band: str) -> None:
    wave, expected = PUBLISHED[band]
    assert extinction_curve(np.array(wave)) == pytest.approx(expected, abs=0.006)


def test_b_minus_v_is_what_r_v_says() -> None:
    for r_v in (2.5, 3.1, 5.0):
        a_b, a_v = extinction_curve(1e4 / np.array([2.27, 1.82]), r_v)
        assert (a_b - a_v) * r_v == pytest.approx(1, abs=0.02)


def test_the_curve_is_smooth_and_ends_where_it_is_not_known() -> None:
    wave = np.arange(3100.0, 30000.0)
    curve = extinction_curve(wave)
    assert (np.diff(curve) < 0).all() or np.abs(np.diff(curve)).max() < 0.01
    assert np.isnan(extinction_curve(np.array([2900.0, 40000.0]))).all()


def test_flux_brightens_and_significance_stays() -> None:
    wave = np.array([3800.0, 5428.0, 9000.0])
    flux, ivar = np.full(3, 2, np.float32), np.full(3, 9, np.float32)
    bright, weights = deredden(flux, ivar, wave, np.float64(0.1))
    assert -2.5 * np.log10(flux / bright) == pytest.approx(0.31 * extinction_curve(wave), rel=1e-5)
    assert bright * np.sqrt(weights) == pytest.approx(flux * np.sqrt(ivar), rel=1e-6)


def test_what_is_not_known_stays_and_what_is_not_reached_is_missing() -> None:
    flux, ivar = np.ones(3, np.float32), np.ones(3, np.float32)
    bright, weights = deredden(
        flux, ivar, np.array([5000.0, 2000.0, 2000.0]), np.array([np.nan, np.nan, 0.1])
    )
    assert bright.tolist() == [1, 1, 0]
    assert weights.tolist() == [1, 1, 0]
