"""Where spectra are alike: flat, with a tilt beside, each spectrum on its own."""

import numpy as np
import pytest

from ingest.maps.metric import TILT_WEIGHT, divide_by_line, metric_space

N_PIX = 120
X = np.linspace(-1, 1, N_PIX)


def spectra(n=40):
    random = np.random.default_rng(6)
    flux = 1 + 0.2 * random.standard_normal((n, 1)) * np.exp(-0.5 * (X / 0.05) ** 2)
    return (flux * 8).astype("f4"), np.full((n, N_PIX), 25, "f4")


def test_the_line_is_the_least_squares_one():
    flux, ivar = spectra()
    flux = flux * (1 + 0.4 * X).astype("f4")
    ivar[:, :15] = 0
    made, _, _ = divide_by_line(flux, ivar)
    fit = np.polynomial.polynomial.polyfit(X[15:], flux[:, 15:].T, 1)
    line = fit[0][:, None] + fit[1][:, None] * X[15:]
    assert made[:, 15:] == pytest.approx(flux[:, 15:] / line, rel=1e-5)
    assert (made[:, :15] == 0).all()


def test_scale_and_tilt_of_a_line_are_taken_out():
    straight = np.ones((1, N_PIX), "f4") * (3 + 2 * X).astype("f4")
    made, ivar, tilt = divide_by_line(straight, np.full_like(straight, 4))
    assert made == pytest.approx(1, abs=1e-5)
    assert ivar == pytest.approx(4 * straight**2, rel=1e-4)
    assert tilt[0] == pytest.approx(np.linalg.norm(straight[0] / 3 - 1), rel=1e-5)
    assert divide_by_line(straight[:, ::-1], np.ones_like(straight))[2] == pytest.approx(-tilt)


def test_gaps_do_not_change_the_tilt():
    straight = np.ones((1, N_PIX), "f4") * (3 + 2 * X).astype("f4")
    ivar = np.ones_like(straight)
    whole = divide_by_line(straight, ivar)[2]
    ivar[:, 70:] = 0
    assert divide_by_line(straight, ivar)[2] == pytest.approx(whole, rel=1e-4)


def test_signal_over_noise_stays():
    flux, ivar = spectra()
    made, weight, _ = divide_by_line(flux, ivar)
    assert made * np.sqrt(weight) == pytest.approx(flux * np.sqrt(ivar), rel=1e-4)


def test_a_line_that_comes_near_zero_is_not_divided_by():
    flux = (1 + 1.2 * X[None]).astype("f4")
    made, _, tilt = divide_by_line(flux, np.ones_like(flux))
    assert made == pytest.approx(flux / flux.mean(), rel=1e-4)
    assert tilt == 0


def test_nothing_is_made_of_no_flux():
    flux = np.stack([-np.ones(N_PIX), np.full(N_PIX, np.nan), np.ones(N_PIX)]).astype("f4")
    ivar = np.ones_like(flux)
    ivar[2] = 0
    for made in divide_by_line(flux, ivar):
        assert (made == 0).all()


def test_other_spectra_have_no_influence():
    flux, ivar = spectra()
    whole = divide_by_line(flux, ivar)
    parts = [divide_by_line(flux[i : i + 7], ivar[i : i + 7]) for i in range(0, 40, 7)]
    for one, cut in zip(whole, zip(*parts, strict=True), strict=True):
        assert one.tobytes() == np.concatenate(cut).tobytes()


def test_half_of_the_tilt_counts():
    components = np.zeros((2, 3), "f4")
    components[1] = [3, 4, 0]
    points = metric_space(components, np.array([0, 24], "f4"))
    assert points.dtype == np.float32
    assert np.linalg.norm(points[1] - points[0]) == pytest.approx(np.hypot(5, TILT_WEIGHT * 24))
