import numpy as np
import pytest

from vo_service.errors import NotFoundError
from vo_service.release.spectra import SpectraStore, write_index, write_shard

LOGLAM = 3.6 + 1e-4 * np.arange(50)


def shard(ids, seed, wave=False):
    random = np.random.default_rng(seed)
    sizes = random.integers(5, 20, len(ids))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    pixels = int(offsets[-1])
    arrays = {
        "obj_id": np.array(ids, np.int64),
        "offsets": offsets.astype(np.int64),
        "loglam0": np.full(len(ids), np.nan if wave else 3.58),
        "loglam_step": np.full(len(ids), np.nan if wave else 1e-4),
        "mask": random.integers(0, 9, pixels).astype(np.int32),
        "rest_flux": random.normal(size=(len(ids), 50)).astype("f4"),
        "rest_ivar": random.normal(size=(len(ids), 50)).astype("f4"),
    }
    arrays |= {n: random.normal(size=pixels).astype("f4") for n in ("flux", "ivar", "sky")}
    return arrays | ({"wave": random.uniform(3000, 9000, pixels)} if wave else {})


@pytest.fixture
def store(tmp_path):
    shards = [shard([50, 7, 9000000000000000001], 1), shard([3], 2, wave=True)]
    for number, arrays in enumerate(shards):
        write_shard(tmp_path / f"{number:05d}", arrays)
    write_index(tmp_path, LOGLAM)
    return SpectraStore(tmp_path), shards


def test_each_spectrum_comes_back_as_it_was_written(store):
    spectra, shards = store
    for arrays in shards:
        for row, obj_id in enumerate(arrays["obj_id"].tolist()):
            part = slice(arrays["offsets"][row], arrays["offsets"][row + 1])
            observed = spectra.observed(obj_id)
            for name in ("flux", "ivar", "mask", "sky"):
                assert np.array_equal(getattr(observed, name), arrays[name][part])
            rest = spectra.rest(obj_id)
            assert np.array_equal(rest.flux, arrays["rest_flux"][row])
            assert np.array_equal(rest.ivar, arrays["rest_ivar"][row])
            assert np.allclose(rest.wave, 10**LOGLAM)


def test_wavelengths_are_log_linear_or_as_given(store):
    spectra, shards = store
    observed = spectra.observed(7)
    assert np.allclose(np.log10(observed.wave), 3.58 + 1e-4 * np.arange(observed.flux.size))
    assert np.array_equal(spectra.observed(3).wave, shards[1]["wave"])


def test_an_unknown_object_is_named(store):
    with pytest.raises(NotFoundError, match="obj_id 12 "):
        store[0].observed(12)


def test_a_shard_that_was_cut_short_is_not_there(tmp_path):
    write_shard(tmp_path / "00000", shard([1], 1))
    (tmp_path / ".00001").mkdir()
    write_index(tmp_path, LOGLAM)
    assert 1 in SpectraStore(tmp_path)


def test_places_count_along_the_shards(store):
    spectra, _ = store
    wanted = np.array([3, 9000000000000000001, 12, 50, 7, 3])
    assert spectra.places(wanted).tolist() == [3, 2, -1, 0, 1, 3]
    assert spectra.places(np.empty(0, np.int64)).tolist() == []


def test_an_empty_store_has_no_places(tmp_path):
    write_index(tmp_path, LOGLAM)
    assert SpectraStore(tmp_path).places(np.array([1])).tolist() == [-1]
