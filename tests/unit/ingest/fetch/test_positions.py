"""Positions and what lies near them, judged by astropy."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from ingest.errors import SourceError
from ingest.fetch.positions import Positions, box, match, read_positions
from ingest.read.table_formats import Columns


@pytest.mark.parametrize("dec", [0.0, -45.0, 60.0, 89.9, 89.9999, -90.0])
@pytest.mark.parametrize("ra", [0.0, 0.0001, 180.0, 359.9999, 360.0])
def test_a_box_holds_its_cone(ra: float, dec: float):
    centre = SkyCoord(ra, dec, unit="deg")
    edge = centre.directional_offset_by(np.arange(0, 360, 1) * u.deg, 1.999 * u.arcsec)
    inside = np.zeros(edge.size, bool)
    for left, right, low, high in box(ra, dec, 2.0):
        inside |= (
            (edge.ra.deg >= left)
            & (edge.ra.deg <= right)
            & ((edge.dec.deg >= low) & (edge.dec.deg <= high))
        )
    assert inside.all()


def test_rows_in_the_corners_of_a_box_are_left_out():
    positions = Positions(np.array([10.0, 200.0]), np.array([0.0, 50.0]), 2.0)
    offsets = np.array([0.0, 1.9, 2.1]) / 3600
    table = Columns({"ra": 10.0 + offsets, "dec": np.zeros(3), "healpix": np.arange(3)})
    near = match(positions, table)
    assert near.found.values["healpix"].tolist() == [0, 1]
    assert near.lost.pairs() == [(200.0, 50.0)]


def test_an_empty_answer_loses_all():
    positions = Positions(np.array([10.0]), np.array([0.0]), 2.0)
    empty = Columns({"ra": np.array([]), "dec": np.array([])})
    assert match(positions, empty).lost.pairs() == [(10.0, 0.0)]


@pytest.mark.parametrize(
    "columns",
    [{"ra": [1.0, np.nan], "dec": [0.0, 0.0]}, {"ra": [1.0, 2.0], "dec": [0.0, 91.0]}],
)
def test_no_position_is_told_by_row(columns: dict):
    with pytest.raises(SourceError, match="Row 2"):
        read_positions(Columns(columns), 2.0)


def test_missing_columns_and_texts_are_told():
    with pytest.raises(SourceError, match="no column 'ra'; it has raj2000"):
        read_positions(Columns({"raj2000": [1.0]}), 2.0)
    with pytest.raises(SourceError, match="in degrees"):
        read_positions(Columns({"ra": ["10:12:13"], "dec": ["-1:00:00"]}), 2.0)
