import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_service.release import sky

RANDOM = np.random.default_rng(5)
RA = np.concatenate([RANDOM.uniform(0, 360, 5_000), [0, 360, 180, 0, 0]])
DEC = np.concatenate([np.degrees(np.arcsin(RANDOM.uniform(-1, 1, 5_000))), [0, 0, 0, 90, -90]])
INDEX = sky.healpix_index(RA, DEC)
VECTORS = sky.unit_vectors(RA, DEC)
POSITIONS = SkyCoord(RA * u.deg, DEC * u.deg)


def _inside(cone: sky.Cone) -> np.ndarray:
    chord2 = sum((v - c) ** 2 for v, c in zip(VECTORS, cone.centre, strict=True))
    near = np.ones(RA.size, bool)
    if cone.ranges:
        near = np.any([(lo <= INDEX) & (hi > INDEX) for lo, hi in cone.ranges], axis=0)
    return near & (chord2 <= cone.max_chord2)


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(-3, np.log10(180)))
@settings(max_examples=40, deadline=None)
def test_a_cone_holds_what_astropy_says(ra, dec, log_radius):
    radius = 10**log_radius
    separation = POSITIONS.separation(SkyCoord(ra * u.deg, dec * u.deg)).deg
    clear = np.abs(separation - radius) > 1e-9
    cone = sky.make_cone(ra, dec, radius)
    assert len(cone.ranges) <= sky.MAX_RANGES
    assert np.array_equal(_inside(cone)[clear], (separation <= radius)[clear])


def test_a_cone_of_radius_zero_holds_its_centre():
    for i in range(0, 5_000, 499):
        assert _inside(sky.make_cone(RA[i], DEC[i], 0.0))[i]


def test_the_index_is_that_of_the_udf_catalogue():
    # EN UDF catalogue 1.2: ivo_healpix_index(17, 1, 1) = 81609757711
    (index,) = sky.healpix_index(np.array([1.0]), np.array([1.0]))
    assert index >> 2 * (29 - 17) == 81609757711


def test_a_missing_position_has_no_index():
    index = sky.healpix_index(np.array([np.nan, 10.0, 10.0]), np.array([0.0, np.nan, 91.0]))
    assert index.tolist() == [-1, -1, -1]
