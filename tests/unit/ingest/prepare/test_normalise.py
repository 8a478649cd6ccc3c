import numpy as np
import pytest

from ingest.prepare.normalise import coverage, divide_by_median


def spectra(rows: int = 8, pixels: int = 101) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    flux = rng.normal(5, 1, (rows, pixels)).astype(np.float32)
    ivar = rng.uniform(1, 2, (rows, pixels)).astype(np.float32)
    ivar[rng.random((rows, pixels)) < 0.3] = 0
    return np.where(ivar > 0, flux, 0).astype(np.float32), ivar


def test_coverage_is_the_share_that_is_present() -> None:
    ivar = np.array([[1, 0, 2, 0], [0, 0, 0, 0], [1, 1, 1, 1]], np.float32)
    assert coverage(ivar).tolist() == [0.5, 0.0, 1.0]
    assert coverage(ivar[:, 1:3]).tolist() == [0.5, 0.0, 1.0]
    assert coverage(ivar).dtype == np.float32


@pytest.mark.parametrize("pixels", [slice(None), slice(10, 60)])
def test_the_median_of_what_is_present_becomes_one(pixels: slice) -> None:
    flux, ivar = spectra()
    scaled, weights = divide_by_median(flux, ivar, pixels)
    median = np.nanmedian(np.where(ivar > 0, flux, np.nan)[:, pixels], axis=1)[:, None]
    assert scaled == pytest.approx(flux[:, pixels] / median, rel=1e-6)
    assert weights == pytest.approx(ivar[:, pixels] * median**2, rel=1e-6)
    assert (scaled.dtype, weights.dtype) == (np.float32, np.float32)
    assert (scaled**2 * weights) == pytest.approx((flux**2 * ivar)[:, pixels], rel=1e-5)


def test_what_cannot_be_scaled_is_missing() -> None:
    flux, ivar = spectra(4)
    flux[0] *= -1
    ivar[1] = 0
    flux[2] = 0
    scaled, weights = divide_by_median(flux, ivar)
    assert not scaled[:3].any()
    assert not weights[:3].any()
    assert weights[3].any()


def test_nan_is_missing() -> None:
    flux, ivar = spectra(2)
    clean, clean_ivar = flux.copy(), ivar.copy()
    place = np.flatnonzero(ivar[0] > 0)[:7]
    flux[0, place], clean[0, place], clean_ivar[0, place] = np.nan, 0, 0
    for found, expected in zip(
        divide_by_median(flux, ivar), divide_by_median(clean, clean_ivar), strict=True
    ):
        assert np.array_equal(found, expected)
