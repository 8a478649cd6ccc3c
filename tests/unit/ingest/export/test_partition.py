"""Partitions by hand, and what must hold of any."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.export.partition import DEEPEST, choose_partitions


def deep(order: int, pixel: int, child: int = 0) -> int:
    """Return a cell of the deepest order within a pixel."""
    return (pixel << 2 * (DEEPEST - order)) + child


def test_few_rows_make_one_partition_for_each_base_pixel():
    cells = np.array([deep(0, 3), deep(0, 3, 77), deep(0, 11)])
    found = choose_partitions(cells, np.array([2, 3, 1]), most=5)
    assert found.orders.tolist() == [0, 0]
    assert found.pixels.tolist() == [3, 11]
    assert found.counts.tolist() == [5, 1]


def test_a_crowded_pixel_is_split_and_its_neighbour_is_not():
    cells = np.array([deep(1, 12), deep(1, 14), deep(1, 15), deep(0, 5)])
    order = np.argsort(cells)
    found = choose_partitions(cells[order], np.array([4, 4, 4, 4])[order], most=8)
    assert list(zip(found.orders.tolist(), found.pixels.tolist(), strict=True)) == [
        (1, 12), (1, 14), (1, 15), (0, 5),
    ]  # fmt: skip


def test_a_smallest_cell_may_hold_too_many():
    found = choose_partitions(np.array([9]), np.array([1000]), most=10)
    assert (found.orders[0], found.pixels[0], found.counts[0]) == (DEEPEST, 9, 1000)


@given(
    st.dictionaries(st.integers(0, 12 * 4**DEEPEST - 1), st.integers(1, 9), min_size=1),
    st.integers(1, 30),
)
def test_partitions_hold_all_rows_once_and_none_could_be_larger(rows, most):
    cells = np.array(sorted(rows))
    counts = np.array([rows[c] for c in cells])
    found = choose_partitions(cells, counts, most)
    index = cells << 2 * (29 - DEEPEST)
    assert (found.starts[1:] >= found.stops[:-1]).all()
    ranges = zip(found.starts, found.stops, strict=True)
    held = [counts[(index >= start) & (index < stop)].sum() for start, stop in ranges]
    assert held == found.counts.tolist()
    assert sum(held) == counts.sum()
    for order, pixel, count in zip(found.orders, found.pixels, found.counts, strict=True):
        assert count <= most or order == DEEPEST
        if order > 0:
            within = cells >> 2 * (DEEPEST - order + 1) == pixel >> 2
            assert counts[within].sum() > most
