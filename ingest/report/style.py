"""How the pictures of a report look: one style, colours that the colour-blind can tell apart."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK, SOFT, FAINT = "#1c2430", "#5d6876", "#c9d0d9"
BLUE, VERMILION, GREEN, ORANGE, PURPLE = "#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7"
"""After Okabe & Ito (2008)."""

COLOURS = "viridis"
STYLE: dict[Any, Any] = {
    "font.size": 12, "axes.titlesize": 13, "axes.labelsize": 12, "legend.fontsize": 11,
    "xtick.labelsize": 11, "ytick.labelsize": 11, "axes.edgecolor": SOFT, "axes.labelcolor": INK,
    "text.color": INK, "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": INK,
    "ytick.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlelocation": "left", "axes.titleweight": "bold", "legend.frameon": False,
    "lines.linewidth": 1.2, "savefig.dpi": 150, "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
}  # fmt: skip

DENSE = 20_000
"""From so many points on, a map is drawn in hexagons, each with the median of its points."""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure [inch] that belongs to no window."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def styled() -> AbstractContextManager[None]:
    """Return the context in which figures of a report are made."""
    return mpl.rc_context(STYLE)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG; equal figures give equal files."""
    figure.savefig(path, metadata={"Software": None})


def bare_map(axes: Axes, title: str) -> None:
    """Make axes those of a map: its places have no unit, only nearness has a meaning."""
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlabel("map x", color=SOFT)
    axes.set_ylabel("map y", color=SOFT)
