"""The commands of the ingest: `oddsky ingest` and `oddsky demo`."""

import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import IngestError
from ingest.settings import IngestSettings, read_settings
from ingest.store import prepared_root

if TYPE_CHECKING:
    from ingest.executor import Executor

INGEST_HELP = """Turn survey spectra into maps, similar objects and anomaly scores.

SOURCE is a folder, a tar archive, a glob pattern, a spectrum file, or @FILE with a path a line.
A killed run goes on where it was when it is started again with the same input and settings.

\b
Examples:
  oddsky ingest spectra/ --into survey
  oddsky ingest 'dr14/*/spec-*.fits' more.tar.xz --into survey --survey sdss
  oddsky ingest spectra/ --into survey --config settings.toml
  oddsky ingest plates/ --into survey --properties masses.fits
"""

DEMO_HELP = """Make a mock survey with planted oddities, ingest it and serve it.

\b
Examples:
  oddsky demo
  oddsky demo --into demo --rows 5000 --no-serve
"""


def worker_options(command: Callable) -> Callable:
    """Give a command the options that say who does the work."""
    scheduler = click.option(
        "--scheduler", default="", help="Address of a Dask scheduler, whose workers do it."
    )
    workers = click.option(
        "--workers",
        type=click.IntRange(0),
        default=0,
        help="Processes that do the work.  [default: one a core]",
    )
    return workers(scheduler(command))


@click.command(help=INGEST_HELP)
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--into", required=True, type=click.Path(path_type=Path), help="Directory of the release."
)
@click.option(
    "--survey",
    help="Whose spectra these are: auto, sdss, mock, spplate, desi, table or specutils."
    "  [default: auto]",
)
@click.option(
    "--properties",
    type=click.Path(path_type=Path),
    help="Table of properties to join: FITS, VOTable, Parquet or CSV.",
)
@click.option("--config", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--seed", type=int, help="Seed of everything random.")
@worker_options
def ingest(  # noqa: D103  its help says it
    source: tuple[str, ...],
    into: Path,
    survey: str | None,
    properties: Path | None,
    config: Path | None,
    seed: int | None,
    workers: int,
    scheduler: str,
) -> None:
    with told_clearly(into):
        settings = read_settings(config, survey=survey, seed=seed)
        run(list(source), into, settings, workers, scheduler, properties)


@click.command(help=DEMO_HELP)
@click.option(
    "--into",
    default="demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Directory of the release.",
)
@click.option(
    "--rows",
    default=2000,
    show_default=True,
    type=click.IntRange(50),
    help="Spectra in the mock survey.",
)
@click.option("--port", default=8080, show_default=True, help="Port to serve on.")
@click.option("--no-serve", is_flag=True, help="Stop when the release is made.")
@click.pass_context
def demo(  # noqa: D103  its help says it
    context: click.Context, into: Path, rows: int, port: int, no_serve: bool
) -> None:
    from ingest.demo import make_demo

    with told_clearly(into):
        make_demo(into, rows, run)
    if not no_serve:
        (serve,) = entry_points(group="oddsky.commands", name="serve")
        context.invoke(serve.load(), root=into, port=port)


def run(
    sources: list[str],
    into: Path,
    settings: IngestSettings,
    workers: int = 0,
    scheduler: str = "",
    properties: Path | None = None,
) -> Any:
    """Run the pipeline in a directory, its log beside it; return the release.

    Parameters
    ----------
    sources : list of str
    into : Path
    settings : IngestSettings
    workers : int
        Processes; 0 takes one for each core. They change nothing but the time that it takes.
    scheduler : str
        Address of a Dask scheduler, whose workers do the work.
    properties : Path, optional
        A table whose columns are joined to the spectra.
    """
    # The learning libraries take seconds to load: `--help` and wrong options must not wait.
    from ingest.pipeline import ingest_survey
    from ingest.published.properties import read_properties

    joined = read_properties(properties) if properties else None
    with working_in(into, workers, scheduler) as executor:
        return ingest_survey(sources, into, settings, executor, joined)


@contextmanager
def working_in(root: Path, workers: int, scheduler: str) -> Iterator["Executor"]:
    """Hold a directory's lock, log what happens, and open what does the work."""
    from ingest.executor import open_executor

    with (
        prepared_root(root),
        logged(root / "logs"),
        open_executor(workers or os.cpu_count() or 1, scheduler) as executor,
    ):
        yield executor


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Append what happens to `ingest.log` in a folder."""
    handler = logging.FileHandler(folder / "ingest.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("oddsky")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    except Exception:
        logger.exception("the run ended")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def told_clearly(into: Path) -> Iterator[None]:
    """Turn what can go wrong into one sentence and exit code 2."""
    try:
        yield
    except IngestError as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        _refuse("Interrupted. Start the same command again: it goes on where it was.")
    except OSError as error:
        _refuse(_disk_sentence(error, into))


def _disk_sentence(error: OSError, into: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {into} is full; make room and start again: what is done is kept."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Cannot write {error.filename or into}: {error.strerror}; name another directory."
    return f"The system refused {error.filename or into}: {error.strerror}."


def _refuse(sentence: str) -> None:
    click.echo(f"oddsky: {sentence}", err=True)
    sys.exit(2)
