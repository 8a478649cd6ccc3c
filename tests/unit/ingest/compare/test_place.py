"""Orders and groups by place on a map."""

import numpy as np

from ingest.compare.place import group_by_place, order_by_place


def test_neighbours_in_the_order_are_neighbours_on_the_map():
    grid = np.array([(x, y) for x in range(32) for y in range(32)], float)
    steps = np.diff(grid[order_by_place(grid)], axis=0)
    # A Hilbert curve through all cells goes from each to one that touches it.
    np.testing.assert_array_equal(np.abs(steps).sum(axis=1), 1)


def test_the_order_does_not_depend_on_rows():
    rng = np.random.default_rng(5)
    xy = rng.normal(size=(3000, 2)).astype(np.float32)
    turn = rng.permutation(3000)
    np.testing.assert_array_equal(xy[order_by_place(xy)], xy[turn][order_by_place(xy[turn])])


def test_those_without_a_place_come_last():
    xy = np.array([[np.nan, np.nan], [1, 1], [0, 0], [np.nan, np.nan]])
    order = order_by_place(xy)
    assert sorted(order[:2]) == [1, 2]
    assert order[2:].tolist() == [0, 3]


def test_few_or_equal_places():
    assert order_by_place(np.empty((0, 2))).tolist() == []
    assert order_by_place(np.ones((1, 2))).tolist() == [0]
    assert sorted(order_by_place(np.ones((3, 2)))) == [0, 1, 2]


def _map_with_clumps() -> tuple[np.ndarray, np.ndarray]:
    """Lay 3000 spectra out, and a list of twelve, five here, four there, three apart."""
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, 100, (3000, 2))
    xy[:5] = rng.normal((20, 20), 0.3, (5, 2))
    xy[5:9] = rng.normal((80, 30), 0.3, (4, 2))
    xy[9:12] = [[50, 90], [10, 70], [90, 95]]
    return xy, np.arange(12)


def test_what_stands_together_is_a_group():
    xy, members = _map_with_clumps()
    assert group_by_place(members, xy).tolist() == [1] * 5 + [2] * 4 + [0] * 3


def test_groups_do_not_depend_on_rows_or_on_the_scale_of_the_map():
    xy, members = _map_with_clumps()
    rng = np.random.default_rng(7)
    turn = rng.permutation(len(xy))
    place = np.argsort(turn)
    expected = group_by_place(members, xy)
    np.testing.assert_array_equal(group_by_place(place[members], xy[turn]), expected)
    np.testing.assert_array_equal(group_by_place(members, 1e-3 * xy + 7), expected)


def test_random_lists_make_no_large_groups():
    rng = np.random.default_rng(8)
    # Dense in the middle and thin outside, as maps are.
    xy = rng.standard_t(3, (20_000, 2))
    largest = [
        np.bincount(group_by_place(rng.choice(20_000, 66, replace=False), xy), minlength=2)[1]
        for _ in range(50)
    ]
    assert np.median(largest) <= 5
    assert max(largest) <= 12


def test_members_that_are_not_on_the_map_have_no_group():
    xy, members = _map_with_clumps()
    xy[4] = np.nan
    assert group_by_place(members, xy).tolist() == [1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 0, 0]
    assert group_by_place(members[:1], xy).tolist() == [0]
    assert not group_by_place(members, np.full((3000, 2), np.nan)).any()
