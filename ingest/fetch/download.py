"""Fetch many files at once; what fails is told at the end and stops nothing."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    FileSizeColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from ingest.fetch.choose import Chosen
from ingest.fetch.client import Client
from ingest.fetch.index import Index
from ingest.fetch.manifest import Manifest
from ingest.fetch.transfer import Transfer
from ingest.fetch.wanted import MissingError, PassingError, Wanted

log = logging.getLogger("oddsky.fetch")


@dataclass(slots=True)
class Outcome:
    """What came of a run.

    Attributes
    ----------
    fetched, present : int
        Files that came now, and that were there before.
    missing : list of (str, str)
        What did not come, and why.
    """

    fetched: int = 0
    present: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)


def download(chosen: Chosen, root: Path, client: Client, index: Index, connections: int) -> Outcome:
    """Fetch what was chosen and is not there yet.

    Raises
    ------
    OSError
        When the disk is full or refuses.
    """
    manifest = Manifest(root)
    waiting = [wanted for wanted in chosen.wanted if not manifest.holds(wanted)]
    outcome = Outcome(present=len(chosen.wanted) - len(waiting), missing=list(chosen.missing))
    for name, reason in chosen.missing:
        log.warning("%s: %s", name, reason)
    with _bars(len(waiting)) as (files, count), _stopping(client, connections) as pool:
        transfer = Transfer(client, index, root, count)
        futures = {pool.submit(_fetch_one, transfer, manifest, w): w for w in waiting}
        for future in as_completed(futures):
            _note(outcome, futures[future], future)
            files()
    return outcome


def _fetch_one(transfer: Transfer, manifest: Manifest, wanted: Wanted) -> None:
    manifest.add(wanted.name, transfer.fetch(wanted))


def _note(outcome: Outcome, wanted: Wanted, future: "Future[None]") -> None:
    try:
        future.result()
    except (MissingError, PassingError) as error:
        log.warning("%s: %s", wanted.name, error)
        outcome.missing.append((wanted.name, str(error)))
    else:
        log.info("%s: fetched", wanted.name)
        outcome.fetched += 1


@contextmanager
def _stopping(client: Client, connections: int) -> Iterator[ThreadPoolExecutor]:
    """Run threads that stop at the next piece when anything ends the run."""
    pool = ThreadPoolExecutor(connections, thread_name_prefix="fetch")
    try:
        yield pool
    except BaseException:
        client.stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _bars(total: int) -> Iterator[tuple[Callable[[], None], Callable[[int], None]]]:
    """Show files and time left, bytes and rate; give what counts either."""
    files = Progress(
        TextColumn("files"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn()
    )
    sizes = Progress(TextColumn("bytes"), FileSizeColumn(), TransferSpeedColumn())
    task, amount = files.add_task("files", total=total), sizes.add_task("bytes", total=None)
    with Live(Group(files, sizes)) as live:
        yield lambda: files.advance(task), lambda size: sizes.advance(amount, size)
    if not live.console.is_interactive:
        live.console.line()
