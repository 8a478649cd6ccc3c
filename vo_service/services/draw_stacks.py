"""The picture of stacks: a panel for each region, groups coloured by their order, lines named.

After figure 7 of Reis et al. (2019). Colours are told apart by the colour-blind, and in grey.
"""

import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure, SubFigure

from vo_service.errors import UsageError
from vo_service.formats.drawing import styled
from vo_service.formats.result import Result
from vo_service.release.types import arrow_schema
from vo_service.services.stack_regions import LineMark

INK, SOFT, FAINT = "#1c2430", "#5d6876", "#dfe4ea"
MINUS = "\N{MINUS SIGN}"
SHADES, SHADE_ENDS = "plasma", (0.03, 0.86)
"""Its yellow end is too faint for lines on white."""

STYLE: dict[Any, Any] = {
    "font.size": 11, "axes.titlesize": 12, "axes.labelsize": 11, "axes.edgecolor": SOFT,
    "axes.labelcolor": INK, "text.color": INK, "xtick.color": SOFT, "ytick.color": SOFT,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.spines.top": False,
    "axes.spines.right": False, "axes.titlelocation": "left", "axes.titleweight": "bold",
    "lines.linewidth": 1.2, "savefig.dpi": 130, "font.family": "DejaVu Sans",
    "svg.hashsalt": "oddsky", "path.simplify_threshold": 0.5,
}  # fmt: skip

WIDTH, NARROW, HEIGHT, KEY = 10.5, 5.6, 6.0, 1.3
"""Of the panels of a region alone or beside others, and of the key to the colours [inch]."""

KEY_PLACE = (0.05, 0.14, 0.2, 0.68)
"""Of the colours in their share of the picture; the rest is for numbers."""

MOST_ACROSS = 3
"""Regions that stand side by side."""

LABEL_INCH = 0.17
"""What the name of a line takes of the width."""

BANDS = 12
"""With more groups than this their errors are not drawn."""

NOTE_LETTERS = 15
"""Letters of the note below, an inch."""

MOST_TICKS = 10
MOST_DRAWN = 2_000_000
"""Rows of a picture."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A stack in one region: its pixels by column name, and what its spectra are ordered by."""

    order: float | None
    pixels: dict[str, np.ndarray]


def draw_stacks(result: Result, lines: Sequence[LineMark], kind: str) -> bytes:
    """Draw stacks.

    Parameters
    ----------
    result : Result
        As `stack_spectra` makes it.
    lines : sequence of LineMark
        Named where they lie in a region and have room, the headline ones first.
    kind : str
        png or svg.

    Raises
    ------
    UsageError
        When there is nothing to draw, or too much.
    """
    regions = _read(result)
    with styled(STYLE):
        figure = _draw(result, regions, lines)
        sink = io.BytesIO()
        # Equal stacks give equal files.
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(sink, format=kind, metadata=metadata)
    return sink.getvalue()


def _read(result: Result) -> dict[str, list[_Group]]:
    """Take all rows, and return the groups of each region."""
    batches, count = [], 0
    for batch in result.batches:
        batches.append(batch)
        count += batch.num_rows
        if count > MOST_DRAWN:
            raise UsageError("These are too many stacks for a picture; ask for fewer groups.")
    if not count:
        raise UsageError("There is no stack to draw; leave MAXREC out.")
    table = pa.Table.from_batches(batches, arrow_schema(result.fields))
    columns = {n: table[n].to_numpy() for n in table.column_names if n != "region_id"}
    places = table["region_id"].combine_chunks().dictionary_encode()
    region, number = places.indices.to_numpy(), columns["group_number"]
    is_edge = (np.diff(region, prepend=-1) != 0) | (np.diff(number, prepend=-1) != 0)
    edges = [*np.flatnonzero(is_edge).tolist(), count]
    regions: dict[str, list[_Group]] = {}
    for start, stop in pairwise(edges):
        order = table["order_median"][start].as_py()
        pixels = {name: column[start:stop] for name, column in columns.items()}
        name = places.dictionary[int(region[start])].as_py()
        regions.setdefault(name, []).append(_Group(order, pixels))
    return regions


def _draw(result: Result, regions: dict[str, list[_Group]], lines: Sequence[LineMark]) -> Figure:
    across = min(len(regions), MOST_ACROSS)
    down = math.ceil(len(regions) / across)
    width = WIDTH if across == 1 else NARROW
    first = next(iter(regions.values()))
    key = KEY if len(first) > 1 else 0.01
    figure = Figure(figsize=(width * across + key, HEIGHT * down), layout="constrained")
    FigureCanvasAgg(figure)
    sides: Any = figure.subfigures(1, 2, width_ratios=(width * across, key))
    panels = sides[0].subfigures(down, across, squeeze=False).ravel()
    for i, (panel, (name, groups)) in enumerate(zip(panels, regions.items(), strict=False)):
        axes = _draw_region(panel, name, groups, lines, width)
        if i % across == 0:
            axes[0].set_ylabel(_flux_label(result))
            axes[-1].set_ylabel("less their mean" if len(axes) > 1 else _flux_label(result))
    _draw_key(sides[1], first, _param(result, "order_by"))
    _tell_left_out(figure, result, width * across)
    return figure


