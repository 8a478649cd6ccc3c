"""How far spectra reach: their number of pixels, and their first and last wavelength."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Extents:
    """The extents of some spectra, in their order.

    Attributes
    ----------
    pixels : int64, shape (n_spec,)
        Number of pixels.
    first, last : float64, shape (n_spec,)
        Observed-frame vacuum wavelength at the centres of the end pixels [Angstrom]; NaN without
        pixels.
    """

    pixels: np.ndarray
    first: np.ndarray
    last: np.ndarray

    def take(self, rows: np.ndarray) -> "Extents":
        """Return the extents of the spectra at these row numbers, in their order."""
        return Extents(self.pixels[rows], self.first[rows], self.last[rows])

    @classmethod
    def read(cls, shards: Sequence[Path]) -> "Extents":
        """Read those of all spectra of some shards, one after the other."""
        found = [_read_shard(shard) for shard in shards]
        return cls(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _read_shard(shard: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offsets = np.load(shard / "offsets.npy")
    loglam0, step = np.load(shard / "loglam0.npy"), np.load(shard / "loglam_step.npy")
    pixels = np.diff(offsets)
    first, last = 10.0**loglam0, 10.0 ** (loglam0 + step * (pixels - 1))
    explicit = np.isnan(loglam0) & (pixels > 0)
    if explicit.any():
        wave = np.load(shard / "wave.npy", mmap_mode="r")
        first[explicit] = wave[offsets[:-1][explicit]]
        last[explicit] = wave[offsets[1:][explicit] - 1]
    first[pixels == 0] = last[pixels == 0] = np.nan
    return pixels, first, last
