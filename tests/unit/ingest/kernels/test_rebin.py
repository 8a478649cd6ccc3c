import numpy as np
import pytest

from ingest.kernels.rebin import rebin_overlap, shift_log

RNG = np.random.default_rng(5)
OFFSETS = np.array([0, 300, 700, 702, 702])
FLUX = RNG.normal(3, 1, 702).astype(np.float32)
IVAR = np.where(RNG.random(702) < 0.1, 0, RNG.uniform(1, 2, 702)).astype(np.float32)


def outputs() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((4, 350), np.float32), np.zeros((4, 350), np.float32)


@pytest.mark.parametrize("first", [-400, -349, -5, 0, 7, 299, 300, 701, 10**9, -(10**9)])
@pytest.mark.parametrize("weight", [0.0, 1e-4, 0.4, 0.9999])
def test_shifting_stays_within_each_spectrum(first: int, weight: float) -> None:
    compiled, plain = outputs(), outputs()
    places = np.full(4, first), np.full(4, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        for kernel, out in ((shift_log, compiled), (shift_log.py_func, plain)):
            kernel(FLUX, IVAR, OFFSETS, np.arange(4), *places, 0.17, *out)
    for found, expected in zip(compiled, plain, strict=True):
        assert found == pytest.approx(expected, rel=1e-6)
    step = 0 if weight < 1e-3 or weight > 1 - 1e-3 else 1
    whole = first + (weight > 1 - 1e-3)
    for s in range(4):
        pixels = whole + np.arange(350)
        inside = (pixels >= 0) & (pixels + step < OFFSETS[s + 1] - OFFSETS[s])
        near = np.clip(OFFSETS[s] + pixels, 0, 700)
        good = inside & (IVAR[near] > 0) & (IVAR[near + step] > 0)
        assert np.array_equal(compiled[1][s] > 0, good)


def test_overlaps_are_the_same_compiled_and_plain() -> None:
    compiled, plain = outputs(), outputs()
    wave = np.concatenate([4000 + 0.9 * np.arange(n) for n in np.diff(OFFSETS)])
    edges = 10 ** (3.59 + 1e-4 * np.arange(351))
    for kernel, out in ((rebin_overlap, compiled), (rebin_overlap.py_func, plain)):
        kernel(wave, FLUX, IVAR, OFFSETS, np.arange(4), np.full(4, 0.02), edges, 0.17, *out)
    for found, expected in zip(compiled, plain, strict=True):
        assert found == pytest.approx(expected, rel=1e-6)
    assert (compiled[1] > 0).any(axis=1).tolist()[:2] == [True, True]
    assert not compiled[1][3].any()


def rebin_linear(flux: np.ndarray, ivar: np.ndarray, z: float, rho: float = 0.0):
    """Rebin one spectrum of a linear grid of 0.8 Angstrom from 3600 on; give edges as well."""
    wave = 3600 + 0.8 * np.arange(flux.size)
    edges = 10 ** (np.log10(3700.0) + 1e-4 * np.arange(3001))
    out = np.zeros((2, 1, 3000), np.float32)
    offsets = np.array([0, flux.size])
    arrays = flux.astype(np.float32), ivar.astype(np.float32)
    rebin_overlap(wave, *arrays, offsets, np.arange(1), np.array([z]), edges, rho, out[0], out[1])
    return out[0, 0], out[1, 0], edges, (np.append(wave, wave[-1] + 0.8) - 0.4) / (1 + z)


SHARES_Z = pytest.mark.parametrize("z", [0.0, 0.0137, 0.1, 0.29])


@SHARES_Z
def test_a_constant_stays_constant_on_a_linear_grid(z: float) -> None:
    flux, ivar, _, _ = rebin_linear(np.full(7781, 3.7), np.ones(7781), z)
    assert ivar.all()
    assert flux == pytest.approx(3.7, rel=1e-6)


@SHARES_Z
def test_flux_of_a_linear_grid_is_conserved(z: float) -> None:
    noisy = np.random.default_rng(4).normal(5, 2, 7781)
    flux, ivar, edges, observed = rebin_linear(noisy, np.ones(7781), z)
    assert ivar.all()
    # What the input holds between the ends of the grid, by its integral.
    integral = np.append(0, np.cumsum(noisy * np.diff(observed)))
    held = np.diff(np.interp(edges[[0, -1]], observed, integral))[0]
    assert np.sum(flux * np.diff(edges), dtype=np.float64) == pytest.approx(held, rel=1e-5)
    each = np.diff(np.interp(edges, observed, integral))
    assert flux * np.diff(edges) == pytest.approx(each, rel=1e-4, abs=1e-5)


@SHARES_Z
@pytest.mark.parametrize("rho", [0.0, 0.17])
def test_noise_of_a_linear_grid_is_that_of_the_shares(z: float, rho: float) -> None:
    ivar = np.random.default_rng(5).uniform(0.5, 2, 7781)
    _, found, edges, observed = rebin_linear(np.ones(7781), ivar, z, rho)
    lo = np.maximum(edges[:-1, None], observed[None, :-1])
    share = np.maximum(np.minimum(edges[1:, None], observed[None, 1:]) - lo, 0)
    share /= np.diff(edges)[:, None]
    noise = share / np.sqrt(ivar.astype(np.float32))
    variance = (noise**2).sum(1) + 2 * rho * (noise[:, 1:] * noise[:, :-1]).sum(1)
    assert found == pytest.approx(1 / variance, rel=1e-4)
