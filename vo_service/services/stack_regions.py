"""The wavelength regions of a release as pixels of its grid, and the lines in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vo_service.adql.catalogue import nearest, suggest
from vo_service.errors import NotFoundError, UsageError
from vo_service.services.holdings import Holding
from vo_service.services.wavelengths import find_lines, find_regions

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


def find_marks(holding: Holding) -> tuple[LineMark, ...]:
    """Return the lines of a release; a line whose width the objects' table holds is a headline."""
    headlines = {f.role for t in holding.release.tables for f in t.fields}
    return tuple(
        LineMark(line.label, line.wave, f"ew:{line.name}" in headlines)
        for line in find_lines(holding)
    )


def _read_spans(holding: Holding) -> dict[str, Span]:
    """Return all regions, the whole spectrum last: the whole grid, where none is published."""
    wave = grid_wave(holding)
    # By its first pixel and their number: the limits are rounded.
    firsts = {r: int(np.searchsorted(wave, r.lo)) for r in find_regions(holding)}
    spans = {
        region.name: Span(region.name, slice(first, min(first + region.pixels, wave.size)))
        for region, first in firsts.items()
    }
    whole = spans.pop(WHOLE, Span(WHOLE, slice(0, wave.size)))
    return spans | {WHOLE: whole}
