"""How much the lists of detectors overlap, beside each one's own other seed: after figure 5."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ingest.anomaly.catalogue import HEADLINE
from ingest.compare.consensus import top_length
from ingest.maps.region_map import rank_scores
from ingest.report.found import Found, strangest
from ingest.report.style import INK, VERMILION, new_figure


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What the top lists share.

    Attributes
    ----------
    names : tuple of str
    length : int
        g, spectra of each list.
    shared : int64, shape (n_lists, n_lists)
        Spectra in both lists; on the diagonal, those in the list of another seed as well, and -1
        where chance has no part in the detector.
    chance : float
        g²/N, what two random lists would share.
    """

    names: tuple[str, ...]
    length: int
    shared: np.ndarray
    chance: float


def list_names(found: Found) -> tuple[str, ...]:
    """Return the headline detectors of the run."""
    return tuple(d.detector for d in HEADLINE if d.detector in found.ranking.ranks)


def measure_overlaps(found: Found) -> Overlaps:
    """Count what the top lists of the headline detectors share."""
    names, length = list_names(found), top_length(len(found.survey))
    inside = np.zeros((len(names), len(found.survey)), np.float32)
    for i, name in enumerate(names):
        inside[i, strangest(found.ranking.ranks[name], length)] = 1
    shared = (inside @ inside.T).astype(np.int64)
    for i, name in enumerate(names):
        shared[i, i] = -1
        if name in found.results.controls:
            again = strangest(rank_scores(found.results.controls[name]), length)
            shared[i, i] = int(inside[i, again].sum())
    return Overlaps(names, length, shared, length**2 / len(found.survey))


def draw_overlaps(found: Found) -> Figure:
    """Draw the table of overlaps, the control on its diagonal."""
    overlaps = measure_overlaps(found)
    share = np.where(overlaps.shared < 0, np.nan, overlaps.shared / overlaps.length)
    figure = new_figure(9.5, 8)
    axes = figure.subplots()
    drawn = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(overlaps.shared):
        colour = "white" if share[i, j] > 0.6 else INK
        axes.text(j, i, count if count >= 0 else "–", ha="center", va="center", color=colour)
        if i == j:
            axes.add_patch(_frame(i))
    ticks = range(len(overlaps.names))
    axes.set_xticks(ticks, overlaps.names, rotation=35, ha="right")
    axes.set_yticks(ticks, overlaps.names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8)
    bar.set_label(f"share of the top {overlaps.length}")
    bar.outline.set_visible(False)
    return figure


def _frame(i: int) -> Rectangle:
    return Rectangle((i - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=VERMILION, lw=1.6)
