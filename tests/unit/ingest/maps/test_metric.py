"""Where spectra are alike: blind to tilts, calm about tails, each spectrum on its own."""

import numpy as np
import pytest

from ingest.maps.metric import divide_by_line, fit_scale, metric_space

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
    made, _ = divide_by_line(flux, ivar)
    fit = np.polynomial.polynomial.polyfit(X[15:], flux[:, 15:].T, 1)
    assert made[:, 15:] == pytest.approx(
        flux[:, 15:] / (fit[0][:, None] + fit[1][:, None] * X[15:])
    )
    assert (made[:, :15] == 0).all()


def test_scale_and_tilt_of_a_line_are_forgotten():
    straight = np.ones((1, N_PIX), "f4") * (3 + 2 * X).astype("f4")
    made, ivar = divide_by_line(straight, np.full_like(straight, 4))
    assert made == pytest.approx(1, abs=1e-5)
    assert ivar == pytest.approx(4 * straight**2, rel=1e-4)


def test_signal_over_noise_stays():
    flux, ivar = spectra()
    made, weight = divide_by_line(flux, ivar)
    assert made * np.sqrt(weight) == pytest.approx(flux * np.sqrt(ivar), rel=1e-4)


def test_a_line_that_comes_near_zero_is_not_divided_by():
    flux = (1 + 1.2 * X[None]).astype("f4")
    made, _ = divide_by_line(flux, np.ones_like(flux))
    assert made == pytest.approx(flux / flux.mean(), rel=1e-4)


def test_nothing_is_made_of_no_flux():
    flux = np.stack([-np.ones(N_PIX), np.full(N_PIX, np.nan), np.ones(N_PIX)]).astype("f4")
    ivar = np.ones_like(flux)
    ivar[2] = 0
    made, weight = divide_by_line(flux, ivar)
    assert (made == 0).all()
    assert (weight == 0).all()


def test_other_spectra_have_no_influence():
    flux, ivar = spectra()
    whole = divide_by_line(flux, ivar)[0]
    parts = [divide_by_line(flux[i : i + 7], ivar[i : i + 7])[0] for i in range(0, 40, 7)]
    assert whole.tobytes() == np.concatenate(parts).tobytes()
    scale = fit_scale(whole[:, :9])
    places = metric_space(whole[:, :9], scale)
    parts = [metric_space(whole[i : i + 7, :9], scale) for i in range(0, 40, 7)]
    assert places.tobytes() == np.concatenate(parts).tobytes()


def test_small_differences_stay_and_tails_are_drawn_in():
    components = np.random.default_rng(2).standard_normal((5000, 2)).astype("f4") * [3, 0.1] + 7
    scale = fit_scale(components)
    assert scale.spread == pytest.approx([3, 0.1], rel=0.05)
    near = scale.centre + 0.1 * scale.spread
    assert metric_space(near[None], scale)[0] == pytest.approx(0.1 * scale.spread, rel=0.01)
    far = metric_space((scale.centre + 1000 * scale.spread)[None], scale)[0]
    assert (far < 10 * scale.spread).all()
    farther = metric_space((scale.centre + 2000 * scale.spread)[None], scale)[0]
    assert (farther > far).all()


def test_components_without_spread_divide_by_nothing():
    components = np.full((5, 2), 3, "f4")
    assert (metric_space(components, fit_scale(components)) == 0).all()
