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
