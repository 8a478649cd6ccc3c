"""Groups along a direction of a map, where they lie elsewhere, their stacks: figures 6 and 7."""

from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ingest.measure.linelist import Line, read_lines
from ingest.prepare.normalise import divide_by_median
from ingest.report.found import Found, NothingToDrawError
from ingest.report.maps import paint
from ingest.report.style import FAINT, INK, SOFT, bare_map, new_figure
from ingest.subspaces import GRID, Region

GROUPS = 5
SHADES = "plasma"
LABEL_ROOM = 0.18
"""Share of a region that the name of a line takes."""

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


def number_groups(groups: Groups, count: int) -> np.ndarray:
    """Return the group of each of so many spectra, 1 first, float64; NaN for those in none."""
    numbers = np.full(count, np.nan)
    for number, members in enumerate(groups.members, 1):
        numbers[members] = number
    return numbers


def draw_groups(found: Found) -> Figure:
    """Draw the groups on the map they are cut from, and where they lie on the maps of others."""
    groups = find_groups(found)
    others = [n for n in ELSEWHERE if n in found.results.maps and n != groups.region]
    numbers = number_groups(groups, len(found.survey))
    figure = new_figure(3.4 * (1 + len(others)), 4)
    grid = figure.subplots(1, 1 + len(others), squeeze=False).ravel()
    for axes, name in zip(grid, (groups.region, *others), strict=True):
        drawn = paint(axes, found.results.maps[name].xy, numbers)
        drawn.set(cmap=SHADES, clim=(0.7, GROUPS + 0.7))
        bare_map(axes, name)
    _draw_arrow(grid[0], found.results.maps[groups.region].xy, groups.direction)
    return figure


def draw_stacks(found: Found) -> Figure:
    """Draw the stacks of the groups in the region they are cut from, and in others."""
    groups = find_groups(found)
    others = [n for n in ("hbeta", "halpha") if n in found.results.maps and n != groups.region]
    figure = new_figure(13, 7)
    grid = figure.subplots(
        2, 1 + len(others), squeeze=False, sharex="col", height_ratios=(1.7, 1)
    ).T
    for (upper, lower), name in zip(grid, (groups.region, *others), strict=True):
        region = next(r for r in found.plan.regions if r.name == name)
        _draw_region(upper, lower, region, stack_groups(found, groups, name))
    grid[0, 0].set_ylabel("mean flux / median in the region")
    grid[0, 1].set_ylabel("less the mean of the groups")
    grid[0, 0].legend(loc="best")
    return figure


def _draw_region(upper: Axes, lower: Axes, region: Region, stacks: list[Stack]) -> None:
    wave = GRID.wave[region.pixels]
    usual = np.mean([made.mean for made in stacks], axis=0)
    for number, (made, colour) in enumerate(zip(stacks, _shades(), strict=True), 1):
        upper.plot(wave, made.mean, color=colour, label=f"group {number} ({made.count})")
        difference = made.mean - usual
        lower.plot(wave, difference, color=colour)
        ends = (difference - made.error, difference + made.error)
        lower.fill_between(wave, *ends, color=colour, alpha=0.25, lw=0)
    upper.set_title(region.name, pad=22)
    _mark_lines(upper, region)
    lower.set_xlabel("rest wavelength, vacuum [Å]")
    lower.margins(x=0)


def _mark_lines(axes: Axes, region: Region) -> None:
    """Name the lines of a region above it."""
    for line in choose_lines(region):
        axes.axvline(line.wave, color=FAINT, lw=0.8, zorder=0)
        axes.text(
            line.wave, 1.01, line.label, transform=axes.get_xaxis_transform(), fontsize=9,
            ha="center", color=SOFT,
        )  # fmt: skip


def choose_lines(region: Region) -> list[Line]:
    """Return lines whose names have room beside one another, the headline ones first."""
    inside = [line for line in read_lines() if region.lo < line.wave < region.hi]
    room = LABEL_ROOM * (region.hi - region.lo)
    chosen: list[Line] = []
    for line in sorted(inside, key=lambda entry: (not entry.headline, entry.kind, entry.wave)):
        if all(abs(line.wave - other.wave) > room for other in chosen):
            chosen.append(line)
    return chosen


def _draw_arrow(axes: Axes, xy: np.ndarray, direction: np.ndarray) -> None:
    middle, reach = np.nanmedian(xy, axis=0), 1.4 * float(np.nanmax(np.nanstd(xy, axis=0)))
    for colour, width in (("white", 4), (INK, 2)):
        axes.annotate(
            "", middle + reach * direction, middle - reach * direction,
            arrowprops={"arrowstyle": "-|>", "color": colour, "lw": width},
        )  # fmt: skip


def _shades() -> np.ndarray:
    places = (np.arange(1, GROUPS + 1) - 0.7) / GROUPS
    return mpl.colormaps[SHADES](places)
