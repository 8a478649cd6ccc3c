"""Rows of ivoa.obscore: which instrument, what is null where nothing is known."""

import numpy as np
import pyarrow as pa
import pytest

from ingest.batches import FACT_SCHEMA
from ingest.extents import Extents
from ingest.published.instruments import INSTRUMENTS, find_instruments
from ingest.published.obscore import OBSCORE
from ingest.published.obscore_rows import obscore_rows

MANDATORY = """dataproduct_type calib_level obs_collection obs_id obs_publisher_did access_url
access_format access_estsize target_name s_ra s_dec s_fov s_region s_resolution s_xel1 s_xel2 t_min
t_max t_exptime t_resolution t_xel em_min em_max em_res_power em_xel o_ucd pol_states pol_xel
facility_name instrument_name""".split()


def rows(survey: str, mjd: list) -> dict[str, list]:
    count = len(mjd)
    known = {
        "survey_id": [f"s{i}" for i in range(count)],
        "ra": [10.5] * count,
        "dec": [-1e-7] * count,
        "mjd": mjd,
        "spec_class": ["GALAXY"] * count,
    }
    facts = pa.table(
        {f.name: pa.array(known.get(f.name, [None] * count), f.type) for f in FACT_SCHEMA}
    )
    extents = Extents(np.full(count, 4000), np.full(count, 3800.0), np.full(count, 9200.0))
    names = pa.array([f"J{i}" for i in range(count)])
    return obscore_rows(survey, np.arange(count), names, facts, extents).to_pydict()


def test_all_mandatory_columns_are_there_in_the_order_of_the_standard():
    assert [f.name for f in OBSCORE.fields if f.principal and f.std] == MANDATORY
    assert all(f.utype.startswith("obscore:") for f in OBSCORE.fields if f.std)


def test_sdss_spectra_are_told_apart_by_their_age():
    found = rows("sdss", [51900, 57000, None])
    assert found["instrument_name"] == ["SDSS spectrograph", "BOSS spectrograph", None]
    assert found["s_fov"][:2] == pytest.approx([3 / 3600, 2 / 3600])
    assert found["s_region"] == [
        "CIRCLE ICRS 10.5 -1e-7 0.00041667",
        "CIRCLE ICRS 10.5 -1e-7 0.00027778",
        None,
    ]
    assert (found["t_min"][0], found["t_max"][0]) == (51900, 51901)
    assert np.isnan(found["t_min"][2])  # which is written as null
    assert found["em_min"][0] == pytest.approx(3.8e-7)
    assert found["em_max"][0] == pytest.approx(9.2e-7)


@pytest.mark.parametrize(
    ("survey", "instrument"), [("desi", "DESI"), ("mock", "simulation"), ("table", None)]
)
def test_other_surveys_have_one_instrument_each(survey, instrument):
    (place,) = find_instruments(survey, np.array([np.nan]))
    assert INSTRUMENTS[place].name == instrument


def test_what_is_not_known_is_null():
    found = rows("my_survey", [None])
    for name in ("facility_name", "s_region", "t_exptime", "pol_states"):
        assert found[name] == [None], name
    for name in ("t_min", "t_max", "s_fov", "s_resolution", "em_res_power"):
        assert np.isnan(found[name]).all(), name  # which is written as null
    assert found["obs_collection"] == ["my_survey"]
