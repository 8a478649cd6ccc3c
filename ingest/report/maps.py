"""Maps coloured by what is known of the galaxies: after figures 1 and 2 of the paper."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure

from ingest.measure.bpt import measure_ratios
from ingest.report.found import Found, NothingToDrawError
from ingest.report.style import COLOURS, DENSE, FAINT, bare_map, new_figure

HEXAGONS = 90
MIN_KNOWN = 10
COLOUR_RANGE = (2, 98)
"""Percentiles between which colours run, so that single values do not rule."""


@dataclass(frozen=True, slots=True)
class Property:
    """What colours a map.

    Attributes
    ----------
    label : str
        With its unit.
    values : float64, shape (n_spec,)
        NaN where unknown.
    """

    label: str
    values: np.ndarray


def list_properties(found: Found) -> list[Property]:
    """Return the properties that enough galaxies have to colour a map by them."""
    fits, facts = found.results.fits, found.survey.facts
    ratios = measure_ratios(fits)
    vdisp, sn = (
        facts[name].to_numpy(zero_copy_only=False).astype(float) for name in ("vdisp", "sn_median")
    )
    known = [
        Property("log EW of H-alpha [Å]", log_positive(fits.column("ew", "halpha"))),
        Property("log [N II] / H-alpha", ratios["bpt_nii_x"]),
        Property("log [O III] / H-beta", ratios["bpt_nii_y"]),
        Property("velocity dispersion [km/s]", np.where(vdisp > 0, vdisp, np.nan)),
        Property("redshift", found.survey.z),
        Property("median S/N per pixel", sn),
    ]
    return [entry for entry in known if np.isfinite(entry.values).sum() >= MIN_KNOWN]


def log_positive(values: np.ndarray) -> np.ndarray:
    """Return log10 of what is positive, NaN else, float64."""
    wide = np.asarray(values, np.float64)
    return np.log10(np.where(wide > 0, wide, np.nan))


def draw_whole_map(found: Found) -> Figure:
    """Draw the map of the whole spectrum once for each property."""
    name = found.region_or_first("whole")
    xy = found.results.maps[name].xy
    properties = list_properties(found)
    if not properties:
        raise NothingToDrawError("no property is known of ten galaxies")
    figure = new_figure(13, 8.2 if len(properties) > 3 else 4.4)
    grid = figure.subplots(2 if len(properties) > 3 else 1, 3, squeeze=False).ravel()
    for axes in grid[len(properties) :]:
        axes.set_axis_off()
    for axes, entry in zip(grid, properties, strict=False):
        draw_coloured(figure, axes, xy, entry)
        bare_map(axes, "")
    return figure


def draw_region_maps(found: Found) -> Figure:
    """Draw the maps of all regions, coloured by one property."""
    properties = list_properties(found)
    if not properties:
        raise NothingToDrawError("no property is known of ten galaxies")
    regions = found.plan.regions
    columns = min(4, len(regions))
    lines = -(-len(regions) // columns)
    figure = new_figure(13, 3.5 * lines + 0.4)
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in grid[len(regions) :]:
        axes.set_axis_off()
    for axes, region in zip(grid, regions, strict=False):
        drawn = paint(axes, found.results.maps[region.name].xy, properties[0].values)
        bare_map(axes, f"{region.name}  {region.lo:.0f}-{region.hi:.0f} Å")
    bar = figure.colorbar(drawn, ax=grid.tolist(), shrink=0.7, aspect=30)
    bar.set_label(properties[0].label)
    bar.outline.set_visible(False)
    return figure


def draw_coloured(figure: Figure, axes: Axes, xy: np.ndarray, entry: Property) -> None:
    """Draw a map coloured by a property, with its colour bar."""
    bar = figure.colorbar(paint(axes, xy, entry.values), ax=axes, shrink=0.8, aspect=25)
    bar.set_label(entry.label)
    bar.outline.set_visible(False)


def paint(axes: Axes, xy: np.ndarray, values: np.ndarray) -> Collection:
    """Draw the places of a map in colours; those of unknown value faint, beneath.

    Parameters
    ----------
    axes : Axes
    xy : float, shape (n_spec, 2)
        NaN where a spectrum is not on the map.
    values : float, shape (n_spec,)

    Returns
    -------
    Collection
        What a colour bar needs.
    """
    on_map = np.isfinite(xy).all(axis=1)
    known = on_map & np.isfinite(values)
    x, y = xy[known].T
    if known.sum() >= DENSE:
        drawn: Collection = axes.hexbin(
            x, y, values[known], gridsize=HEXAGONS, reduce_C_function=np.median, linewidths=0.1
        )
    else:
        beneath(axes, xy[on_map & ~known], on_map.sum())
        size = point_size(on_map.sum())
        drawn = axes.scatter(x, y, size, values[known], linewidths=0, rasterized=True)
    drawn.set_cmap(COLOURS)
    drawn.set_clim(*(np.percentile(values[known], COLOUR_RANGE) if known.any() else (0, 1)))
    return drawn


def beneath(axes: Axes, xy: np.ndarray, count: int) -> None:
    """Draw places faintly, as the ground for others; `count` are on the map in all."""
    x, y = xy[np.isfinite(xy).all(axis=1)].T
    if x.size >= DENSE:
        ground = axes.hexbin(
            x, y, gridsize=HEXAGONS, bins="log", cmap="Greys", mincnt=1, linewidths=0.1
        )
        # Pale: what is drawn above must be seen.
        ground.set_clim(0.3, 1000 * x.size / HEXAGONS**2)
    else:
        axes.scatter(x, y, point_size(count), color=FAINT, linewidths=0, rasterized=True)


def point_size(count: int) -> float:
    """Return the area of a point [pt²] where so many are drawn: smaller where they are many."""
    return float(np.clip(9000 / max(count, 1), 1.5, 26))