def _draw_region(
    panel: SubFigure, name: str, groups: list[_Group], lines: Sequence[LineMark], width: float
) -> list[Axes]:
    """Draw the stacks of a region, and below how they differ from their mean."""
    if len(groups) > 1:
        axes = list(panel.subplots(2, 1, sharex=True, height_ratios=(1.6, 1)))
    else:
        axes = [panel.subplots()]
    wave = groups[0].pixels["wave"]
    for group, colour in zip(groups, _colours(len(groups)), strict=True):
        axes[0].plot(wave, group.pixels["mean"], color=colour)
    if len(groups) > 1:
        _draw_differences(axes[1], groups)
    else:
        _draw_spread(axes[0], groups[0])
    shown = ("mean",) if len(groups) > 1 else ("p16", "mean", "p84")
    _limit(axes[0], [group.pixels[name] for group in groups for name in shown])
    _name_lines(axes, lines, width)
    title = f"{name}  {wave[0]:.0f}–{wave[-1]:.0f} Å"
    axes[0].set_title(title, pad=64)
    axes[-1].set_xlabel("rest wavelength, vacuum [Å]")
    axes[-1].set_xlim(wave[0], wave[-1])
    return axes


def _draw_differences(axes: Axes, groups: list[_Group]) -> None:
    wave = groups[0].pixels["wave"]
    means = np.array([group.pixels["mean"] for group in groups])
    known = np.isfinite(means)
    usual = np.where(known, means, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    differences = means - usual
    for group, difference, colour in zip(groups, differences, _colours(len(groups)), strict=True):
        axes.plot(wave, difference, color=colour)
        if len(groups) <= BANDS:
            error = group.pixels["error"]
            ends = (difference - error, difference + error)
            axes.fill_between(wave, *ends, color=colour, alpha=0.25, lw=0)
    axes.axhline(0, color=SOFT, lw=0.7, zorder=0)
    _limit(axes, list(differences))


def _draw_spread(axes: Axes, group: _Group) -> None:
    (colour,) = _colours(1)
    ends = (group.pixels["p16"], group.pixels["p84"])
    label = "16th to 84th percentile of the spectra"
    axes.fill_between(group.pixels["wave"], *ends, color=colour, alpha=0.2, lw=0, label=label)
    axes.legend(frameon=False, loc="best")


def _limit(axes: Axes, curves: list[np.ndarray]) -> None:
    """Show all, but for a few pixels that would press the others flat."""
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    if not values.size:
        return
    low, most_low, most_high, high = np.percentile(values, (0, 0.3, 99.7, 100))
    span = max(most_high - most_low, 1e-9)
    bottom = low if most_low - low < span else most_low - span / 2
    top = high if high - most_high < span else most_high + span / 2
    margin = 0.05 * (top - bottom) or 0.05
    axes.set_ylim(bottom - margin, top + margin)


def _name_lines(axes: list[Axes], lines: Sequence[LineMark], width: float) -> None:
    low, high = axes[0].dataLim.intervalx
    for line in _choose(lines, low, high, LABEL_INCH / (0.8 * width)):
        for each in axes:
            each.axvline(line.wave, color=FAINT, lw=1, zorder=0)
        axes[0].text(
            line.wave, 1.01, line.label, transform=axes[0].get_xaxis_transform(), rotation=90,
            fontsize=8.5, ha="center", va="bottom", color=INK if line.is_headline else SOFT,
        )  # fmt: skip


def _choose(lines: Sequence[LineMark], low: float, high: float, share: float) -> list[LineMark]:
    """Return lines whose names have room beside one another, the headline ones first."""
    room, chosen = share * (high - low), list[LineMark]()
    inside = [line for line in lines if low < line.wave < high]
    for line in sorted(inside, key=lambda line: (not line.is_headline, line.wave)):
        if all(abs(line.wave - other.wave) > room for other in chosen):
            chosen.append(line)
    return chosen


def _draw_key(panel: SubFigure, groups: list[_Group], name: str) -> None:
    """Draw which colour is which group, by the median of what orders it."""
    if len(groups) < 2:
        return
    colours = ListedColormap(_colours(len(groups)))
    bounds = BoundaryNorm(np.arange(len(groups) + 1) - 0.5, len(groups))
    step = math.ceil(len(groups) / MOST_TICKS)
    shown = mpl.cm.ScalarMappable(bounds, colours)
    axes = panel.add_axes(KEY_PLACE)
    key = panel.colorbar(shown, cax=axes, ticks=range(0, len(groups), step))
    key.ax.set_yticklabels([f"{group.order:.3g}".replace("-", MINUS) for group in groups[::step]])
    key.ax.tick_params(length=0)
    key.minorticks_off()
    key.outline.set_visible(False)
    key.set_label(f"median {_plain(name)} of the group")


def _colours(count: int) -> np.ndarray:
    return mpl.colormaps[SHADES](np.linspace(*SHADE_ENDS, count))


def _flux_label(result: Result) -> str:
    norm = next((info.value for info in result.infos if info.name == "NORM"), "")
    over = {"region": " / median in the region", "whole": " / median of the whole spectrum"}
    return "mean flux" + over.get(norm, r" [$10^{-17}$ erg s$^{-1}$ cm$^{-2}$ Å$^{-1}$]")


def _plain(text: str) -> str:
    """Return what a client wrote as letters alone: no formulae, nothing that cannot be drawn."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("$", r"\$")


def _param(result: Result, name: str) -> str:
    return next((str(p.value) for p in result.params if p.field.name == name), "")


def _tell_left_out(figure: Figure, result: Result, width: float) -> None:
    """Say below how many spectra there are, and which are not among them."""
    sizes = sorted({int(size) for size in _param(result, "group_size").split()})
    each = " in each group" if len(_param(result, "group_size").split()) > 1 else ""
    told = [info.value for info in result.infos if info.name == "left_out"]
    left = f". Left out: {'; '.join(told)}" if told else ""
    text = f"{' or '.join(map(str, sizes))} spectra{each}{left}"
    lines = textwrap.fill(_plain(text), round(NOTE_LETTERS * width))
    figure.supxlabel(lines, fontsize=9, color=SOFT, ha="left", x=0.01)
