"""What each list says of planted oddities: histograms of scores, and the table of recall."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from ingest.compare.recall import Recall
from ingest.report.found import Found, NothingToDrawError
from ingest.report.overlap import list_names
from ingest.report.style import FAINT, INK, SOFT, VERMILION, new_figure
from ingest.results import load_planted
from ingest.resume import Arrays

BINS = 40
SCORE_RANGE = (0.5, 99.5)


def draw_histograms(found: Found) -> Figure:
    """Draw the scores of unaltered spectra and of altered copies, a panel for each detector."""
    planted = load_planted(found.workspace)
    if planted is None:
        raise NothingToDrawError("nothing was planted in this run (setting planted_copies is 0)")
    names = [name for name in list_names(found) if f"plain/{name}" in planted]
    columns = 4
    lines = -(-len(names) // columns)
    figure = new_figure(13, 3.1 * lines)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.ravel()[len(names) :]:
        axes.set_axis_off()
    for axes, name in zip(grid.ravel(), names, strict=False):
        _draw_scores(axes, name, *split_scores(planted, name))
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    for axes in grid[:, 0]:
        axes.set_ylabel("share per bin")
    return figure


def split_scores(planted: Arrays, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of unaltered spectra, and those of copies at their plainest.

    Parameters
    ----------
    planted : dict
        As `pool` gives.
    name : str
        Of a list.

    Returns
    -------
    plain, copies : float64
        Without those that the list cannot judge. Of each kind, only the greatest amplitude.
    """
    kind, amplitude = planted["kind"], planted["amplitude"]
    most = {k: amplitude[kind == k].max() for k in np.unique(kind)}
    plainest = amplitude == np.array([most[k] for k in kind])
    plain, copies = planted[f"plain/{name}"], planted[f"copy/{name}"][plainest]
    return plain[np.isfinite(plain)], copies[np.isfinite(copies)]


def _draw_scores(axes: Axes, name: str, plain: np.ndarray, copies: np.ndarray) -> None:
    both = np.concatenate([plain, copies])
    lo, hi = np.percentile(both, SCORE_RANGE)
    wide = lo > 0 and hi / lo > 30
    edges = (np.geomspace if wide else np.linspace)(lo, hi, BINS)
    usual, planted = (_shares(values, edges) for values in (plain, copies))
    axes.stairs(usual, edges, fill=True, color=FAINT, label="unaltered")
    axes.stairs(planted, edges, color=VERMILION, lw=1.8, label="planted")
    limit = np.percentile(plain, 99)
    axes.axvline(limit, color=INK, lw=1, ls="--", label="99 % of the unaltered lie left")
    axes.set_title(name)
    axes.set_xlabel("score", color=SOFT)
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of values in each bin; what lies beyond the ends is in the outermost."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return counts / max(values.size, 1)


def tabulate_recall(recalls: Sequence[Recall], names: Sequence[str]) -> list[list[str]]:
    """Lay out, by kind and amplitude, the recall at 1 % of each headline list, and the best list.

    Returns
    -------
    list of list of str
        Kind, amplitude, copies, recall of each of `names`, best list of all, and its recall.
    """
    groups = sorted({(r.kind, r.amplitude) for r in recalls})
    lines = []
    for kind, amplitude in groups:
        here = {r.name: r for r in recalls if (r.kind, r.amplitude) == (kind, amplitude)}
        # The list of any window holds more unaltered spectra than one in a hundred.
        single = [r for r in here.values() if r.listed[0] <= 0.0101]
        best = max(single or here.values(), key=lambda r: r.shares[0][0])
        found = [f"{here[n].shares[0][0]:.2f}" if n in here else "–" for n in names]
        copies = str(next(iter(here.values())).copies)
        ends = [best.name, f"{best.shares[0][0]:.2f}"]
        lines.append([kind, f"{amplitude:g}", copies, *found, *ends])
    return lines
