"""Stacks of ordered groups of spectra: how they change along a property, or across a map.

After figure 7 of Reis et al. (2019). A selection is ordered and cut in equal groups before any
spectrum is read, so that the groups are the same in every region.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from vo_service.formats.drawing import PICTURES
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Param, Result, Spool
from vo_service.query.limits import LimitedRows
from vo_service.release.spectra_many import RestRows
from vo_service.services.fetch_table import Stop
from vo_service.services.holdings import Holding
from vo_service.services.run_query import Answer
from vo_service.services.stack_ids import LeftOut, left_out
from vo_service.services.stack_pixels import Stacked, measure_norms, stack
from vo_service.services.stack_regions import WHOLE, Span, find_marks, find_spans, grid_wave
from vo_service.services.stack_request import USUAL_GROUPS, StackRequest, check_request
from vo_service.services.stack_selection import Selection, select_spectra
from vo_service.services.stack_table import (
    describe_columns,
    describe_groups,
    describe_request,
    make_batch,
    numbers_param,
)
from vo_service.settings import Settings

BLOCK_BYTES = 512 << 20
VALUE_BYTES = 16
"""Of a pixel while it is stacked: flux, ivar, masks, and the flux turned for sorting."""

_BLOCKS = threading.Semaphore(2)
"""However many clients stack, this many blocks are in the memory of a process."""

NAME = "stacks"


@dataclass(frozen=True, slots=True)
class StackAnswer:
    """An answer, and what is told beside it.

    Attributes
    ----------
    answer : Answer
    left_out : list of LeftOut
        Filled when the first chunk is there.
    """

    answer: Answer
    left_out: list[LeftOut] = field(default_factory=list)


def stack_spectra(request: StackRequest, holding: Holding, settings: Settings) -> StackAnswer:
    """Stack spectra; the selection is made when the first chunk is asked for.

    Raises
    ------
    UsageError
        When a parameter is wrong; with the first chunk, when the selection is.
    NotFoundError
        When the release holds no spectra.
    """
    check_request(request)
    form = find_stack_format(request.response_format, holding)
    spans = find_spans(request.regions, holding)
    stop = Stop(settings.query_seconds)
    left: list[LeftOut] = []

    def chunks() -> Iterator[bytes]:
        result = _make_result(request, spans, holding, settings, stop, left)
        yield from form.encode(result)

    return StackAnswer(Answer(form.media_type, form.extension, chunks(), stop.now), left)


def find_stack_format(wanted: str | None, holding: Holding) -> Format:
    """Return the format that a client names: one of all tables, or a picture.

    Raises
    ------
    UsageError
        When there is none.
    """
    text = (wanted or "").lower().strip()
    for name, media_type in PICTURES.items():
        if text in (name, media_type):
            return Format(name, media_type, (), "", name, partial(_draw, name, holding))
    return find_format(wanted, tuple(PICTURES))


def _draw(name: str, holding: Holding, result: Result) -> Iterator[bytes]:
    # Who asks for tables alone need not wait until matplotlib is loaded.
    from vo_service.services.draw_stacks import draw_stacks

    yield draw_stacks(result, find_marks(holding), name)


def _make_result(
    request: StackRequest,
    spans: tuple[Span, ...],
    holding: Holding,
    settings: Settings,
    stop: Stop,
    left: list[LeftOut],
) -> Result:
    """Select, order and cut; measure what to divide by; prepare the stacks as a stream of rows."""
    names = [span.name for span in spans]
    spool = Spool(settings.state / "spool", settings.spool_bytes)
    if request.max_rows == 0:
        # MAXREC=0 asks for metadata alone (DALI 1.1, section 3.4.4).
        fields, infos = describe_columns(request, None), describe_request(request, names, ())
        return Result(fields, iter(()), lambda: True, infos=infos, table_name=NAME, spool=spool)
    chosen = select_spectra(request, holding, settings, stop)
    groups = chosen.cut(request.groups, USUAL_GROUPS)
    stacks = _Stacks(request.norm, spans, chosen, groups, grid_wave(holding), stop)
    stacks.measure(find_spans((WHOLE,), holding)[0])
    left += [*chosen.left_out, *stacks.left_out()]
    fields = describe_columns(request, chosen.ordered_by)
    rows = LimitedRows(stacks.batches(fields), request.max_rows or settings.most_rows)
    return Result(
        fields,
        iter(rows),
        overflowed=lambda: rows.overflowed,
        infos=describe_request(request, names, left),
        params=(*describe_groups(groups, chosen.order, chosen.ordered_by), *stacks.params()),
        table_name=NAME,
        description="Stacks of ordered groups of spectra",
        spool=spool,
    )


@dataclass(slots=True)
class _Stacks:
    """The groups of a selection in some regions.

    Attributes
    ----------
    norm : str
    spans : tuple of Span
    chosen : Selection
    groups : list of int64 arrays
    wave : float64, shape (n_grid,)
    stop : Stop
        Asked between steps whether to go on.
    norms : dict
        By region, what each spectrum is divided by, float64; NaN for one that cannot be.
    """

    norm: str
    spans: tuple[Span, ...]
    chosen: Selection
    groups: list[np.ndarray]
    wave: np.ndarray
    stop: Stop
    norms: dict[str, np.ndarray] = field(default_factory=dict)

    def measure(self, whole: Span) -> None:
        """Find what each spectrum is divided by."""
        if self.norm == "none":
            ones = np.ones(len(self.chosen.rows))
            self.norms = {span.name: ones for span in self.spans}
        elif self.norm == "whole":
            medians = self._medians(whole)
            self.norms = {span.name: medians for span in self.spans}
        else:
            self.norms = {span.name: self._medians(span) for span in self.spans}

    def left_out(self) -> tuple[LeftOut, ...]:
        """Say which spectra are in no stack of a region."""
        about = "spectra without a positive median flux in {}, left out of its stacks"
        where = {WHOLE: self.norms[self.spans[0].name]} if self.norm == "whole" else self.norms
        return tuple(
            part
            for name, norms in where.items()
            for part in left_out(about.format(name), self.chosen.ids[np.isnan(norms)])
        )

    def params(self) -> tuple[Param, ...]:
        """Say how many spectra of each group are in the stacks of each region."""
        return tuple(
            numbers_param(
                f"n_stacked_{name}",
                "int",
                [int(np.isfinite(norms[group]).sum()) for group in self.groups],
                f"Spectra of each group that are stacked in {name}",
                "meta.number",
            )
            for name, norms in self.norms.items()
        )

    def batches(self, fields: tuple) -> Iterator[pa.RecordBatch]:
        """Yield the rows, region by region, group by group, along the grid."""
        order = self.chosen.order
        for span in self.spans:
            for number, group in enumerate(self.groups, 1):
                median = None if order is None else float(np.median(order[group]))
                for pixels, made in self._stack(span, group):
                    wave = self.wave[pixels]
                    batch = make_batch(fields, span.name, number, median, wave, made)
                    with self.stop.paused():
                        yield batch

    def _stack(self, span: Span, group: np.ndarray) -> Iterator[tuple[slice, Stacked]]:
        norms = self.norms[span.name][group]
        usable = np.isfinite(norms)
        rows, norms = self.chosen.rows.take(group[usable]), norms[usable]
        width = _share(len(rows))
        for start in range(span.pixels.start, span.pixels.stop, width):
            self.stop.check()
            pixels = slice(start, min(start + width, span.pixels.stop))
            with _BLOCKS:
                made = stack(*rows.read(pixels), norms)
            yield pixels, made

    def _medians(self, span: Span) -> np.ndarray:
        rows: RestRows = self.chosen.rows
        medians = np.empty(len(rows))
        step = _share(span.pixels.stop - span.pixels.start)
        for start in range(0, len(rows), step):
            self.stop.check()
            here = np.arange(start, min(start + step, len(rows)))
            with _BLOCKS:
                medians[here] = measure_norms(*rows.take(here).read(span.pixels))
        return medians


def _share(others: int) -> int:
    """Return how many rows of so many pixels, or pixels of so many rows, are read at once."""
    return max(1, BLOCK_BYTES // (VALUE_BYTES * max(1, others)))
