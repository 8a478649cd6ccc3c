"""Which spectra are stacked: a selection found among those that the release holds, and ordered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.adql.parser import parse
from vo_service.errors import NotFoundError, TooLargeError, UsageError
from vo_service.release.field import Field
from vo_service.release.spectra_many import RestRows, find_rest_rows
from vo_service.services.fetch_table import Stop, fetch_table
from vo_service.services.holdings import Holding
from vo_service.services.read_uploads import read_upload
from vo_service.services.stack_ids import LeftOut, left_out, read_ids
from vo_service.services.stack_order import (
    Ordering,
    by_column,
    find_named,
    find_ordering,
    look_up,
    numbers,
)
from vo_service.services.stack_request import StackRequest
from vo_service.settings import Settings

ID_NAME = "obj_id"


@dataclass(frozen=True, slots=True)
class Selection:
    """Spectra in the order in which they lie on disk.

    Attributes
    ----------
    ids : int64, shape (n,)
    rows : RestRows
    order : float64, shape (n,), optional
        What to order them by.
    ordered_by : Field, optional
        Describes it.
    left_out : tuple of LeftOut
    """

    ids: np.ndarray
    rows: RestRows
    order: np.ndarray | None
    ordered_by: Field | None
    left_out: tuple[LeftOut, ...]

    def cut(self, count: int | None, usual: int) -> list[np.ndarray]:
        """Cut it in groups by its order; equal values go by obj_id.

        Parameters
        ----------
        count : int, optional
        usual : int
            How many where none is given; less when there are fewer spectra.

        Returns
        -------
        list of int64 arrays
            Indices of each group, increasing; their sizes differ by one at most.

        Raises
        ------
        UsageError
            When there are more groups than spectra.
        """
        size = self.ids.size
        if count is not None and count > size:
            raise UsageError(
                f"GROUPS is {count}, but only {size} spectra can be ordered; ask for fewer."
            )
        if self.order is None:
            return [np.arange(size)]
        along = np.lexsort((self.ids, self.order))
        return [np.sort(part) for part in np.array_split(along, count or min(usual, size))]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Rows of a selection: identifiers, and the values of ORDER where they came along."""

    ids: pa.ChunkedArray | pa.Array
    ordered_by: Field | None = None
    values: np.ndarray | None = None


def select_spectra(
    request: StackRequest, holding: Holding, settings: Settings, stop: Stop
) -> Selection:
    """Find the spectra of a request, and what orders them.

    Raises
    ------
    UsageError
        When query, upload or order is wrong, the selection is empty or too large, or no spectrum
        has a value to order by.
    NotFoundError
        When no spectrum of the selection is in the release.
    """
    chosen = _choose(request, holding, settings, stop)
    _check_size(len(chosen.ids), settings)
    found, values = _find(chosen, holding)
    if not (request.order or request.direction):
        return found
    if chosen.ordered_by is not None:
        return _ordered(found, by_column(chosen.ordered_by), values)
    ordering = find_ordering(request, holding.release)
    return _ordered(found, ordering, look_up(found.ids, ordering, holding, settings, stop))


def _find(chosen: _Chosen, holding: Holding) -> tuple[Selection, np.ndarray]:
    """Find what the release holds of a selection, and the values that came along."""
    ids, values, gone = _once_each(chosen)
    rows = find_rest_rows(holding.stores, ids)
    held = rows.on_disk()
    unknown = left_out("ids that are no spectra of this release", ids[rows.shard < 0])
    if not held.size:
        said = "; ".join(map(str, (*gone, *unknown)))
        raise NotFoundError(f"No spectrum of the selection is in this release ({said}).")
    return Selection(ids[held], rows.take(held), None, None, (*gone, *unknown)), values[held]


def _ordered(found: Selection, ordering: Ordering, values: np.ndarray) -> Selection:
    """Order spectra by values; those without one are left out."""
    known = np.isfinite(values)
    if not known.any():
        raise UsageError(f"All of the selection are {ordering.lacking}; order by something else.")
    kept, lacking = np.flatnonzero(known), left_out(ordering.lacking, found.ids[~known])
    rows, left = found.rows.take(kept), (*found.left_out, *lacking)
    return Selection(found.ids[kept], rows, values[kept], ordering.value, left)


def _choose(request: StackRequest, holding: Holding, settings: Settings, stop: Stop) -> _Chosen:
    if request.ids:
        _check_size(len(request.ids), settings)
        return _Chosen(pa.array(request.ids, pa.string()))
    uploads = tuple(read_upload(n, data, settings) for n, data in request.uploads.items())
    order = request.order or ""
    if request.query:
        most, seconds = settings.most_stacked, settings.query_seconds
        query = parse(request.query)
        fields, rows = fetch_table(
            query, holding, stop, seconds, most, uploads, lambda f: _wanted(f, order, 0)
        )
        return _chosen(fields, rows)
    (upload,) = (u.upload for u in uploads)
    kept = _wanted(upload.fields, order, _main_id(upload.fields))
    return _chosen([upload.fields[i] for i in kept], upload.rows.select(kept))


def _wanted(fields: Sequence[Field], order: str, usual: int | None) -> list[int]:
    """Return where the identifier stands, and the column to order by if it is there."""
    named = find_named(fields, ID_NAME)
    place = fields.index(named) if named else usual
    if place is None:
        raise UsageError(
            f"The uploaded table has no column {ID_NAME}; name the identifiers of spectra so."
        )
    column = find_named(fields, order) if order else None
    return [place] if column is None else [place, fields.index(column)]


def _main_id(fields: Sequence[Field]) -> int | None:
    return next((i for i, f in enumerate(fields) if f.ucd.startswith("meta.id;meta.main")), None)


def _chosen(fields: Sequence[Field], rows: pa.Table) -> _Chosen:
    if len(fields) == 1:
        return _Chosen(rows.column(0))
    by_column(fields[1])
    return _Chosen(rows.column(0), fields[1], numbers(rows.column(1)))


def _once_each(chosen: _Chosen) -> tuple[np.ndarray, np.ndarray, tuple[LeftOut, ...]]:
    """Return ids once each, with their least value, whatever the order of rows."""
    read, mangled = read_ids(chosen.ids)
    there = np.flatnonzero(read.is_valid())
    ids = read.drop_null().to_numpy()
    values = np.zeros(ids.size) if chosen.values is None else chosen.values[there]
    order = np.lexsort((values, ids))
    ids, values = ids[order], values[order]
    is_first = np.diff(ids, prepend=ids[0] - 1 if ids.size else 0) != 0
    extra = int(np.count_nonzero(~is_first))
    repeated = left_out("repeated rows", np.unique(ids[~is_first]), extra)
    return ids[is_first], values[is_first], (*mangled, *repeated)


def _check_size(size: int, settings: Settings) -> None:
    if not size:
        raise UsageError("The selection is empty; widen it.")
    if size > settings.most_stacked:
        raise TooLargeError(
            f"The selection holds more than the {settings.most_stacked:,} spectra that are stacked "
            "at once; narrow it, for instance by random_index."
        )
