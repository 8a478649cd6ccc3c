"""What detectors take: averaged, divided, filled, in an order of its own."""

import numpy as np
import pytest

from ingest.anomaly.sample import (
    BLOCK_PIXELS,
    average_blocks,
    divide_by_continuum,
)
from ingest.subspaces import GRID
from tests.unit.ingest.anomaly.samples import gather_sample, make_grid

N_BLOCKS = GRID.pixels // BLOCK_PIXELS


def test_a_block_is_the_weighted_mean_and_its_ivar_the_sum():
    flux, ivar = np.array([[1, 2, 3, 4, 5, 6, 7, 8, 99]], "f4"), np.ones((1, 9), "f4")
    flux[0, 2], ivar[0, 2] = 1e9, 0
    ivar[0, 7] = 3
    mean, weight = average_blocks(flux, ivar)
    assert mean.shape == (1, 1)
    assert mean[0, 0] == pytest.approx((1 + 2 + 4 + 5 + 6 + 7 + 3 * 8) / 9)
    assert weight[0, 0] == 9


def test_a_block_that_lacks_half_is_missing():
    flux, ivar = np.ones((1, 8), "f4"), np.ones((1, 8), "f4")
    ivar[0, :4] = 0
    mean, weight = average_blocks(flux, ivar)
    assert mean[0, 0] == weight[0, 0] == 0


def test_colour_and_brightness_are_divided_out():
    tilt = np.linspace(1, 3, N_BLOCKS, dtype="f4")
    flux = np.stack([tilt, 100 * tilt[::-1]])
    divided, ivar = divide_by_continuum(flux, 4 / flux**2)
    inner = slice(
        20, -20
    )  # at the ends the running mean leans to one side; so it does at masked lines
    assert divided[:, inner] == pytest.approx(1, abs=0.03)
    assert ivar[:, inner] == pytest.approx(4, rel=0.06)


def test_a_continuum_below_zero_tells_nothing():
    flux = np.full((1, N_BLOCKS), -1, "f4")
    divided, ivar = divide_by_continuum(flux, np.ones_like(flux))
    assert not divided.any()
    assert not ivar.any()


def test_rows_come_in_the_order_of_their_numbers_whatever_the_input():
    flux, ivar = make_grid(60)
    ivar[11, : GRID.pixels // 2 + 200] = 0  # covers too little
    ids, sources = np.random.default_rng(0).permutation(60), np.arange(60)
    first, rows = gather_sample(flux, ivar, ids, sources, "divided", 4)
    assert (np.diff(ids[rows]) > 0).all()
    assert 11 not in rows
    assert len(first) == 59
    back = np.arange(60)[::-1]
    second, _ = gather_sample(flux[back], ivar[back], ids[back], sources[back], "divided", 4)
    assert (first.flux == second.flux).all()
    assert (first.components == second.components).all()
    assert (first.sources == second.sources).all()


def test_gaps_hold_what_the_others_lead_to_expect():
    flux, ivar = make_grid(200)
    whole, _ = gather_sample(flux, ivar, np.arange(200), np.arange(200), "raw", 4)
    gap = slice(1000, 1080)
    flux[20, gap], ivar[20, gap] = 0, 0
    sample, _ = gather_sample(flux, ivar, np.arange(200), np.arange(200), "raw", 4)
    blocks = slice(gap.start // BLOCK_PIXELS, gap.stop // BLOCK_PIXELS)
    assert (sample.ivar[20, blocks] == 0).all()
    assert sample.flux[20, blocks] == pytest.approx(whole.flux[20, blocks], abs=0.12)
