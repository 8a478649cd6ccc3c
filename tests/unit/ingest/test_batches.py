import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batches import GriddedBatch, Spectrum, SpectrumBatch


def spectrum(size: int, number: int, wave: bool = False) -> Spectrum:
    pixels = np.arange(size, dtype=np.float32) + 100 * number
    explicit = np.linspace(4000, 5000, size) if wave else None
    nothing = np.nan if wave else 3.58
    step = np.nan if wave else 1e-4
    facts = {"survey_id": str(number), "z": 0.1 * number}
    return Spectrum(
        facts, pixels, pixels + 1, pixels.astype(np.int32), pixels, nothing, step, explicit
    )


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8), st.data())
@settings(max_examples=50, deadline=None)
def test_taking_rows_takes_their_pixels(sizes, data):
    spectra = [spectrum(size, i) for i, size in enumerate(sizes)]
    batch = SpectrumBatch.collect(spectra)
    rows = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=8))
    taken = batch.take(np.array(rows, int))
    assert taken.facts["survey_id"].to_pylist() == [str(r) for r in rows]
    for place, row in enumerate(rows):
        part = slice(taken.offsets[place], taken.offsets[place + 1])
        assert np.array_equal(taken.flux[part], spectra[row].flux)
        assert np.array_equal(taken.mask[part], spectra[row].mask)


def test_explicit_and_log_wavelengths_can_stand_together():
    batch = SpectrumBatch.collect([spectrum(5, 0), spectrum(6, 1, wave=True)])
    assert np.allclose(np.log10(batch.wave[:5]), 3.58 + 1e-4 * np.arange(5))
    assert np.allclose(batch.wave[5:], np.linspace(4000, 5000, 6))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"ivar has shape \(2, 3\), expected \(2, 4\)"):
        GriddedBatch(np.zeros((2, 4), "f4"), np.zeros((2, 3), "f4"))
