"""Why a spectrum is odd: where it departs most, what lies there, what else may be the cause."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.anomaly.pca_chi2 import WindowResults
from ingest.measure.linelist import Line
from ingest.subspaces import GRID, Window

REASONS = 5
"""Reasons given for each spectrum."""

LINE_REACH = 400.0
"""A departure this near to a line is told as the line's [km/s]."""

SEPARATE_PIXELS = 12
"""Departures nearer than this to a stronger one are the same."""

SPEED_OF_LIGHT = 299792.458

CAUSES: tuple[tuple[str, float, float], ...] = (
    ("sky", 5571, 5585),
    ("sodium", 5884, 5902),
    ("sky", 6296, 6306),
    ("sky", 6360, 6370),
    ("telluric", 6864, 6950),
    ("telluric", 7590, 7700),
    ("telluric", 8120, 8360),
    ("sky", 8270, 8480),
    ("sky", 8750, 9100),
)
"""Observed-frame ranges, vacuum Angstrom, in which something nearer than the galaxy is likelier.

Night-sky lines, Na D of the night sky and the Milky Way, telluric O2 and water bands; the first
that fits, the arms of the spectrograph last.
"""

ARM_JOINS: dict[str, tuple[tuple[float, float], ...]] = {
    "sdss": ((5850, 6100),),
    "desi": ((5760, 5800), (7520, 7620)),
}
"""Where the arms of a survey's spectrographs overlap, observed, vacuum Angstrom."""

WORDS = {
    "": "",
    "sky": "; night sky?",
    "sodium": "; sodium of night sky or Milky Way?",
    "telluric": "; telluric?",
    "arm_join": "; arm join?",
}
"""Of the causes, as they end a reason."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """One entry per spectrum and reason, the strongest first; all arrays shape (n_reasons,).

    Attributes
    ----------
    row : int64
        Of the spectrum.
    rank : int32
        1 for its strongest reason.
    window : int32
        Number of the window.
    rest_wave, obs_wave : float64
        [Angstrom], vacuum.
    sigma : float32
        Positive is an excess.
    line : int32
        Number of the line there, -1 for none.
    cause : list of str
        Likelier cause, empty for none.
    text : list of str
    """

    row: np.ndarray
    rank: np.ndarray
    window: np.ndarray
    rest_wave: np.ndarray
    obs_wave: np.ndarray
    sigma: np.ndarray
    line: np.ndarray
    cause: list[str]
    text: list[str]


def find_reasons(
    results: WindowResults,
    z: np.ndarray,
    windows: Sequence[Window],
    lines: Sequence[Line],
    survey: str,
) -> Reasons:
    """Find the strongest departures of each spectrum.

    Parameters
    ----------
    results : WindowResults
    z : float64, shape (n_spec,)
    windows : sequence of Window
    lines : sequence of Line
    survey : str
        Whose spectrograph it was: the mock survey is one of SDSS's.
    """
    row, rank, window = _strongest(results)
    sigma = results.peak_sigma[row, window]
    rest = GRID.wave[results.peak_pixel[row, window]]
    observed = rest * (1 + z[row])
    line = _nearest_line(rest, lines)
    cause = _causes(observed, survey)
    text = _texts(rest, sigma, line, cause, lines)
    return Reasons(row, rank, window, rest, observed, sigma, line, cause.tolist(), text)


def _strongest(results: WindowResults) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = np.nan_to_num(np.abs(results.peak_sigma), nan=-1.0)
    pixel = results.peak_pixel.astype(np.int64)
    chosen = []
    rows = np.arange(len(size))
    for _ in range(min(REASONS, size.shape[1])):
        window = size.argmax(axis=1)
        strength = size[rows, window]
        chosen.append(np.where(strength > 0, window, -1))
        near = np.abs(pixel - pixel[rows, window][:, None]) < SEPARATE_PIXELS
        size = np.where(near, -1.0, size)
    table = np.stack(chosen, axis=1)
    row, place = np.nonzero(table >= 0)
    return row, (place + 1).astype(np.int32), table[row, place].astype(np.int32)


def _nearest_line(rest: np.ndarray, lines: Sequence[Line]) -> np.ndarray:
    waves = np.array([line.wave for line in lines])
    offset = np.abs(rest[:, None] / waves - 1) * SPEED_OF_LIGHT
    nearest = offset.argmin(axis=1)
    reached = offset[np.arange(rest.size), nearest] <= LINE_REACH
    return np.where(reached, nearest, -1).astype(np.int32)


def _causes(observed: np.ndarray, survey: str) -> np.ndarray:
    joins = ARM_JOINS.get("sdss" if survey == "mock" else survey, ())
    causes = (*CAUSES, *(("arm_join", lo, hi) for lo, hi in joins))
    inside = [(observed >= lo) & (observed <= hi) for _, lo, hi in causes]
    return np.select(inside, [np.array(name, object) for name, _, _ in causes], "")


def _texts(
    rest: np.ndarray, sigma: np.ndarray, line: np.ndarray, cause: np.ndarray, lines: Sequence[Line]
) -> list[str]:
    labels = np.array([f" at {entry.label}" for entry in lines] + [""], object)[line]
    signs = np.where(sigma > 0, "excess", "deficit")
    return [
        f"{sign} of {size:.1f} sigma at {w:.0f} Angstrom{label}{WORDS[c]}"
        for sign, size, w, label, c in zip(signs, np.abs(sigma), rest, labels, cause, strict=True)
    ]
