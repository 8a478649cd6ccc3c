"""The service's reader of models against ingest, which made them."""

import numpy as np
import pytest

from ingest.maps.components import project, reconstruct
from ingest.maps.metric import divide_by_line
from ingest.maps.region_model import RegionModel, fit_region
from ingest.storage import pack
from vo_service.errors import FatalError
from vo_service.release.models import fit_line, read_model

PIXELS, FIRST, LAST = 400, 3, 390
X = np.linspace(-1, 1, PIXELS)


def make_spectra(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return flux and ivar of tilted spectra with a line each, noise and gaps."""
    random = np.random.default_rng(seed)
    level, slope, strength = random.uniform((2, -1, 0), (9, 1, 3), (count, 3)).T[:, :, None]
    clean = level * (1 + slope * X + strength * np.exp(-0.5 * ((X - 0.2) / 0.02) ** 2))
    ivar = np.full(clean.shape, 25.0) * random.uniform(0.5, 2, (count, 1))
    flux = clean + random.normal(size=clean.shape) / np.sqrt(ivar)
    for row in range(count):
        start = random.integers(0, PIXELS - 20)
        ivar[row, start : start + 20] = 0
        flux[row, start : start + 20] = 0
    return flux.astype("f4"), ivar.astype("f4")


@pytest.fixture(scope="module")
def fitted() -> RegionModel:
    flux, ivar = make_spectra(150, 1)
    return fit_region(slice(FIRST, LAST), flux, ivar, np.arange(150), 5, 10, 0.85, 0)


@pytest.fixture
def model(fitted, tmp_path):
    np.savez(tmp_path / "region-whole.npz", **pack(fitted))
    return read_model(tmp_path)


def test_it_makes_of_spectra_what_ingest_makes(model, fitted):
    flux, ivar = make_spectra(40, 2)
    inside_flux, inside_ivar = flux[:, FIRST:LAST], ivar[:, FIRST:LAST]
    flat, weight, _ = divide_by_line(inside_flux, inside_ivar)
    theirs = reconstruct(fitted.pca, project(fitted.pca, flat, weight).coefficients)
    for row in range(len(flux)):
        ours = model.reconstruct(flux[row], ivar[row])
        there = inside_ivar[row] > 0
        line = inside_flux[row][there] / flat[row][there]
        assert np.allclose(ours[FIRST:LAST][there], theirs[row][there] * line, rtol=2e-5)
        assert np.isnan(ours[:FIRST]).all()
        assert np.isnan(ours[LAST:]).all()


def test_gaps_are_bridged(model):
    flux, ivar = make_spectra(1, 3)
    made = model.reconstruct(flux[0], ivar[0])[FIRST:LAST]
    gap = ivar[0, FIRST:LAST] == 0
    assert np.isfinite(made).all()
    assert made[gap].min() > 0.5 * made[~gap].min()


def test_the_residual_of_a_spectrum_like_the_others_is_noise(model):
    flux, ivar = make_spectra(1, 4)
    sigma = (flux[0] - model.reconstruct(flux[0], ivar[0])) * np.sqrt(ivar[0])
    seen = sigma[FIRST:LAST][ivar[0, FIRST:LAST] > 0]
    assert seen.std() == pytest.approx(1, abs=0.15)


def test_flux_in_a_gap_has_no_influence(model):
    flux, ivar = make_spectra(1, 5)
    spoiled = np.where(ivar[0] > 0, flux[0], np.float32(np.nan))
    assert np.array_equal(
        model.reconstruct(spoiled, ivar[0]), model.reconstruct(flux[0], ivar[0]), equal_nan=True
    )


@pytest.mark.parametrize("spoil", ["thin", "negative", "empty"])
def test_nothing_is_made_of_what_cannot_be_placed(model, spoil):
    flux, ivar = make_spectra(1, 6)
    if spoil == "negative":
        flux = -flux
    ivar[0, 100 : {"thin": 170, "negative": 100, "empty": 100}[spoil]] = 0
    ivar = ivar * (spoil != "empty")
    assert np.isnan(model.reconstruct(flux[0], ivar[0])).all()


@pytest.mark.parametrize("slope", [0.0, 0.5, 5.0])
def test_a_line_that_falls_to_zero_is_not_divided_by(slope):
    line = fit_line((1 + slope * X).astype("f4"), np.ones(PIXELS, bool))
    assert np.allclose(line, 1 if slope == 5 else 1 + slope * X, atol=1e-5)


def test_no_file_is_no_model(tmp_path):
    assert read_model(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short"])
def test_a_spoiled_file_is_told(tmp_path, content):
    (tmp_path / "region-whole.npz").write_bytes(content)
    with pytest.raises(FatalError, match="cannot be read"):
        read_model(tmp_path)
