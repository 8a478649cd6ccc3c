"""The command `oddsky worker`: asynchronous jobs apart from the service."""

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vo_service.errors import OddskyError
from vo_service.settings import Settings

WORKER_HELP = """Run the asynchronous jobs of a service in a process of their own.

Give it the directory and state of `oddsky serve`, which is then started with ODDSKY_JOB_THREADS=0.
Any number of workers may run; one that ends puts its jobs back for the others.

\b
Example:
  oddsky worker --from survey --threads 2
"""


@click.command(help=WORKER_HELP)
@click.option(
    "--from",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory of the release.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Where the service may write.  [default: DIR/state]",
)
@click.option(
    "--threads",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Jobs that run at once.",
)
def worker(root: Path, state: Path | None, threads: int) -> None:  # noqa: D103  its help says it
    try:
        settings = Settings.make(root.resolve(), state and state.resolve())
        _run(replace(settings, job_threads=threads))
    except OddskyError as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _run(settings: Settings) -> None:
    # The engine takes seconds to load: `--help` must not wait for it.
    from vo_service.app import create_app

    jobs = create_app(settings).extensions["oddsky"].worker
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    jobs.start()
    click.echo(f"oddsky: running jobs of {settings.root}, {settings.job_threads} at once")
    stopped.wait()
    jobs.stop()
