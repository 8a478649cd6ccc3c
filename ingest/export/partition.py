"""Cells of the sky that hold about as many rows each: large where there are few, else small."""

from dataclasses import dataclass

import numpy as np

INDEX_ORDER = 29
DEEPEST = 12
"""Order of the smallest cells, 0.86 arcmin; one of these may hold more rows than wanted."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """Cells that do not overlap and together hold all rows, by their place on the sky.

    Attributes
    ----------
    orders, pixels : int64, shape (n,)
        HEALPix order and NESTED number.
    counts : int64, shape (n,)
        Rows in each.
    """

    orders: np.ndarray
    pixels: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        return self.orders.size

    @property
    def starts(self) -> np.ndarray:
        """First index at order 29 of each, int64; they increase."""
        return self.pixels << 2 * (INDEX_ORDER - self.orders)

    @property
    def stops(self) -> np.ndarray:
        """First index at order 29 behind each, int64."""
        return (self.pixels + 1) << 2 * (INDEX_ORDER - self.orders)

    @property
    def sky_fraction(self) -> float:
        """Share of the sphere that the cells cover."""
        return float((1.0 / (12 * 4.0**self.orders)).sum())


def choose_partitions(cells: np.ndarray, counts: np.ndarray, most: int) -> Partitions:
    """Take the largest cells that hold few enough rows.

    Parameters
    ----------
    cells : int64, shape (n,)
        NESTED cells of order `DEEPEST` that hold rows, increasing.
    counts : int64, shape (n,)
        Rows in each.
    most : int
        Rows that a partition may hold; only a cell of order `DEEPEST` holds more.
    """
    orders, pixels, totals = [], [], []
    for order in range(DEEPEST + 1):
        within = cells >> 2 * (DEEPEST - order)
        first = np.flatnonzero(np.diff(within, prepend=-1))
        sums = np.add.reduceat(counts, first) if first.size else counts
        fits = (sums <= most) | (order == DEEPEST)
        orders.append(np.full(fits.sum(), order, np.int64))
        pixels.append(within[first][fits])
        totals.append(sums[fits])
        left = np.repeat(~fits, np.diff(first, append=cells.size))
        cells, counts = cells[left], counts[left]
    found = Partitions(*(np.concatenate(parts) for parts in (orders, pixels, totals)))
    place = np.argsort(found.starts)
    return Partitions(found.orders[place], found.pixels[place], found.counts[place])
