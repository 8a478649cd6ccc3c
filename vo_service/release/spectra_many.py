"""Many rest-frame spectra at once: found together, read in the order in which they lie on disk."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vo_service.errors import FatalError
from vo_service.release.spectra import SpectraStore, array_layout


@dataclass(frozen=True, slots=True)
class RestRows:
    """Rest-frame spectra, and where they lie.

    Attributes
    ----------
    folders : tuple of Path
        The shards of all parts.
    shard, row : int64, shape (n,)
        Number of the folder and row in it; -1 for a spectrum that no part holds.
    """

    folders: tuple[Path, ...]
    shard: np.ndarray
    row: np.ndarray

    def __len__(self) -> int:
        return self.shard.size

    def take(self, index: np.ndarray) -> "RestRows":
        """Return some of them, in the order of `index`."""
        return RestRows(self.folders, self.shard[index], self.row[index])

    def on_disk(self) -> np.ndarray:
        """Return the index of those that some part holds, in the order in which they lie there."""
        order = np.lexsort((self.row, self.shard))
        return order[self.shard[order] >= 0]

    def read(self, pixels: slice) -> tuple[np.ndarray, np.ndarray]:
        """Read some pixels of all of them; they must stand in their order on disk.

        Parameters
        ----------
        pixels : slice
            Of the grid; start and stop are given.

        Returns
        -------
        flux, ivar : float32, shape (n, n_pixels)
            ivar 0 marks a missing pixel.
        """
        shape = (len(self), pixels.stop - pixels.start)
        flux, ivar = np.empty(shape, np.float32), np.empty(shape, np.float32)
        for here in self._by_shard():
            folder = self.folders[int(self.shard[here.start])]
            for name, array in (("flux", flux), ("ivar", ivar)):
                _read_pixels(folder / f"rest_{name}.npy", self.row[here], pixels, array[here])
        return flux, ivar

    def _by_shard(self) -> Iterator[slice]:
        edges = [*np.flatnonzero(np.diff(self.shard, prepend=-1)).tolist(), len(self)]
        yield from map(slice, edges[:-1], edges[1:])


def find_rest_rows(stores: Sequence[SpectraStore], obj_ids: np.ndarray) -> RestRows:
    """Find the spectra of many objects; the first store that holds one counts.

    Parameters
    ----------
    stores : sequence of SpectraStore
    obj_ids : int64, shape (n,)
    """
    folders: list[Path] = []
    shard, row = np.full(obj_ids.shape, -1, np.int64), np.full(obj_ids.shape, -1, np.int64)
    for store in stores:
        missing = np.flatnonzero(shard < 0)
        found, rows = store.shard_rows(obj_ids[missing])
        held = found >= 0
        shard[missing[held]], row[missing[held]] = found[held] + len(folders), rows[held]
        folders += store.folders
    return RestRows(tuple(folders), shard, row)


def _read_pixels(path: Path, rows: np.ndarray, pixels: slice, out: np.ndarray) -> None:
    """Read pixels of rows of a `.npy` file straight into an array, one read for each run of rows.

    Parameters
    ----------
    rows : int64, shape (n,)
        Increasing.
    out : float32, shape (n, n_pixels)
        Filled.
    """
    begin, dtype, row_shape = array_layout(path)
    if dtype != out.dtype:
        raise FatalError(f"{path} holds {dtype}, not {out.dtype}.")
    # Adjacent rows lie end to end only where all of their pixels are wanted.
    is_whole = (out.shape[1],) == row_shape
    firsts = np.flatnonzero(np.diff(rows, prepend=-2) != 1) if is_whole else np.arange(rows.size)
    offsets = begin + (rows[firsts] * row_shape[0] + pixels.start) * dtype.itemsize
    edges = np.append(firsts, rows.size) * out.shape[1] * dtype.itemsize
    target = out.data.cast("B")
    handle = os.open(path, os.O_RDONLY)
    try:
        for offset, start, stop in zip(
            offsets.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True
        ):
            if os.preadv(handle, [target[start:stop]], offset) != stop - start:
                raise FatalError(f"{path} is shorter than its index says.")
    finally:
        os.close(handle)
