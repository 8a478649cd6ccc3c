import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.prepare.mask import SKY_RESIDUAL, find_sky, find_sky_explicit, mask_bad


def test_bad_pixels_get_no_weight_and_others_keep_theirs() -> None:
    flux = np.array([1, np.nan, 1, 1, -np.inf, -1, 1, 1], np.float32)
    ivar = np.array([2, 2, 0, -1, 2, 3, np.nan, np.inf], np.float32)
    assert mask_bad(flux, ivar).tolist() == [2, 0, 0, 0, 0, 3, 0, 0]


@settings(deadline=None)
@given(
    starts=st.lists(st.floats(3.5, 3.8), min_size=1, max_size=5),
    sizes=st.lists(st.integers(0, 4000), min_size=5, max_size=5),
)
def test_sky_is_found_where_the_wavelengths_say(starts: list[float], sizes: list[int]) -> None:
    offsets = np.concatenate([[0], np.cumsum(sizes[: len(starts)])])
    loglam0, step = np.array(starts), np.full(len(starts), 1e-4)
    found = find_sky(offsets, loglam0, step)
    wave = np.concatenate(
        [10 ** (a + 1e-4 * np.arange(n)) for a, n in zip(starts, sizes, strict=False)]
    )
    sure = (wave > SKY_RESIDUAL[0] + 1e-6) & (wave < SKY_RESIDUAL[1] - 1e-6)
    near = (wave > SKY_RESIDUAL[0] - 1e-6) & (wave < SKY_RESIDUAL[1] + 1e-6)
    assert set(np.flatnonzero(sure)) <= set(found) <= set(np.flatnonzero(near))
    assert set(np.flatnonzero(sure)) <= set(find_sky_explicit(wave))
