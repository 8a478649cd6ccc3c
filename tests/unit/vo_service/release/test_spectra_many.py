"""Many spectra are read as they were written, wherever they lie."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_service.errors import FatalError
from vo_service.release.spectra import SpectraStore, write_index, write_shard
from vo_service.release.spectra_many import find_rest_rows

PIXELS = 50


def write_store(folder, shards, value):
    """Write shards of spectra whose every pixel is obj_id + pixel / 100, and ivar `value`."""
    for number, ids in enumerate(shards):
        ids = np.array(ids, np.int64)
        none = np.empty(0, np.float32)
        write_shard(
            folder / f"{number:05d}",
            dict.fromkeys(("flux", "ivar", "sky", "mask"), none)
            | {"obj_id": ids, "offsets": np.zeros(ids.size + 1, np.int64)}
            | {"loglam0": np.zeros(ids.size), "loglam_step": np.zeros(ids.size)}
            | {"rest_flux": (ids[:, None] + np.arange(PIXELS) / 100).astype(np.float32)}
            | {"rest_ivar": np.full((ids.size, PIXELS), value, np.float32)},
        )
    write_index(folder, np.arange(PIXELS) * 1e-4)
    return SpectraStore(folder)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    root = tmp_path_factory.mktemp("stores")
    first = write_store(root / "a", [[11, 3, 5, 7], [2], [20, 21, 22, 23, 24]], 1)
    return (first, write_store(root / "b", [[100, 101, 5]], 2))


HELD = [2, 3, 5, 7, 11, 20, 21, 22, 23, 24, 100, 101]


@settings(deadline=None)
@given(
    ids=st.lists(st.sampled_from([*HELD, 1, 6, 99, 2**63 - 1, -4]), min_size=1, unique=True),
    start=st.integers(0, PIXELS - 1),
    width=st.integers(1, PIXELS),
)
def test_any_selection_comes_as_it_was_written(stores, ids, start, width):
    pixels = slice(start, min(start + width, PIXELS))
    rows = find_rest_rows(stores, np.array(ids))
    held = rows.on_disk()
    assert sorted(np.array(ids)[held]) == sorted(set(ids) & set(HELD))
    flux, ivar = rows.take(held).read(pixels)
    wanted = np.array(ids)[held][:, None] + np.arange(PIXELS)[pixels] / 100
    assert np.array_equal(flux, wanted.astype(np.float32))
    assert np.array_equal(ivar[:, 0], [2 if i in (100, 101) else 1 for i in np.array(ids)[held]])


def test_they_come_in_their_order_on_disk(stores):
    ids = np.array([101, 24, 2, 7, 20, 11])
    rows = find_rest_rows(stores, ids)
    assert ids[rows.on_disk()].tolist() == [11, 7, 2, 20, 24, 101]


def test_a_store_without_spectra_holds_none(tmp_path):
    (tmp_path / "empty").mkdir()
    store = write_store(tmp_path / "empty", [], 1)
    assert find_rest_rows((store,), np.array([1, 2])).on_disk().size == 0


def test_a_file_that_was_cut_short_is_a_fault(tmp_path):
    store = write_store(tmp_path, [[1, 2, 3]], 1)
    path = tmp_path / "00000" / "rest_flux.npy"
    os.truncate(path, path.stat().st_size - 1)
    rows = find_rest_rows((store,), np.array([1, 3]))
    with pytest.raises(FatalError, match="shorter"):
        rows.read(slice(0, PIXELS))
    assert rows.take(np.array([0])).read(slice(0, PIXELS))[0][0, 0] == 1
