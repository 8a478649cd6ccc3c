"""All measurements together: on real spectra, beside SDSS's own, and for shards of any size."""

from dataclasses import fields

import numpy as np
import pytest

from ingest.measure.continuum import fit_continua
from ingest.measure.linelist import read_lines
from ingest.measure.measurements import Measurements, measure
from tests.benchmarks.lines import judge, judge_nii, list_fits, match
from tests.support.real_grid import read_real_grid

LINES = tuple(line for line in read_lines() if line.kind == "emission")


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return read_real_grid(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def model(grid):
    return fit_continua(grid.flux, grid.ivar)


@pytest.fixture(scope="module")
def measured(grid, model):
    return measure(model, LINES, grid.flux, grid.ivar, grid.z)


@pytest.fixture(scope="module")
def both(grid, measured):
    return match(list_fits(grid, measured))


def test_equivalent_widths_are_those_of_sdss(both):
    judged = judge(both)
    for line in ("halpha", "nii_6585", "oiii_5008", "sii_6718", "hbeta"):
        count, _, share, ratio, _ = judged[line]
        assert count > 40, line
        assert share >= (0.75 if line == "hbeta" else 0.9), line
        assert 0.95 < ratio < 1.05, line


def test_nitrogen_over_halpha_is_that_of_sdss(both):
    count, shift, distance = judge_nii(both)
    assert count > 90
    assert abs(shift) < 0.02
    assert distance < 0.05


def test_passive_galaxies_look_their_age(measured):
    indices = measured.indices
    old = indices.d4000 > 1.9
    assert old.sum() > 200
    # Kauffmann et al. (2003): old populations have H-delta_A of -3 to -1 Angstrom.
    assert np.nanmedian(indices.hdelta_abs[old]) == pytest.approx(-2, abs=0.7)
    assert np.nanmedian(indices.hdelta_abs[indices.d4000 < 1.4]) > 2
    assert 1.0 < np.nanmin(indices.d4000) < np.nanmax(indices.d4000) < 2.4
    # Of stars, so it lies at the redshift.
    assert abs(np.nanmedian(indices.nad_offset[old])) < 40


def test_shards_of_any_size_give_equal_bits(grid, model, measured):
    order = np.random.default_rng(2).permutation(60)
    for size in (1, 7, 60):
        parts = [
            measure(model, LINES, grid.flux[rows], grid.ivar[rows], grid.z[rows])
            for rows in np.split(order, range(size, 60, size))
        ]
        joined = Measurements.concatenate(parts)
        for what in ("fits", "indices"):
            for field in fields(getattr(joined, what)):
                if field.name != "names":
                    ours = getattr(getattr(joined, what), field.name)
                    all_at_once = getattr(getattr(measured, what), field.name)[order]
                    assert np.array_equal(ours, all_at_once, equal_nan=ours.dtype != bool)


def test_an_empty_spectrum_gives_nothing_and_no_failure(grid, model):
    blank = np.zeros_like(grid.flux[:2])
    found = measure(model, LINES, blank, blank, grid.z[:2])
    assert np.isnan(found.fits.ew).all()
    for values in found.indices.columns().values():
        assert np.isnan(values).all()
