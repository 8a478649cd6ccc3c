"""The wavelength regions of a release as pixels of its grid, and the lines in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vo_service.adql.catalogue import nearest, suggest
from vo_service.errors import NotFoundError, UsageError
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows

WHOLE, ALL = "whole", "all"


@dataclass(frozen=True, slots=True)
class Span:
    """A region: its name, and its pixels of the grid; start and stop are given."""

    name: str
    pixels: slice


@dataclass(frozen=True, slots=True)
class LineMark:
    """A spectral line: how it is written, its vacuum wavelength [Angstrom], if it is a headline."""

    label: str
    wave: float
    is_headline: bool


def grid_wave(holding: Holding) -> np.ndarray:
    """Return the rest-frame grid [Angstrom], float64, shape (n_grid,).

    Raises
    ------
    NotFoundError
        When the release holds no spectra.
    """
    if not holding.stores:
        raise NotFoundError("This release holds no spectra to stack.")
    return holding.stores[0].wave


def find_spans(names: Sequence[str], holding: Holding) -> tuple[Span, ...]:
    """Find regions by name, in the order given, once each.

    Raises
    ------
    UsageError
        When a name is not known.
    NotFoundError
        When the release holds no spectra.
    """
    known = _read_spans(holding)
    wanted = [n for name in names for n in (known if name.lower() == ALL else [name.lower()])]
    for name in wanted:
        if name not in known:
            guess = suggest(nearest(name, known)) or f"; there are {', '.join(known)}."
            raise UsageError(f"REGION '{name[:40]}' is not known{guess}")
    return tuple(known[name] for name in dict.fromkeys(wanted))


def find_lines(holding: Holding) -> tuple[LineMark, ...]:
    """Return the lines of a release; a line whose width the objects' table holds is a headline."""
    if not _has_table(holding, "oddsky.lines"):
        return ()
    headlines = {f.role for t in holding.release.tables for f in t.fields}
    return tuple(
        LineMark(label, wave, f"ew:{name}" in headlines)
        for batch in fetch_rows("SELECT line_id, label, wave FROM oddsky.lines", holding)
        for name, label, wave in zip(*(c.to_pylist() for c in batch.columns), strict=True)
    )


def _read_spans(holding: Holding) -> dict[str, Span]:
    """Return all regions, the whole spectrum last: the whole grid, where none is published."""
    wave = grid_wave(holding)
    spans = {}
    if _has_table(holding, "oddsky.regions"):
        for batch in fetch_rows("SELECT region_id, lo, pixels FROM oddsky.regions", holding):
            for name, lo, count in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                # By its first pixel and their number: the limits are rounded.
                first = int(np.searchsorted(wave, lo))
                spans[name] = Span(name, slice(first, min(first + count, wave.size)))
    whole = spans.pop(WHOLE, Span(WHOLE, slice(0, wave.size)))
    return spans | {WHOLE: whole}


def _has_table(holding: Holding, name: str) -> bool:
    return any(t.full_name == name for t in holding.release.tables)
