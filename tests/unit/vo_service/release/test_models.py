"""The service's reader of models against ingest, which made them."""

import numpy as np
import pytest

from ingest.anomaly.pca_chi2 import WindowModel, fit_window, judge_windows
from ingest.maps.components import project, reconstruct
from ingest.prepare.normalise import divide_by_median
from ingest.storage import pack
from ingest.subspaces import Window
from vo_service.errors import FatalError
from vo_service.release.models import read_model

PIXELS = 400
X = np.linspace(-1, 1, PIXELS)
WINDOWS = [
    Window(f"w{i:02d}", 0.0, 0.0, slice(start, stop))
    for i, (start, stop) in enumerate([(3, 103), (53, 153), (103, 253), (153, 303), (253, 390)])
]
"""Of several widths, and not over the whole grid."""

FIRST, LAST = 3, 390


def make_spectra(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return flux and ivar of tilted spectra with a line each, noise and gaps."""
    random = np.random.default_rng(seed)
    level, slope, strength = random.uniform((2, -0.6, 0), (9, 0.6, 3), (count, 3)).T[:, :, None]
    clean = level * (1 + slope * X + strength * np.exp(-0.5 * ((X - 0.2) / 0.02) ** 2))
    ivar = np.full(clean.shape, 25.0) * random.uniform(0.5, 2, (count, 1))
    flux = clean + random.normal(size=clean.shape) / np.sqrt(ivar)
    for row in range(count):
        start = random.integers(0, PIXELS - 20)
        ivar[row, start : start + 20] = 0
        flux[row, start : start + 20] = 0
    return flux.astype("f4"), ivar.astype("f4")


@pytest.fixture(scope="module")
def fitted() -> list[WindowModel]:
    flux, ivar = make_spectra(150, 1)
    # The last one has fewer components than the others.
    return [fit_window(WINDOWS, i, flux, ivar, 3 if i < 4 else 2) for i in range(len(WINDOWS))]


@pytest.fixture
def model(fitted, tmp_path):
    for window, made in zip(WINDOWS, fitted, strict=True):
        np.savez(tmp_path / f"window-{window.name}.npz", **pack(made))
    return read_model(tmp_path)


def theirs(fitted: list[WindowModel], flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Make a spectrum anew with ingest's own functions, windows mixed by their distance."""
    total, weight = np.zeros(PIXELS), np.zeros(PIXELS)
    for window in fitted:
        pixels = slice(window.first, window.last)
        scaled, scaled_ivar = divide_by_median(flux[None, pixels], ivar[None, pixels])
        made = reconstruct(window.pca, project(window.pca, scaled, scaled_ivar).coefficients)[0]
        size = window.last - window.first
        near = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))
        total[pixels] += near * made * np.median(flux[pixels][ivar[pixels] > 0])
        weight[pixels] += near
    return np.divide(total, weight, out=np.full(PIXELS, np.nan), where=weight > 0)


def test_it_makes_of_spectra_what_ingest_makes(model, fitted):
    flux, ivar = make_spectra(40, 2)
    for row in range(len(flux)):
        ours = model.reconstruct(flux[row], ivar[row])
        assert ours.dtype == np.float32
        expected = theirs(fitted, flux[row], ivar[row])
        assert np.allclose(ours, expected, rtol=5e-5, equal_nan=True)
        assert np.isfinite(ours[FIRST:LAST]).all()
        assert np.isnan(ours[[0, 1, 2, LAST]]).all()


def test_gaps_are_bridged(model):
    flux, ivar = make_spectra(1, 3)
    made = model.reconstruct(flux[0], ivar[0])[FIRST:LAST]
    gap = ivar[0, FIRST:LAST] == 0
    assert made[gap].min() > 0.5 * made[~gap].min()


def test_the_residual_of_a_spectrum_like_the_others_is_noise(model):
    flux, ivar = make_spectra(1, 4)
    sigma = (flux[0] - model.reconstruct(flux[0], ivar[0])) * np.sqrt(ivar[0])
    seen = sigma[FIRST:LAST][ivar[0, FIRST:LAST] > 0]
    assert seen.std() == pytest.approx(1, abs=0.15)


def test_what_is_odd_in_one_spectrum_is_left_where_the_detector_sees_it(model, fitted):
    flux, ivar = make_spectra(1, 5)
    ivar[0], odd = 25, 200
    flux[0] = 5 * (1 + 0.1 * X)
    flux[0, odd - 2 : odd + 3] += 3
    sigma = (flux[0] - model.reconstruct(flux[0], ivar[0])) * np.sqrt(ivar[0])
    judged = judge_windows(fitted, flux, ivar)
    strongest = np.nanargmax(judged.peak_sigma[0])
    assert abs(int(judged.peak_pixel[0, strongest]) - odd) <= 2
    assert np.nanargmax(sigma) in range(odd - 2, odd + 3)
    assert np.nanmax(sigma) > 8


def test_flux_in_a_gap_has_no_influence(model):
    flux, ivar = make_spectra(1, 6)
    spoiled = np.where(ivar[0] > 0, flux[0], np.float32(np.nan))
    assert np.array_equal(
        model.reconstruct(spoiled, ivar[0]), model.reconstruct(flux[0], ivar[0]), equal_nan=True
    )


def test_nothing_is_made_of_what_cannot_be_placed(model):
    flux, ivar = make_spectra(1, 7)
    assert np.isnan(model.reconstruct(-flux[0], ivar[0])).all()
    assert np.isnan(model.reconstruct(flux[0], 0 * ivar[0])).all()
    ivar[0] = 25
    ivar[0, 200:] = 0
    made = model.reconstruct(flux[0], ivar[0])
    assert np.isfinite(made[FIRST:200]).all()
    assert np.isnan(made[303:]).all(), "no window there has half of its pixels"


def test_no_file_is_no_model(tmp_path):
    assert read_model(tmp_path) is None
    assert read_model(tmp_path / "absent") is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short"])
def test_a_spoiled_file_is_told(tmp_path, content):
    (tmp_path / "window-w01.npz").write_bytes(content)
    with pytest.raises(FatalError, match="cannot be read"):
        read_model(tmp_path)
