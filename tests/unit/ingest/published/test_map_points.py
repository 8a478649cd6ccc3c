"""Rows of other maps: the table's columns, and none for spectra that are on no map."""

import numpy as np

from ingest.published.map_points import MAP_POINTS, map_point_rows

IDS = np.array([7, 8, 9], np.int64)


def test_spectra_off_a_map_have_no_row():
    xy = np.array([[1, 2], [np.nan, np.nan], [3, 4]], "f4")
    rows = map_point_rows(IDS, {("nad", "pca"): xy, ("nad", "tsne"): xy + 1}).to_pylist()
    assert [tuple(r.values()) for r in rows] == [
        (7, "nad", "pca", 1.0, 2.0),
        (9, "nad", "pca", 3.0, 4.0),
        (7, "nad", "tsne", 2.0, 3.0),
        (9, "nad", "tsne", 4.0, 5.0),
    ]


def test_columns_are_those_of_the_table_with_and_without_maps():
    names = [field.name for field in MAP_POINTS.fields]
    some = map_point_rows(IDS, {("nad", "pca"): np.ones((3, 2), "f4")})
    none = map_point_rows(IDS, {})
    assert some.column_names == none.column_names == names
    assert none.num_rows == 0
    assert some.schema == none.schema
