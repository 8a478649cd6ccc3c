"""How far spectra reach, read from shards as the service reads single spectra."""

import numpy as np
import pytest

from ingest.extents import Extents
from vo_service.release.spectra import SpectraStore, write_index, write_shard

GRID = np.linspace(3.5, 3.9, 4)


def write(folder, ids, sizes, loglam0, waves=None):
    count, total = len(ids), sum(sizes)
    pixels = dict.fromkeys(("flux", "ivar", "sky"), np.ones(total, np.float32))
    rest = dict.fromkeys(("rest_flux", "rest_ivar"), np.ones((count, GRID.size), np.float32))
    arrays = {
        "obj_id": np.array(ids),
        "offsets": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "loglam0": np.array(loglam0, float),
        "loglam_step": np.full(count, 1e-4),
        "mask": np.zeros(total, np.int32),
    }
    waves = {} if waves is None else {"wave": np.array(waves, float)}
    write_shard(folder, arrays | pixels | rest | waves)


def test_they_are_the_ends_of_what_the_service_gives(tmp_path):
    write(tmp_path / "00000", [7, 3], [5, 2], [3.55, 3.6])
    write(tmp_path / "00001", [9, 4], [3, 4], [np.nan, 3.7], [4000, 4002, 4005, 0, 0, 0, 0])
    extents = Extents.read([tmp_path / "00000", tmp_path / "00001"])
    write_index(tmp_path, GRID)
    store = SpectraStore(tmp_path)
    for row, obj_id in enumerate([7, 3, 9, 4]):
        wave = store.observed(obj_id).wave
        assert extents.pixels[row] == wave.size
        found = extents.first[row], extents.last[row]
        assert found == pytest.approx((wave[0], wave[-1]), rel=1e-12)
    turned = extents.take(np.array([2, 0]))
    assert turned.pixels.tolist() == [3, 5]
    assert (turned.first[0], turned.last[0]) == (4000, 4005)


def test_a_spectrum_without_pixels_reaches_nowhere(tmp_path):
    write(tmp_path / "00000", [1, 2], [0, 2], [3.55, 3.6])
    extents = Extents.read([tmp_path / "00000"])
    assert np.isnan([extents.first[0], extents.last[0]]).all()
    assert np.isfinite([extents.first[1], extents.last[1]]).all()
