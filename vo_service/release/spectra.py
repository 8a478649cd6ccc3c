"""The store of spectra, both ways: shards of plain arrays, one spectrum by one read.

A shard is a folder of `.npy` files: the observed spectra as they came, laid end to end behind
`offsets`, and the rest-frame ones as rows on the grid. A shard is whole or not there.
"""

import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from vo_service.errors import NotFoundError

INDEX_FILE = "index.npz"


@dataclass(frozen=True, slots=True)
class ObservedSpectrum:
    """A spectrum as the survey wrote it.

    Attributes
    ----------
    wave : float64, shape (n_pix,)
        Observed-frame vacuum wavelength [Angstrom].
    flux, ivar, sky : float32, shape (n_pix,)
        [1e-17 erg s-1 cm-2 Angstrom-1], its inverse variance, the sky model.
    mask : int32, shape (n_pix,)
        The survey's bad-pixel bits.
    """

    wave: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    mask: np.ndarray
    sky: np.ndarray


@dataclass(frozen=True, slots=True)
class RestSpectrum:
    """A spectrum on the common rest-frame grid; ivar 0 marks a missing pixel."""

    wave: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray


def write_shard(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays of one shard; the folder appears when all are written.

    Parameters
    ----------
    folder : Path
        `spectra/<number>`.
    arrays : dict
        obj_id int64 (n,), offsets int64 (n + 1,), loglam0 and loglam_step float64 (n,), flux, ivar,
        sky float32 and mask int32 (n_pix,), rest_flux and rest_ivar float32 (n, n_grid), and wave
        float64 (n_pix,) where grids are explicit.
    """
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, array in arrays.items():
        _write_array(draft / f"{name}.npy", np.ascontiguousarray(array))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _write_array(path: Path, array: np.ndarray) -> None:
    """Write a `.npy` file; `np.save` does not say when the disk is full."""
    with path.open("wb") as stream:
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(array.data.cast("B") if array.size else b"")


def write_index(folder: Path, grid_loglam: np.ndarray) -> None:
    """Write where each object lies, over all shards of the folder."""
    shards = shard_folders(folder)
    ids = [np.load(s / "obj_id.npy") for s in shards]
    obj_id = np.concatenate(ids) if ids else np.empty(0, np.int64)
    shard = np.repeat(np.arange(len(ids)), [i.size for i in ids])
    row = np.concatenate([np.arange(i.size) for i in ids]) if ids else np.empty(0, np.int64)
    order = np.argsort(obj_id, kind="stable")
    np.savez(
        folder / INDEX_FILE,
        obj_id=obj_id[order],
        shard=shard[order],
        row=row[order],
        loglam=grid_loglam,
    )


def shard_folders(folder: Path) -> list[Path]:
    """Return the finished shards in order."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and p.name.isdigit())


class SpectraStore:
    """Read single spectra of a part.

    Parameters
    ----------
    folder : Path
        `parts/<id>/spectra`.
    """

    def __init__(self, folder: Path):
        with np.load(folder / INDEX_FILE) as index:
            self._obj_id, self._shard, self._row = (index[n] for n in ("obj_id", "shard", "row"))
            self._grid_wave = 10.0 ** index["loglam"]
        self._shards = shard_folders(folder)
        self._place = np.empty(len(self), np.int64)
        self._place[np.lexsort((self._row, self._shard))] = np.arange(len(self))

    def __len__(self) -> int:
        return self._obj_id.size

    def __contains__(self, obj_id: int) -> bool:
        i = np.searchsorted(self._obj_id, obj_id)
        return bool(i < self._obj_id.size and self._obj_id[i] == obj_id)

    def places(self, obj_ids: np.ndarray) -> np.ndarray:
        """Return where spectra lie among all of the store, counted along the shards.

        Parameters
        ----------
        obj_ids : int64, shape (n,)

        Returns
        -------
        int64, shape (n,)
            -1 where the store has no such object.
        """
        if not len(self):
            return np.full(obj_ids.size, -1, np.int64)
        i = np.minimum(np.searchsorted(self._obj_id, obj_ids), len(self) - 1)
        return np.where(self._obj_id[i] == obj_ids, self._place[i], -1)

    def observed(self, obj_id: int) -> ObservedSpectrum:
        """Read an observed spectrum.

        Raises
        ------
        NotFoundError
            When the store has no such object.
        """
        shard, row = self._locate(obj_id)
        start, stop = (int(v) for v in read_rows(shard / "offsets.npy", row, row + 2))
        pixels = {
            n: read_rows(shard / f"{n}.npy", start, stop) for n in ("flux", "ivar", "mask", "sky")
        }
        return ObservedSpectrum(wave=self._wave(shard, row, start, stop), **pixels)

    def rest(self, obj_id: int) -> RestSpectrum:
        """Read a rest-frame spectrum on the grid.

        Raises
        ------
        NotFoundError
            When the store has no such object.
        """
        shard, row = self._locate(obj_id)
        flux, ivar = (read_rows(shard / f"rest_{n}.npy", row, row + 1)[0] for n in ("flux", "ivar"))
        return RestSpectrum(self._grid_wave, flux, ivar)

    def _locate(self, obj_id: int) -> tuple[Path, int]:
        if obj_id not in self:
            raise NotFoundError(f"There is no spectrum with obj_id {obj_id} in this release.")
        i = int(np.searchsorted(self._obj_id, obj_id))
        return self._shards[int(self._shard[i])], int(self._row[i])

    def _wave(self, shard: Path, row: int, start: int, stop: int) -> np.ndarray:
        loglam0 = read_rows(shard / "loglam0.npy", row, row + 1)[0]
        if np.isnan(loglam0):
            return read_rows(shard / "wave.npy", start, stop)
        step = read_rows(shard / "loglam_step.npy", row, row + 1)[0]
        return 10.0 ** (loglam0 + step * np.arange(stop - start))


def read_rows(path: Path, start: int, stop: int) -> np.ndarray:
    """Read rows start:stop of a `.npy` file by one positioned read.

    A memory map costs 50 times more for one row (page tables, header parsing).
    """
    begin, dtype, row_shape = _layout(path)
    row_bytes = dtype.itemsize * int(np.prod(row_shape, dtype=np.int64))
    handle = os.open(path, os.O_RDONLY)
    try:
        data = os.pread(handle, (stop - start) * row_bytes, begin + start * row_bytes)
    finally:
        os.close(handle)
    return np.frombuffer(data, dtype).reshape(stop - start, *row_shape)


@lru_cache(maxsize=20_000)
def _layout(path: Path) -> tuple[int, np.dtype, tuple[int, ...]]:
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        return stream.tell(), dtype, shape[1:]
