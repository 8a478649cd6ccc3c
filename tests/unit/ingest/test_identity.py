import hashlib

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.identity import make_names, make_obj_ids, random_order


def test_an_obj_id_is_a_pure_function_of_survey_and_identifier():
    ids = make_obj_ids("sdss", pa.chunked_array([["299489676975171584", "b"]]))
    digest = hashlib.blake2b(b"sdss:299489676975171584", digest_size=8).digest()
    assert ids[0] == int.from_bytes(digest, "big") >> 1
    assert (ids >= 0).all()
    assert make_obj_ids("mock", pa.chunked_array([["b"]]))[0] != ids[1]


def test_a_collision_is_refused():
    with pytest.raises(IngestError, match="same obj_id"):
        make_obj_ids("sdss", pa.chunked_array([["a", "a"]]))


def test_a_name_is_that_of_the_paper():
    # The first galaxy of table B.1 of Reis et al. (2019), with its position.
    names = make_names("sdss", np.array([138.405542]), np.array([29.999556]))
    assert names == ["SDSS J091337.33+295958.4"]


@given(st.floats(0, 359.999999), st.floats(-89.99999, 89.99999))
@settings(max_examples=60, deadline=None)
def test_names_are_truncated_never_rounded(ra, dec):
    (name,) = make_names("sdss", np.array([ra]), np.array([dec]))
    text = name.removeprefix("SDSS J")
    place = SkyCoord(f"{text[:2]}h{text[2:4]}m{text[4:9]}s {text[9:12]}d{text[12:14]}m{text[14:]}s")
    assert -1e-6 <= (ra - place.ra.deg) * 240 < 0.01 + 1e-6
    assert -1e-5 <= (abs(dec) - abs(place.dec.deg)) * 3600 < 0.1 + 1e-5
    assert place.ra < 360 * u.deg


def test_the_random_order_is_a_permutation_that_depends_on_the_seed():
    ids = np.array([5, 3, 9, 1])
    assert sorted(random_order(ids, 1).tolist()) == [0, 1, 2, 3]
    many = np.arange(1000)
    assert np.array_equal(random_order(many, 1), random_order(many, 1))
    assert not np.array_equal(random_order(many, 1), random_order(many, 2))
