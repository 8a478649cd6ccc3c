"""The kernel that fits lines: against a general solver, and what must not change its answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from ingest.measure.linelist import Line, read_lines
from ingest.measure.lines import (
    OFFSET_PRIOR,
    REACH_KMS,
    SIGMA_PRIOR,
    SPEED_OF_LIGHT,
    fit_gaussians,
)
from ingest.subspaces import GRID

EMISSION = tuple(line for line in read_lines() if line.kind == "emission")
BLEND = tuple(line for line in EMISSION if line.name in ("nii_6550", "halpha", "nii_6585"))
ALONE = (Line("line", "line", 5500.0, "emission", "one"),)


def gaussian(wave, area, sigma, offset):
    u = ((GRID.wave / wave - 1) * SPEED_OF_LIGHT - offset) / sigma
    return area * np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi) * sigma * wave / SPEED_OF_LIGHT)


def observe(lines, areas, sigmas, offsets, noise, n_spec=1, seed=3):
    clean = sum(
        gaussian(line.wave, *values)
        for line, *values in zip(lines, areas, sigmas, offsets, strict=True)
    )
    random = np.random.default_rng(seed)
    flux = clean + noise * random.standard_normal((n_spec, GRID.pixels))
    return flux.astype("f4"), np.full(flux.shape, noise**-2, "f4")


def fit(lines, flux, ivar):
    return fit_gaussians(lines, flux, ivar, np.zeros_like(flux))


@pytest.mark.parametrize("seed", range(4))
def test_the_best_fit_is_that_of_a_general_solver(seed):
    areas, sigmas, offsets = (9.0, 60.0, 27.0), (150, 210, 150), (40, -30, 40)
    flux, ivar = observe(BLEND, areas, sigmas, offsets, noise=0.5, seed=seed)
    near = np.min([abs(GRID.wave / line.wave - 1) for line in BLEND], axis=0)
    pixels = near * SPEED_OF_LIGHT < REACH_KMS

    def residuals(values):
        *areas, forbidden, balmer, forbidden_v, balmer_v = values
        shapes = ((forbidden, forbidden_v), (balmer, balmer_v), (forbidden, forbidden_v))
        model = sum(
            gaussian(line.wave, area, *shape)
            for line, area, shape in zip(BLEND, areas, shapes, strict=True)
        )
        chi = ((flux[0] - model) * np.sqrt(ivar[0]))[pixels]
        widths = (np.array([forbidden, balmer]) - SIGMA_PRIOR[0]) / SIGMA_PRIOR[1]
        shifts = (np.array([forbidden_v, balmer_v]) - OFFSET_PRIOR[0]) / OFFSET_PRIOR[1]
        return np.concatenate([chi, widths, shifts])

    best = least_squares(residuals, (10, 50, 20, 130, 130, 0, 0), x_scale="jac", xtol=1e-12)
    errors = np.sqrt(np.diag(np.linalg.inv(best.jac.T @ best.jac)))
    found = fit(BLEND, flux, ivar)
    assert found.area[0] == pytest.approx(best.x[:3], rel=2e-3)
    assert found.area_err[0] == pytest.approx(errors[:3], rel=1e-2)
    assert found.sigma[0, :2] == pytest.approx(best.x[3:5], abs=0.5)
    assert found.offset[0, :2] == pytest.approx(best.x[5:], abs=0.5)
    assert found.sigma_err[0, :2] == pytest.approx(errors[3:5], rel=2e-2)
    assert found.offset_err[0, :2] == pytest.approx(errors[5:], rel=2e-2)


@settings(max_examples=25, deadline=None)
@given(power=st.integers(-60, 60), seed=st.integers(0, 1000))
def test_units_change_nothing_but_the_areas(power, seed):
    # A power of two is exact in binary: not even rounding may differ.
    flux, ivar = observe(BLEND, (9, 60, 27), (150,) * 3, (40,) * 3, noise=1.0, seed=seed)
    factor = np.float32(2.0**power)
    one, other = fit(BLEND, flux, ivar), fit(BLEND, flux * factor, ivar / factor**2)
    assert other.area == pytest.approx(one.area * float(factor), rel=1e-6)
    assert other.sigma == pytest.approx(one.sigma, rel=1e-6)
    assert other.offset == pytest.approx(one.offset, rel=1e-6, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(pixels=st.integers(-4, 4))
def test_a_line_that_is_moved_is_found_moved(pixels):
    flux, ivar = observe(ALONE, (50,), (140,), (10,), noise=0.02)
    moved = np.roll(flux, pixels, axis=1)
    one, other = fit(ALONE, flux, ivar), fit(ALONE, moved, ivar)
    step = SPEED_OF_LIGHT * np.log(10) * GRID.step
    assert other.offset - one.offset == pytest.approx(pixels * step, abs=0.7)
    assert other.area == pytest.approx(one.area, rel=2e-3)


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(12)), size=st.integers(1, 12))
def test_neither_order_nor_company_changes_a_bit(order, size):
    flux, ivar = observe(BLEND, (9, 60, 27), (150,) * 3, (40,) * 3, noise=3.0, n_spec=12)
    ivar[3:6, ::7] = 0
    whole = fit(EMISSION, flux, ivar)
    for start in range(0, 12, size):
        rows = list(order[start : start + size])
        part = fit(EMISSION, flux[rows], ivar[rows])
        for name in whole.__slots__:
            assert np.array_equal(getattr(part, name), getattr(whole, name)[rows]), name


def test_what_missing_pixels_hold_does_not_matter():
    flux, ivar = observe(BLEND, (9, 60, 27), (150,) * 3, (40,) * 3, noise=1.0)
    ivar[0, ::5] = 0
    spoilt = flux.copy()
    spoilt[0, ::5] = np.nan
    one, other = fit(BLEND, flux, ivar), fit(BLEND, spoilt, ivar)
    assert np.array_equal(one.area, other.area)
    assert np.isfinite(other.area).all()
