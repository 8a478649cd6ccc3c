"""Shapes on the sky, held to other programs: cdshealpix, healpy, astropy; and to brute force."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from cdshealpix.nested import healpix_to_lonlat, polygon_search

from tests.support.engine import OUTLINES, star_rows
from vo_service.adql.geometry.outline import make_outline
from vo_service.release.sky import cover_polygon, healpix_index

SHAPES = [
    [(10, 10), (20, 10), (20, 20), (10, 20)],
    [(350, -5), (10, -5), (10, 5), (350, 5)],
    [(0, 80), (120, 80), (240, 70)],
    [(0, -60), (90, -70), (200, -65), (270, -50)],
    [(100, -40), (140, -40), (120, -30), (140, 0), (100, 0)],
    [(300, 40), (340, 60), (20, 30), (350, 35), (330, 10), (310, 30)],
    [(60, 0), (150, 0), (150, 80), (60, 80)],
]


def written(corners) -> str:
    return ", ".join(f"{lon}, {lat}" for lon, lat in corners)


def cells_of(corners, depth=8):
    lon, lat = np.array(corners, float).T
    return polygon_search(lon * u.deg, lat * u.deg, depth, flat=True)


def ids(queries, condition: str) -> set[int]:
    return {i for (i,) in queries.rows(f"SELECT id FROM stars WHERE {condition}")}


@pytest.mark.parametrize("turned", [1, -1], ids=["as written", "turned round"])
@pytest.mark.parametrize("corners", SHAPES)
def test_a_polygon_holds_what_cdshealpix_says(queries, corners, turned):
    """The same stars by index, by half-spaces or crossings, and by the corners in SQL."""
    stars = star_rows()
    cells, _, full = cells_of(corners)
    index = healpix_index(stars["ra"].to_numpy(), stars["dec"].to_numpy()) >> 2 * (29 - 8)
    surely, maybe = np.isin(index, cells[full.astype(bool)]), np.isin(index, cells)
    text = written(corners[::turned])
    moved = text.replace(", ", " + n - n, ", 1)
    forms = [
        ids(queries, f"1 = CONTAINS(POINT(ra, dec), POLYGON({form}))")
        for form in (text, f"'ICRS', {text}", moved)
    ]
    forms.append(ids(queries, f"1 = INTERSECTS(POLYGON({text}), POINT(ra + 0, dec))"))
    assert all(form == forms[0] for form in forms)
    assert set(np.flatnonzero(surely)) <= forms[0] <= set(np.flatnonzero(maybe))
    assert maybe.sum() - surely.sum() < 12


@pytest.mark.parametrize("corners", SHAPES)
def test_area_and_centre_are_those_of_its_cells(queries, corners):
    cells, depths, full = cells_of(corners, 10)
    cell_area = 4 * np.pi * np.degrees(1.0) ** 2 / (12 * 4**10)
    lon, lat = healpix_to_lonlat(cells, depths)
    middle = SkyCoord(lon, lat).cartesian.mean()
    moved = written(corners).replace(", ", " + n - n, ", 1)
    for form in (written(corners), moved):
        polygon = f"POLYGON({form})"
        items = f"AREA({polygon}), COORD1(CENTROID({polygon})), COORD2(CENTROID({polygon}))"
        ((area, centre_lon, centre_lat),) = queries.rows(f"SELECT TOP 1 {items} FROM stars")
        assert full.sum() * cell_area < area < len(cells) * cell_area
        centre = SkyCoord(centre_lon, centre_lat, unit="deg")
        assert centre.separation(SkyCoord(middle, representation_type="cartesian")).deg < 0.15


def test_ranges_of_a_polygon_leave_nothing_out():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(0, 360, 20000), np.degrees(np.arcsin(rng.uniform(-1, 1, 20000)))
    index = healpix_index(lon, lat)
    for corners in SHAPES:
        x, y = np.array(corners, float).T
        ranges = cover_polygon(x, y, 10.0)
        covered = np.any([(index >= lo) & (index < hi) for lo, hi in ranges], axis=0)
        cells, _, _ = cells_of(corners, 9)
        assert covered[np.isin(index >> 40, cells)].all()


@pytest.mark.parametrize(("shape", "area"), [("CIRCLE(10, 20, 90)", 20626.48), ("POINT(1, 2)", 0)])
def test_areas_by_hand(queries, shape, area):
    assert queries.value(f"SELECT TOP 1 AREA({shape}) FROM stars") == pytest.approx(area, abs=0.01)


def test_a_box_has_its_arms_and_right_angles(queries):
    """At the equator its sides are meridians; its arms end in the middle of the sides."""
    corners = queries.value("SELECT TOP 1 BOX(40, 0, 10, 6) FROM stars")
    assert np.allclose(corners[::2], [45, 35, 35, 45])
    for lon, lat in [(10, 20), (200, -70), (0, 88)]:
        east = SkyCoord(lon, lat, unit="deg").directional_offset_by(90 * u.deg, 4.99 * u.deg)
        beyond = SkyCoord(lon, lat, unit="deg").directional_offset_by(90 * u.deg, 5.01 * u.deg)
        box = f"BOX({lon}, {lat}, 10, 6)"
        inside = f"CONTAINS(POINT({east.ra.deg}, {east.dec.deg}), {box})"
        outside = f"CONTAINS(POINT({beyond.ra.deg}, {beyond.dec.deg}), {box})"
        assert queries.rows(f"SELECT TOP 1 {inside}, {outside} FROM stars") == [(1, 0)]


@pytest.mark.parametrize(
    ("relation", "first", "second", "expected"),
    [
        ("CONTAINS", "POINT(1, 2)", "POINT(361, 2)", 1),
        ("CONTAINS", "POINT(1, 2)", "POINT(1, 2.001)", 0),
        ("CONTAINS", "CIRCLE(10, 10, 2)", "CIRCLE(10, 11, 3)", 1),
        ("CONTAINS", "CIRCLE(10, 10, 3)", "CIRCLE(10, 11, 2)", 0),
        ("CONTAINS", "CIRCLE(15, 15, 2)", "POLYGON(10, 10, 20, 10, 20, 20, 10, 20)", 1),
        ("CONTAINS", "CIRCLE(15, 15, 6)", "POLYGON(10, 10, 20, 10, 20, 20, 10, 20)", 0),
        ("CONTAINS", "POLYGON(10, 10, 20, 10, 20, 20)", "CIRCLE(15, 15, 8)", 1),
        ("CONTAINS", "POLYGON(10, 10, 20, 10, 20, 20)", "CIRCLE(15, 15, 5)", 0),
        ("CONTAINS", "POLYGON(10, 10, 20, 10, 20, 20)", "CIRCLE(150, 0, 150)", 1),
        ("CONTAINS", "POLYGON(10, 10, 20, 10, 20, 20)", "CIRCLE(150, 0, 130)", 0),
        ("CONTAINS", "POLYGON(10, 10, 20, 10, 20, 20)", "CIRCLE(195, -15, 179)", 0),
        ("CONTAINS", "BOX(15, 15, 4, 4)", "BOX(15, 15, 8, 8)", 1),
        ("CONTAINS", "BOX(15, 15, 8, 8)", "BOX(15, 15, 4, 4)", 0),
        ("CONTAINS", "BOX(15, 15, 4, 4)", "BOX(15, 15, 4, 4)", 1),
        ("CONTAINS", "BOX(0, 88, 2, 2)", "POLYGON(0, 80, 120, 80, 240, 80)", 1),
        ("CONTAINS", "CIRCLE(1, 2, 3)", "POINT(1, 2)", 0),
        ("INTERSECTS", "CIRCLE(10, 10, 2)", "CIRCLE(10, 13, 1.5)", 1),
        ("INTERSECTS", "CIRCLE(10, 10, 2)", "CIRCLE(10, 14, 1.5)", 0),
        ("INTERSECTS", "CIRCLE(9, 15, 2)", "POLYGON(10, 10, 20, 10, 20, 20, 10, 20)", 1),
        ("INTERSECTS", "POLYGON(10, 10, 20, 10, 20, 20, 10, 20)", "CIRCLE(7, 15, 2)", 0),
        ("INTERSECTS", "BOX(10, 10, 20, 1)", "BOX(10, 10, 1, 20)", 1),
        ("INTERSECTS", "BOX(10, 10, 2, 2)", "BOX(190, -10, 2, 2)", 0),
        ("INTERSECTS", "BOX(359, 0, 4, 4)", "BOX(1.5, 0, 4, 4)", 1),
        ("INTERSECTS", "POINT(359.5, 0)", "BOX(0, 0, 4, 4)", 1),
    ],
)
def test_relations_of_all_pairs(queries, relation, first, second, expected):
    assert queries.value(f"SELECT TOP 1 {relation}({first}, {second}) FROM stars") == expected


def test_columns_texts_and_functions_give_the_same_shapes(queries):
    rows = queries.rows("SELECT place, beam, footprint FROM observations ORDER BY id")
    assert [row[2] for row in rows] == OUTLINES
    text = " ".join(map(str, OUTLINES[0]))
    items = f"CAST('{text}' AS POLYGON), REGION('Polygon ICRS {text}')"
    assert queries.rows(f"SELECT {items} FROM notes")[0] == (OUTLINES[0], OUTLINES[0])
    fields = queries.translate(f"SELECT {items}, place, beam FROM observations").fields
    assert [f.xtype for f in fields] == ["polygon", "polygon", "point", "circle"]
    assert [f.arraysize for f in fields] == ["8", "8", "2", "3"]


def test_a_corner_that_is_repeated_counts_once():
    closed = make_outline(((0, 0), (10, 0), (10, 10), (10, 10), (0, 0)))
    assert closed is not None and len(closed.corners) == 3
    assert make_outline(((0, 0), (10, 0), (10, 0), (0, 0))) is None
