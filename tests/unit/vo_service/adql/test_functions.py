"""Functions of the IVOA catalogue by its own examples, our own by hand, and what is declared."""

import healpy
import numpy as np
import pytest
from astropy.time import Time

from tests.support.engine import star_rows
from vo_service.adql.functions import declared_features
from vo_service.adql.udf.registry import UDFS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ivo_healpix_index(17, 1, 1)", 81609757711),
        ("ivo_healpix_index(17, POINT(1, 1))", 81609757711),
        ("ivo_healpix_center(0, 6)", [180.0, 0.0]),
        (
            "ivo_healpix_center(17, ivo_healpix_index(17, 23.4, 56.7))",
            [23.399843462947466, 56.70016214363192],
        ),
        ("ivo_nocasematch('abcabc', 'ab%')", 1),
        ("ivo_nocasematch('ABcabc', 'ab__bc')", 1),
        ("ivo_nocasematch('abcabc', '%BC')", 1),
        ("ivo_nocasematch('abcabc', 'abcab')", 0),
        ("ivo_hasword('Miller and Urey have', 'miller')", 1),
        ("ivo_hasword('shown that a primordial', 'soup')", 0),
        ("ivo_hasword('shown that a primordial', 'shown primordial')", 1),
        ("ivo_hasword('shown that a primordial', 'shown soup')", 0),
        ("ivo_hashlist_has('red#green#blue', 'red')", 1),
        ("ivo_hashlist_has('Red#green#blue', 'red')", 1),
        ("ivo_hashlist_has('red#green#blue', 're')", 0),
        ("ivo_hashlist_has('red#green#blue', 'red#green')", 0),
        ("ivo_interval_overlaps(-2, -3, 2, 3)", 0),
        ("ivo_interval_overlaps(-2, 55.3, 2, 3)", 1),
        ("ivo_interval_overlaps(2, 3, -2, 55.3)", 1),
        ("ivo_interval_overlaps(-2, 55.3, 3, 2)", 0),
        ("ivo_interval_overlaps(-2, 2, 2, 3)", 1),
        ("ivo_hms_to_degrees('01:30:36')", 22.65),
        ("ivo_dms_to_degrees('-00 30 36')", -0.51),
    ],
)
def test_the_examples_of_the_catalogue_hold(queries, expression, expected):
    value = queries.value(f"SELECT TOP 1 {expression} FROM stars")
    assert value == pytest.approx(expected, rel=1e-14)


def test_dates_are_those_of_astropy(queries):
    moments = ["1858-11-17T00:00:00", "2000-01-01T12:00:00", "2031-05-06T07:08:09.5"]
    for moment in moments:
        items = f"ivo_to_jd('{moment}'), ivo_to_mjd('{moment}')"
        ((jd, mjd),) = queries.rows(f"SELECT TOP 1 {items} FROM stars")
        assert (jd, mjd) == pytest.approx((Time(moment).jd, Time(moment).mjd), abs=1e-9)


@pytest.mark.parametrize("order", [0, 1, 5, 13, 29])
def test_cells_are_those_of_healpy(queries, order):
    """By the hidden index of a table, and by the formula for any other position."""
    stars = star_rows()
    ra, dec = stars["ra"].to_numpy(), stars["dec"].to_numpy()
    expected = healpy.ang2pix(2**order, ra, dec, nest=True, lonlat=True)
    cells = f"ivo_healpix_index({order}, ra, dec), ivo_healpix_index({order}, ra + 0, dec)"
    by_index, by_formula = np.array(queries.rows(f"SELECT {cells} FROM stars ORDER BY id")).T
    assert (by_index == expected).all()
    # At order 29 a cell is a rounding of the coordinates wide.
    assert (by_formula == expected).mean() > (0.9 if order == 29 else 0.999)
    centre = f"ivo_healpix_center({order}, ivo_healpix_index({order}, ra, dec))"
    rows = queries.rows(f"SELECT COORD1({centre}), COORD2({centre}) FROM stars ORDER BY id")
    judged = np.stack(healpy.pix2ang(2**order, expected, nest=True, lonlat=True), axis=1)
    assert np.allclose(np.array(rows), judged, rtol=0, atol=1e-7)


def test_a_histogram_counts_what_is_below_and_above(queries):
    mags = star_rows()["mag"].to_numpy().astype(float)
    mags = mags[np.isfinite(mags)]
    inner, _ = np.histogram(mags, 4, (16, 20))
    expected = [int((mags < 16).sum()), *inner.tolist(), int((mags >= 20).sum())]
    assert queries.value("SELECT ivo_histogram(mag, 16, 20, 4) FROM stars") == expected


def test_random_numbers_are_normal(queries):
    values = np.array([v for (v,) in queries.rows("SELECT ivo_normal_random(5, 2) FROM stars")])
    assert abs(values.mean() - 5) < 0.5
    assert abs(values.std() - 2) < 0.4


def test_similarity_distance_and_rank(queries):
    alike = "odd_similarity(1, 3, 'nad'), odd_similarity(1, 2, 'nad')"
    assert queries.rows(f"SELECT TOP 1 {alike} FROM stars") == [(1 / 6, 1.0)]
    far = "odd_map_distance(1, 2, 'nad'), odd_map_distance(1, 3, 'nad')"
    assert queries.rows(f"SELECT TOP 1 {far} FROM stars") == [(5.0, None)]
    none = "odd_similarity(1, 3, 'halpha'), odd_similarity(1, 99, 'nad')"
    assert queries.rows(f"SELECT TOP 1 {none} FROM stars") == [(None, None)]
    rows = queries.rows("SELECT mag, odd_rank(mag) FROM stars WHERE kind = 'giant'")
    known = sorted((m for m, _ in rows if m is not None), reverse=True)
    assert all(r is None if m is None else known[r - 1] == m for m, r in rows)


def test_windows_count_within_their_parts(queries):
    text = "SELECT kind, n, RANK() OVER (PARTITION BY kind ORDER BY n DESC) AS r FROM stars"
    rows = queries.rows(text)
    for kind, n, rank in rows:
        assert rank == 1 + sum(k == kind and m > n for k, m, _ in rows)


def test_every_group_is_declared_with_its_identifier():
    features = declared_features()
    kinds = {kind for kind, _, _ in features}
    assert {
        "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo",
        "ivo://ivoa.net/std/TAPRegExt#features-udf",
        "ivo://ivoa.net/std/tapregext#features-adql-string",
        "ivo://ivoa.net/std/tapregext#features-adql-sets",
        "ivo://ivoa.net/std/tapregext#features-adql-common-table",
        "ivo://ivoa.net/std/tapregext#features-adql-type",
        "ivo://ivoa.net/std/tapregext#features-adql-conditional",
        "ivo://ivoa.net/std/tapregext#features-adql-unit",
        "ivo://ivoa.net/std/tapregext#features-adql-offset",
    } <= kinds
    assert sum("adqlgeo" in kind for kind, _, _ in features) == 13
    lower = {kind for kind, _, _ in declared_features(mixed_case=())}
    assert all("TAPRegExt" not in kind for kind in lower)


@pytest.mark.parametrize("udf", UDFS, ids=lambda f: f.signature)
def test_every_udf_says_what_it_takes_and_gives(udf):
    import re

    types = r"(?:INTEGER|BIGINT|VARCHAR|TIMESTAMP|POINT|DOUBLE PRECISION)"
    argument = rf"\w+ {types}"
    assert re.fullmatch(rf"\w+\({argument}(?:, {argument})*\) -> {types}(?:\[\])?", udf.signature)
    assert udf.description
