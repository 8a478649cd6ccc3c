"""The strangest of every detector: spectrum, model and residual, in an order of alike ones."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from ingest.compare.place import order_by_place
from ingest.compare.reasons import Reasons, find_reasons
from ingest.measure.linelist import read_lines
from ingest.models import load_model
from ingest.report.found import Found, strangest
from ingest.report.models import Modelled, model_spectra
from ingest.report.overlap import list_names
from ingest.report.style import INK, ORANGE, SOFT, VERMILION, new_figure, save
from ingest.subspaces import GRID

FLUX_RANGE = (0.5, 99.8)
SIGMA_RANGE = 12.0


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One spectrum on the page.

    Attributes
    ----------
    file : str
        Of its picture, beside the page.
    obj_id : int
    survey_id, text : str
        The survey's name of it, and its strongest reason.
    z : float
    rank : int
        By the detector.
    """

    file: str
    obj_id: int
    survey_id: str
    text: str
    z: float
    rank: int


@dataclass(frozen=True, slots=True)
class _Why:
    """The strongest reason of each of some spectra, by row of the survey."""

    text: dict[int, str]
    window: dict[int, int]
    wave: dict[int, float]


def draw_thumbnails(found: Found, folder: Path) -> dict[str, list[Thumbnail]]:
    """Draw the strangest of each headline detector, each spectrum once.

    Parameters
    ----------
    found : Found
    folder : Path
        Of the report; it is there.

    Returns
    -------
    dict
        Thumbnails by detector, in their order on the map of the whole spectrum.
    """
    chosen = choose_strangest(found)
    rows = np.unique(np.concatenate(list(chosen.values())))
    why = _explain(found, rows)
    models = [load_model(found.workspace, f"window-{w.name}") for w in found.plan.windows]
    modelled = model_spectra(models, *found.read_spectra(rows))
    files = {}
    for i, row in enumerate(rows.tolist()):
        files[row] = f"spectrum-{found.survey.ids[row]}.png"
        _draw(found, modelled, i, row, why, folder / files[row])
    return {
        name: [_describe(found, row, name, files[row], why) for row in members.tolist()]
        for name, members in chosen.items()
    }


def choose_strangest(found: Found) -> dict[str, np.ndarray]:
    """Return the strangest rows of each headline detector, ordered by place on a map."""
    xy = found.results.maps[found.region_or_first("whole")].xy
    shown = found.plan.settings.report_spectra
    tops = {name: strangest(found.ranking.ranks[name], shown) for name in list_names(found)}
    return {name: rows[order_by_place(xy[rows])] for name, rows in tops.items() if rows.size}


def _explain(found: Found, rows: np.ndarray) -> _Why:
    windows = found.results.windows
    some = replace(windows, **{f.name: getattr(windows, f.name)[rows] for f in fields(windows)})
    reasons = find_reasons(
        some, found.survey.z[rows], found.plan.windows, read_lines(), found.survey.name
    )
    first = np.flatnonzero(reasons.rank == 1)
    keys = rows[reasons.row[first]].tolist()
    return _Why(
        dict(zip(keys, _texts(reasons, first), strict=True)),
        dict(zip(keys, reasons.window[first].tolist(), strict=True)),
        dict(zip(keys, reasons.rest_wave[first].tolist(), strict=True)),
    )


def _texts(reasons: Reasons, entries: np.ndarray) -> list[str]:
    return [reasons.text[i] for i in entries]


def _describe(found: Found, row: int, name: str, file: str, why: _Why) -> Thumbnail:
    return Thumbnail(
        file,
        int(found.survey.ids[row]),
        found.survey.facts["survey_id"][row].as_py(),
        why.text.get(row, "no window is covered"),
        float(found.survey.z[row]),
        int(found.ranking.ranks[name][row]),
    )


def _draw(found: Found, modelled: Modelled, i: int, row: int, why: _Why, path: Path) -> None:
    figure = new_figure(6.4, 3.5)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
    _draw_spectrum(upper, modelled.flux[i], modelled.model[i])
    lower.plot(GRID.wave, modelled.sigma[i], color=INK, lw=0.6)
    lower.axhline(0, color=SOFT, lw=0.6)
    reach = np.nanmax(np.abs(modelled.sigma[i]), initial=SIGMA_RANGE / 1.1) * 1.1
    lower.set_ylim(-reach, reach)
    lower.set_ylabel("residual [σ]", fontsize=10)
    lower.set_xlabel("rest wavelength, vacuum [Å]", fontsize=10)
    lower.set_xlim(GRID.wave[0], GRID.wave[-1])
    if row in why.window:
        window = found.plan.windows[why.window[row]]
        for axes in (upper, lower):
            axes.axvspan(window.lo, window.hi, color=ORANGE, alpha=0.16, lw=0)
        lower.plot(why.wave[row], -0.86 * reach, marker="^", color=VERMILION, ms=6)
    save(figure, path)


def _draw_spectrum(axes: Axes, flux: np.ndarray, model: np.ndarray) -> None:
    axes.plot(GRID.wave, model, color=VERMILION, lw=1.8, alpha=0.75, label="model")
    axes.plot(GRID.wave, flux, color=INK, lw=0.5, label="spectrum")
    known = flux[np.isfinite(flux)]
    if known.size:
        lo, hi = np.percentile(known, FLUX_RANGE)
        room = 0.12 * (hi - lo) + 1e-6
        axes.set_ylim(lo - room, hi + 2.5 * room)
    axes.set_ylabel("flux density\n[10$^{-17}$ erg s$^{-1}$ cm$^{-2}$ Å$^{-1}$]", fontsize=8)
    axes.legend(ncols=2, fontsize=9, loc="upper right", borderaxespad=0)
