"""Spectra that stand alone on a map: after figure 3 of the paper."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ingest.maps.region_map import rank_scores
from ingest.prepare.normalise import divide_by_median
from ingest.report.found import Found, NothingToDrawError, strangest
from ingest.report.maps import beneath
from ingest.report.style import BLUE, INK, SOFT, VERMILION, bare_map, new_figure
from ingest.subspaces import GRID, Region

ISOLATED = 5
CANDIDATES = 5000
"""Of the strangest, so many are looked at."""


def find_isolated(found: Found, region: str) -> np.ndarray:
    """Return rows that lie far from the others on a map, the farthest first; one of each island.

    Who lies nearer to a farther one than that one's last neighbour is of the same island.
    """
    points = found.results.maps[region]
    rows = strangest(rank_scores(points.isolation), CANDIDATES)
    chosen: list[int] = []
    for row in rows.tolist():
        apart = np.linalg.norm(points.xy[chosen] - points.xy[row], axis=1)
        if (apart > points.isolation[chosen]).all():
            chosen.append(row)
        if len(chosen) == ISOLATED:
            break
    return np.array(chosen, np.int64)


def draw_isolated(found: Found) -> Figure:
    """Draw the most isolated places of a map, and their spectra beside the median of neighbours."""
    name = found.region_or_first("nad")
    region = next(r for r in found.plan.regions if r.name == name)
    rows = find_isolated(found, name)
    if rows.size == 0:
        raise NothingToDrawError(f"no spectrum is on the map of {name}")
    figure = new_figure(13, 7)
    grid = figure.add_gridspec(rows.size, 2, width_ratios=(1, 1.25))
    _draw_places(figure.add_subplot(grid[:, 0]), found, region, rows)
    first: Axes | None = None
    for i, row in enumerate(rows):
        axes = figure.add_subplot(grid[i, 1], sharex=first)
        first = first or axes
        _draw_spectrum(axes, found, region, int(row), i + 1)
        axes.tick_params(labelbottom=i == rows.size - 1)
    axes.set_xlabel("rest wavelength, vacuum [Å]")
    return figure


def _draw_places(axes: Axes, found: Found, region: Region, rows: np.ndarray) -> None:
    xy = found.results.maps[region.name].xy
    beneath(axes, xy, len(xy))
    x, y = xy[rows].T
    axes.scatter(x, y, 90, facecolor="none", edgecolor=VERMILION, linewidths=1.8)
    for i, row in enumerate(rows):
        axes.annotate(
            str(i + 1), xy[row], xytext=(7, 5), textcoords="offset points", color=VERMILION,
            weight="bold",
        )  # fmt: skip
    bare_map(axes, f"Map of {region.name}, {region.lo:.0f}-{region.hi:.0f} Å")


def _draw_spectrum(axes: Axes, found: Found, region: Region, row: int, number: int) -> None:
    near = found.results.maps[region.name].neighbours[row]
    flux, ivar = found.read_spectra(np.concatenate([[row], near[near >= 0]]))
    flux, ivar = divide_by_median(flux[:, region.pixels], ivar[:, region.pixels])
    drawn = np.where(ivar > 0, flux, np.nan)
    wave = GRID.wave[region.pixels]
    if len(drawn) > 1:
        usual = np.median(flux[1:], axis=0)
        axes.plot(wave, usual, color=BLUE, label="median of its most similar", alpha=0.8)
    axes.plot(wave, drawn[0], color=INK, lw=0.9, label="spectrum")
    axes.set_title(f"{number}  {found.survey.facts['survey_id'][row]}", fontsize=10, color=SOFT)
    axes.set_ylabel("flux /\nmedian", fontsize=10)
    axes.margins(x=0)
    if number == 1:
        axes.legend(ncols=2, fontsize=10, loc="lower right", bbox_to_anchor=(1, 0.95))
