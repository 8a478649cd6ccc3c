"""Groups along a direction of a map, where they lie elsewhere, and their stacks: figures 6 and 7."""

from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ingest.prepare.normalise import divide_by_median
from ingest.report.found import Found, NothingToDrawError
from ingest.report.maps import beneath, points_style
from ingest.report.style import COLOURS, INK, bare_map, new_figure
from ingest.subspaces import GRID

GROUPS = 5
STACKED = 200
"""Spectra of a group that are stacked, at most; evenly spaced along the direction."""

ELSEWHERE = ("hbeta", "halpha", "whole")
CORE = (1, 99)
"""Percentiles of both coordinates within which the direction is sought: far islands do not rule."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Spectra along the longest direction of a map.

    Attributes
    ----------
    region : str
    direction : float64, shape (2,)
        Of unit length.
    members : tuple of int64 arrays
        Rows of each group, in order along the direction; their sizes differ by one at most.
    """

    region: str
    direction: np.ndarray
    members: tuple[np.ndarray, ...]


def find_groups(found: Found) -> Groups:
    """Cut the map of Na D, or else of the first region, in equal groups along its longest axis."""
    name = found.region_or_first("nad")
    xy = found.results.maps[name].xy.astype(np.float64)
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if placed.size < 2 * GROUPS:
        raise NothingToDrawError(f"fewer than {2 * GROUPS} spectra are on the map of {name}")
    direction = find_direction(xy[placed])
    along = xy[placed] @ direction
    ordered = placed[np.argsort(along, kind="stable")]
    return Groups(name, direction, tuple(np.array_split(ordered, GROUPS)))


def find_direction(xy: np.ndarray) -> np.ndarray:
    """Return the direction in which places spread most, float64, shape (2,), towards greater x."""
    lo, hi = np.percentile(xy, CORE, axis=0)
    core = xy[((xy >= lo) & (xy <= hi)).all(axis=1)]
    core = core if len(core) > 2 else xy
    direction = np.linalg.eigh(np.cov(core.T))[1][:, -1]
    return direction * (1.0 if direction[0] >= 0 else -1.0)


@dataclass(frozen=True, slots=True)
class Stack:
    """The mean of many spectra, each over its median in the region.

    Attributes
    ----------
    mean, error : float64, shape (n_pix,)
        Weighted by inverse variance, and its standard error; NaN where no spectrum has the pixel.
    count : int
        Spectra that were stacked.
    """

    mean: np.ndarray
    error: np.ndarray
    count: int


def stack(flux: np.ndarray, ivar: np.ndarray) -> Stack:
    """Stack spectra that are normalised, float32, shape (n_spec, n_pix)."""
    weight = ivar.sum(axis=0, dtype=np.float64)
    total = np.einsum("ij,ij->j", flux, ivar, dtype=np.float64)
    known = weight > 0
    mean = np.divide(total, weight, out=np.full(weight.shape, np.nan), where=known)
    error = np.full(weight.shape, np.nan)
    error[known] = weight[known] ** -0.5
    return Stack(mean, error, int((ivar > 0).any(axis=1).sum()))


def stack_groups(found: Found, groups: Groups, region: str) -> list[Stack]:
    """Stack each group in a region."""
    pixels = next(r.pixels for r in found.plan.regions if r.name == region)
    stacks = []
    for members in groups.members:
        chosen = np.linspace(0, members.size - 1, min(members.size, STACKED)).round().astype(int)
        flux, ivar = found.read_spectra(members[chosen])
        stacks.append(stack(*divide_by_median(flux[:, pixels], ivar[:, pixels])))
    return stacks


def draw_groups(found: Found) -> Figure:
    """Draw the groups on the map they are cut from, and where they lie on the maps of others."""
    groups = find_groups(found)
    others = [n for n in ELSEWHERE if n in found.results.maps and n != groups.region]
    figure = new_figure(3.4 * (1 + len(others)), 4)
    grid = figure.subplots(1, 1 + len(others), squeeze=False).ravel()
    for axes, name in zip(grid, (groups.region, *others), strict=True):
        xy = found.results.maps[name].xy
        beneath(axes, xy)
        for members, colour in zip(groups.members, _shades(), strict=True):
            axes.scatter(*xy[members].T, color=colour, **points_style(len(xy)))
        bare_map(axes, name)
    xy = found.results.maps[groups.region].xy
    middle, reach = np.nanmedian(xy, axis=0), 0.35 * np.nanmax(np.nanstd(xy, axis=0)) * 2
    grid[0].annotate(
        "", middle + reach * groups.direction, middle - reach * groups.direction,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2},
    )  # fmt: skip
    return figure


def draw_stacks(found: Found) -> Figure:
    """Draw the stacks of the groups in the region they are cut from, and in others."""
    groups = find_groups(found)
    names = [groups.region, *(n for n in ("hbeta", "halpha") if n in found.results.maps)]
    names = list(dict.fromkeys(names))
    figure = new_figure(13, 5.4)
    grid = figure.subplots(1, len(names), squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=True):
        region = next(r for r in found.plan.regions if r.name == name)
        stacks = stack_groups(found, groups, name)
        for number, (made, colour) in enumerate(zip(stacks, _shades(), strict=True), 1):
            label = f"group {number} ({made.count})"
            axes.plot(GRID.wave[region.pixels], made.mean, color=colour, lw=1.3, label=label)
        axes.set_title(name)
        axes.set_xlabel("rest wavelength, vacuum [Å]")
        axes.margins(x=0)
    grid[0].set_ylabel("mean flux / median in the region")
    grid[0].legend(loc="best")
    return figure


def _shades() -> np.ndarray:
    return mpl.colormaps[COLOURS](np.linspace(0.02, 0.88, GROUPS))
