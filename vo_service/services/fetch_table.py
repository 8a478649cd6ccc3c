"""Rows of a query for the service's own use: as one Arrow table, limited, and stopped with it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from vo_service.adql.nodes import Query
from vo_service.adql.translate import translate
from vo_service.errors import QueryStoppedError, UsageError
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema
from vo_service.services.holdings import Holding
from vo_service.services.read_uploads import UploadedTable
from vo_service.services.run_query import compile_statement


class Stop:
    """Ends work of several steps: when its client leaves, or when it has taken too long.

    Parameters
    ----------
    seconds : float
        From now on, without pauses.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._stopped = threading.Event()
        self._free: Callable[[], None] = lambda: None

    def now(self) -> None:
        """Stop; from any thread, at any time."""
        self._stopped.set()
        self._free()

    @contextmanager
    def freeing(self, free: Callable[[], None]) -> Iterator[None]:
        """Call `free` when stopped within the block, and at its end."""
        self._free = free
        try:
            self.check()
            yield
        finally:
            self._free = lambda: None
            free()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let time pass that does not count: a client takes what it was sent."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._deadline += time.monotonic() - begun

    def check(self) -> None:
        """Go on or not; to be called between steps.

        Raises
        ------
        QueryStoppedError
            When stopped.
        UsageError
            When it has taken too long.
        """
        if self._stopped.is_set():
            raise QueryStoppedError
        if time.monotonic() > self._deadline:
            raise UsageError(
                f"It took longer than {self._seconds:g} s and was stopped; select fewer spectra, "
                "or a smaller region."
            )


def fetch_table(
    query: Query,
    holding: Holding,
    stop: Stop,
    seconds: float,
    most_rows: int,
    uploads: tuple[UploadedTable, ...] = (),
    choose: Callable[[tuple[Field, ...]], list[int]] | None = None,
) -> tuple[tuple[Field, ...], pa.Table]:
    """Run a query.

    Parameters
    ----------
    query : Query
    holding : Holding
    stop : Stop
    seconds : float
        Of the engine's time.
    most_rows : int
        A row more than that may come, and tells that there were more.
    uploads : tuple of UploadedTable
    choose : callable, optional
        Tells which columns are kept; None keeps all.

    Returns
    -------
    fields : tuple of Field
        Of the columns that are kept.
    rows : pyarrow.Table
    """
    catalogue = holding.catalogue
    if uploads:
        catalogue = catalogue.with_uploads(u.table for u in uploads)
    translated = translate(query, catalogue, "", most_rows + 1)
    fields = translated.fields
    kept = list(range(len(fields))) if choose is None else choose(fields)
    statement = compile_statement(translated, holding, tuple(u.upload for u in uploads))
    rows, batches, count = holding.engine.open(statement, seconds), [], 0
    with stop.freeing(rows.close):
        for batch in rows:
            stop.check()
            batches.append(batch.select(kept))
            count += batch.num_rows
            if count > most_rows:
                break
    chosen = tuple(fields[i] for i in kept)
    return chosen, pa.Table.from_batches(batches, arrow_schema(chosen))
