"""Progress bars with rate and time left; a line in the log for each finished step."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

log = logging.getLogger("oddsky.ingest")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s")


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show bars on a terminal; elsewhere they print once at the end of each step."""
    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ) as bars:
        yield bars


@contextmanager
def step(bars: Progress, name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show one step; the value is called with how many more are done."""
    task = bars.add_task(name, total=total)
    log.info("%s: begins", name)

    def advance(done: int) -> None:
        bars.advance(task, done)

    yield advance
    done = bars.tasks[task].completed
    bars.update(task, total=total or done, completed=total or done)
    log.info("%s: done in %.1f s", name, bars.tasks[task].elapsed or 0.0)
