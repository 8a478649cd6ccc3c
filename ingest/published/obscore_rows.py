"""From the facts of spectra to the rows of `ivoa.obscore`, whole columns at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.extents import Extents
from ingest.published.instruments import INSTRUMENTS, find_instruments

METRES_PER_ANGSTROM = 1e-10
ARCSEC_PER_DEGREE = 3600.0
RADIUS_DIGITS = 8

BYTES_PER_PIXEL, HEADER_BYTES = 24, 8640
"""Of a spectrum as FITS: a double and four values of four bytes, and two headers."""

COLLECTIONS = {"sdss": "SDSS", "desi": "DESI", "mock": "Mock", "table": "Own tables"}
"""`obs_collection` by survey; others go by their own names."""

CONSTANTS: dict[str, Any] = {
    "dataproduct_type": "spectrum",
    "calib_level": 2,
    "access_format": "application/x-votable+xml;content=datalink",
    "s_xel1": 1,
    "s_xel2": 1,
    "t_exptime": None,
    "t_resolution": None,
    "t_xel": 1,
    "o_ucd": "phot.flux.density;em.wl",
    "pol_states": None,
    "pol_xel": 0,
}
"""What is the same for all spectra."""


def obscore_rows(
    survey: str, ids: np.ndarray, names: pa.Array, facts: Mapping[str, Any], extents: Extents
) -> pa.Table:
    """Describe the spectra of a run.

    Parameters
    ----------
    survey : str
        Reader that found them.
    ids : int64, shape (n,)
    names : pyarrow.Array of string, shape (n,)
        IAU names.
    facts : mapping
        Columns of `FACT_SCHEMA`, shape (n,) each.
    extents : Extents
        Of the same spectra, in the same order.
    """
    count = ids.size
    mjd = facts["mjd"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    constants = CONSTANTS | {"obs_collection": COLLECTIONS.get(survey, survey)}
    columns: dict[str, Any] = {
        name: pa.nulls(count) if value is None else pa.repeat(pa.scalar(value), count)
        for name, value in constants.items()
    }
    columns |= {
        "obj_id": ids,
        "obs_id": facts["survey_id"],
        "target_name": names,
        "target_class": facts["spec_class"],
        "access_estsize": (extents.pixels * BYTES_PER_PIXEL + HEADER_BYTES) // 1000 + 1,
        "t_min": mjd,
        "t_max": mjd + 1.0,
        "em_min": extents.first * METRES_PER_ANGSTROM,
        "em_max": extents.last * METRES_PER_ANGSTROM,
        "em_xel": extents.pixels,
    }
    instruments = find_instruments(survey, mjd)
    return pa.table(columns | _instrument_columns(instruments) | _places(facts, instruments))


def _instrument_columns(instruments: np.ndarray) -> dict[str, Any]:
    places = pa.array(instruments)
    return {
        "facility_name": pa.array([i.facility for i in INSTRUMENTS], pa.string()).take(places),
        "instrument_name": pa.array([i.name for i in INSTRUMENTS], pa.string()).take(places),
        "em_res_power": np.array([i.power for i in INSTRUMENTS])[instruments],
        "s_resolution": np.array([i.fibre for i in INSTRUMENTS])[instruments],
    }


def _places(facts: Mapping[str, Any], instruments: np.ndarray) -> dict[str, Any]:
    width = np.array([i.fibre for i in INSTRUMENTS])[instruments] / ARCSEC_PER_DEGREE
    radius = np.round(width / 2, RADIUS_DIGITS)
    numbers = [
        pc.cast(column, pa.string())
        for column in (facts["ra"], facts["dec"], pa.array(radius, from_pandas=True))
    ]
    region = pc.binary_join_element_wise("CIRCLE ICRS", *numbers, " ")
    return {"s_ra": facts["ra"], "s_dec": facts["dec"], "s_fov": width, "s_region": region}
