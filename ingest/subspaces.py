"""The common grid, the regions on it, and the windows that tile it."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from ingest.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Grid:
    """The rest-frame grid: log10 of vacuum wavelength [Angstrom], constant step."""

    loglam0: float
    step: float
    pixels: int

    @property
    def loglam(self) -> np.ndarray:
        """log10 wavelength of the pixel centres, float64, shape (pixels,)."""
        return self.loglam0 + self.step * np.arange(self.pixels)

    @property
    def wave(self) -> np.ndarray:
        """Wavelength of the pixel centres [Angstrom], float64, shape (pixels,)."""
        return 10.0**self.loglam


@dataclass(frozen=True, slots=True)
class Region:
    """A wavelength region, clipped to the grid.

    Attributes
    ----------
    name : str
        Published as the prefix of its columns.
    lo, hi : float
        Rest-frame vacuum limits [Angstrom].
    pixels : slice
        The pixels of the grid whose centres lie within the limits.
    description : str
    """

    name: str
    lo: float
    hi: float
    pixels: slice
    description: str


@dataclass(frozen=True, slots=True)
class Window:
    """One of the half-overlapping windows in which reconstruction is judged."""

    name: str
    lo: float
    hi: float
    pixels: slice


def _load() -> dict:
    return tomllib.loads(files("ingest").joinpath("regions.toml").read_text())


GRID = Grid(**_load()["grid"])
"""The one grid of every release."""


def read_regions(names: tuple[str, ...] | None = None) -> tuple[Region, ...]:
    """Read the regions that are defined, or those named, in the order of the file.

    Raises
    ------
    SettingsError
        When a name is not defined.
    """
    known = _load()["regions"]
    for name in names or ():
        if name not in known:
            raise SettingsError(f"Unknown region '{name}'. Defined are: {', '.join(known)}.")
    return tuple(
        Region(name, **_clip(r["lo"], r["hi"]), description=r["description"])
        for name, r in known.items()
        if names is None or name in names
    )


def tile_windows(count: int = 23) -> tuple[Window, ...]:
    """Tile the grid with windows that overlap by half.

    Parameters
    ----------
    count : int
        How many; each is 2 / (count + 1) of the grid wide.
    """
    half = GRID.pixels / (count + 1)
    starts = np.round(half * np.arange(count)).astype(int)
    stops = np.minimum(np.round(half * (np.arange(count) + 2)).astype(int), GRID.pixels)
    wave = GRID.wave
    return tuple(
        Window(f"w{i + 1:02d}", float(wave[a]), float(wave[b - 1]), slice(int(a), int(b)))
        for i, (a, b) in enumerate(zip(starts, stops, strict=True))
    )


def _clip(lo: float, hi: float) -> dict:
    wave = GRID.wave
    first, last = np.searchsorted(wave, lo), np.searchsorted(wave, hi, side="right")
    if last - first < 2:
        raise SettingsError(f"The region {lo}-{hi} Angstrom holds no pixel of the grid.")
    return {
        "lo": float(max(lo, round(wave[0]))),
        "hi": float(min(hi, round(wave[-1]))),
        "pixels": slice(int(first), int(last)),
    }
