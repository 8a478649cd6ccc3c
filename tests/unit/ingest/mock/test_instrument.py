"""The spectrograph: noise, its told variance, calibration, sky and gaps, on a flat spectrum."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from ingest.mock.instrument import Observed, observe
from ingest.mock.stars import WAVE

SN, COUNT = 40.0, 60


@pytest.fixture(scope="module")
def observed() -> list[Observed]:
    flat = np.full(WAVE.size, 50.0)
    return [observe(flat, 0.05, SN, None, np.random.default_rng([1, i])) for i in range(COUNT)]


def test_signal_to_noise_is_what_was_asked_for(observed: list[Observed]) -> None:
    sn = [np.median((o.flux * np.sqrt(o.ivar))[o.ivar > 0]) for o in observed]
    assert np.mean(sn) == pytest.approx(SN, rel=0.03)


def test_neighbouring_pixels_are_correlated_as_in_sdss(observed: list[Observed]) -> None:
    residuals = np.array([_residual(o) for o in observed])
    scatter = residuals.var(axis=1).mean()
    lags = [(residuals[:, k:] * residuals[:, :-k]).mean() / scatter for k in (1, 2, 3)]
    assert lags[0] == pytest.approx(0.17, abs=0.02)
    assert lags[1] == pytest.approx(0, abs=0.02)
    assert lags[2] == pytest.approx(0, abs=0.02)


def test_told_variance_is_right_in_the_mean_and_wrong_by_up_to_a_fifth(
    observed: list[Observed],
) -> None:
    blocks = np.array([_residual(o)[:1200].reshape(3, 400) for o in observed])
    ratio = blocks.var(axis=2)  # true variance over the told one
    assert ratio.mean() == pytest.approx(1, abs=0.04)
    assert ratio.min() > 0.8 - 4 * 0.075
    assert ratio.max() < 1.25 + 4 * 0.075
    # With a right variance the scatter would be that of 400 pixels.
    assert ratio.std() > 1.2 * np.sqrt(2 / 400)


def test_calibration_is_wrong_by_one_to_two_percent(observed: list[Observed]) -> None:
    errors = [_trend(o) / o.model[_clean(o)] - 1 for o in observed]
    scatter = np.array([e.std() for e in errors])
    assert 0.006 < np.median(scatter) < 0.022
    assert scatter.max() < 0.04
    shapes = np.array([(e - e.mean())[:1300] for e in errors])
    share = np.linalg.svd(shapes, compute_uv=False) ** 2
    assert share[0] / share.sum() < 0.75  # not one curve for all


def test_the_brightest_sky_line_leaves_a_residual(observed: list[Observed]) -> None:
    at_line, beside = [], []
    for o in observed:
        wave = 10 ** (o.loglam0 + 1e-4 * np.arange(o.flux.size))
        pulls = np.abs(o.flux - o.model) * np.sqrt(o.ivar)
        at_line.append(pulls[np.abs(wave - 5578.9) < 2].max())
        beside.append(pulls[np.abs(wave - 5540) < 2].max())
    assert np.median(at_line) > 3 * np.median(beside)


def test_the_red_sky_is_noisier(observed: list[Observed]) -> None:
    for o in observed:
        wave = 10 ** (o.loglam0 + 1e-4 * np.arange(o.flux.size))
        sigma = np.where(o.ivar > 0, np.maximum(o.ivar, 1e-9) ** -0.5, np.nan)
        quiet = np.nanmedian(sigma[(wave > 6400) & (wave < 6800)])
        assert np.nanmax(sigma[(wave > 8700) & (wave < 9050)]) > 1.3 * quiet
        assert o.sky[(wave > 8700) & (wave < 9050)].max() > 3 * np.median(o.sky)


def test_bad_pixels_have_no_weight_and_a_mask_bit(observed: list[Observed]) -> None:
    for o in observed:
        np.testing.assert_array_equal(o.ivar == 0, o.mask != 0)
        assert np.isfinite(o.flux).all()
        assert np.isfinite(o.ivar).all()
    shares = np.array([(o.ivar == 0).mean() for o in observed])
    assert 0 < np.median(shares) < 0.02
    assert shares.max() < 0.06


def test_some_spectra_lack_an_end(observed: list[Observed]) -> None:
    ends = [max((o.ivar[:20] == 0).sum(), (o.ivar[-20:] == 0).sum()) for o in observed]
    assert 0 < sum(end == 20 for end in ends) < COUNT / 4


def _clean(o: Observed) -> np.ndarray:
    wave = 10 ** (o.loglam0 + 1e-4 * np.arange(o.flux.size))
    return (wave > 4000) & (wave < 5500)


def _trend(o: Observed) -> np.ndarray:
    """Fit what is smooth, by a polynomial that knows nothing of how it was made."""
    clean = _clean(o)
    x = np.linspace(-1, 1, clean.sum())
    weight = np.sqrt(o.ivar[clean])
    return chebyshev.chebval(x, chebyshev.chebfit(x, o.flux[clean], 12, w=weight))


def _residual(o: Observed) -> np.ndarray:
    """Return noise over the told one, shape (1300,); masked pixels 0."""
    clean = _clean(o)
    return ((o.flux[clean] - _trend(o)) * np.sqrt(o.ivar[clean]))[:1300]
