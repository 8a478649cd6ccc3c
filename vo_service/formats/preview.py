"""Pictures of a spectrum, as PNG and SVG: the same data, the same bytes.

matplotlib is loaded with the first picture: a service that draws none never pays for it.
"""

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vo_service.formats.preview_axes import Lines, Panel, place_labels, round_limits
from vo_service.formats.result import Result

DOTS_PER_INCH = 100
SMALL_WIDTH, SMALL_HEIGHT = 480, 240
"""A narrower or lower picture [pixel] is a thumbnail, without words."""

WIDE, HIGH = 800, 450
"""From here on [pixel] lines have names, and axes have units."""

INK, FAINT, MODEL, SHADE, EMISSION, ABSORPTION = (
    "#1a1a2e", "#b9bcc6", "#d1495b", "#edae49", "#00798c", "#7a5195",
)  # fmt: skip

STYLE: Any = {
    "svg.hashsalt": "oddsky",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify_threshold": 0.1,
}
METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
}
"""Without the time and the version of what drew it: equal spectra have equal pictures."""

_DRAWING = threading.Lock()
"""matplotlib's settings and fonts are of the process: one picture at a time."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a picture [pixel]."""

    width: int = 1200
    height: int = 600

    @property
    def is_small(self) -> bool:
        """Whether it is a thumbnail."""
        return self.width < SMALL_WIDTH or self.height < SMALL_HEIGHT


def encode_preview(result: Result, kind: str, size: Size, lines: Lines) -> Iterator[bytes]:
    """Draw a spectrum: flux with its error, model and residual, lines, regions by their oddness.

    Parameters
    ----------
    result : Result
        Columns wave, flux, ivar, and perhaps model and residual. What is said of the spectrum is
        found by role: `name`, `redshift`, `region:<name>:lo`, `oddness:<name>`.
    kind : str
        png or svg.
    size : Size
    lines : tuple of (str, float, str)
        Label, rest wavelength [Angstrom] and kind, emission or absorption.

    Yields
    ------
    bytes
        All at once.
    """
    panel = Panel.read(result, pa.Table.from_batches(result.batches), lines)
    with _DRAWING:
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            yield _draw(panel, kind, size)


def _draw(panel: Panel, kind: str, size: Size) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((size.width / DOTS_PER_INCH, size.height / DOTS_PER_INCH), DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    residual = None if size.is_small else panel.residual
    heights = [1] if residual is None else [3.2, 1]
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    _lay_out(figure, size)
    _shade(axes, panel)
    _draw_flux(axes[0], panel, size)
    if residual is not None:
        _draw_residual(axes[1], panel, residual)
    if not size.is_small:
        _write(figure, axes, panel, size)
        _name_lines(axes[0], panel, size)
    sink = io.BytesIO()
    figure.savefig(sink, format=kind, metadata=METADATA[kind])
    return sink.getvalue()


def _lay_out(figure: Any, size: Size) -> None:
    """Leave room for words, whose size does not follow that of the picture [pixel]."""
    if size.is_small:
        figure.subplots_adjust(0.01, 0.02, 0.99, 0.98)
        return
    left, right, bottom, top = 74, 14, 46, 118 if size.width >= WIDE else 48
    figure.subplots_adjust(
        left / size.width, bottom / size.height, 1 - right / size.width, 1 - top / size.height,
        hspace=0.06,
    )  # fmt: skip


def _shade(axes: Any, panel: Panel) -> None:
    for region in panel.regions:
        for ax in axes:
            ax.axvspan(region.lo, region.hi, color=SHADE, alpha=0.06 + 0.5 * region.oddness, lw=0)


def _draw_flux(ax: Any, panel: Panel, size: Size) -> None:
    good = np.where(panel.error > 0, panel.flux, np.nan)
    if not size.is_small:
        ax.plot(panel.wave, panel.flux, color=FAINT, lw=0.5)
        low, high = good - panel.error, good + panel.error
        ax.fill_between(panel.wave, low, high, color=FAINT, alpha=0.7, lw=0)
    ax.plot(panel.wave, good, color=INK, lw=0.7)
    if panel.model is not None and not size.is_small:
        ax.plot(panel.wave, panel.model, color=MODEL, lw=0.7)
    ax.set_xlim(panel.wave[0], panel.wave[-1])
    ax.set_ylim(*round_limits(panel))
    if size.is_small:
        ax.set_axis_off()


def _draw_residual(ax: Any, panel: Panel, residual: np.ndarray) -> None:
    known = residual[np.isfinite(residual)]
    most = 1.1 * np.quantile(np.abs(known), 0.998) if known.size else 0.0
    ax.axhspan(-3, 3, color=FAINT, alpha=0.35, lw=0)
    ax.plot(panel.wave, residual, color=INK, lw=0.6)
    ax.set_ylim(-max(6.0, most), max(6.0, most))


def _write(figure: Any, axes: Any, panel: Panel, size: Size) -> None:
    is_high = size.height >= HIGH
    axes[0].set_ylabel("flux [10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹]" if is_high else "flux")
    axes[-1].set_xlabel(f"wavelength, {panel.frame}, vacuum [Å]")
    if len(axes) > 1:
        axes[1].set_ylabel("residual [σ]" if is_high else "σ")
    left = axes[0].get_position().x0
    figure.text(left, 1 - 20 / size.height, panel.title, fontsize=11, weight="bold")
    figure.text(left, 1 - 36 / size.height, panel.oddities, fontsize=8.5, color="#5c5f6b")
    figure.align_ylabels(axes)


def _name_lines(ax: Any, panel: Panel, size: Size) -> None:
    """Mark lines, and write their labels above the panel, moved apart where they would meet."""
    low, high = ax.get_xlim()
    seen = [line for line in panel.lines if low < line[1] < high]
    step = 11 * (high - low) / (ax.get_position().width * size.width)
    places = place_labels(np.array([wave for _, wave, _ in seen]), step, low, high)
    height = 1 + 12 / (ax.get_position().height * size.height)
    above = ax.get_xaxis_transform()
    for (label, wave, kind), place in zip(seen, places, strict=True):
        color = EMISSION if kind == "emission" else ABSORPTION
        ax.axvline(wave, color=color, lw=0.5, alpha=0.45, ls=(0, (3, 3)))
        if size.width < WIDE:
            continue
        ax.annotate(
            label, (wave, 1.0), (place, height), above, above, color=color, fontsize=6.5,
            rotation=90, ha="center", va="bottom", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "lw": 0.4, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
