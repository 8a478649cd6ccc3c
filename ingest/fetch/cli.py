"""The command `oddsky fetch`: survey spectra from the surveys' public archives."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ingest.cli import told_clearly
from ingest.errors import SourceError
from ingest.fetch import desi as desi_archive
from ingest.fetch import sdss as sdss_archive
from ingest.fetch.catalogue import skyserver, tap
from ingest.fetch.choose import Asked, Chosen, choose_desi, choose_sdss
from ingest.fetch.client import Client
from ingest.fetch.download import Outcome, download
from ingest.fetch.index import Index
from ingest.fetch.manifest import alone

FETCH_HELP = """Download survey spectra from the surveys' public archives.

What is there already is not fetched again: start the same command again to go on.

\b
Examples:
  oddsky fetch sdss 1678-53433-0425 --into spectra
  oddsky fetch sdss --plate 1678-53433 --into spectra
  oddsky fetch desi sv3/bright/10016 --release edr --into spectra
"""

SDSS_HELP = """Download SDSS, BOSS and eBOSS spectra (the lite files).

ID is plate-mjd-fibre or a specObjID.

\b
Examples:
  oddsky fetch sdss 1678-53433-0425 299489676975171584 --into spectra
  oddsky fetch sdss --ids ids.txt --release dr14 --into spectra
  oddsky fetch sdss --positions galaxies.fits --radius 2 --into spectra
  oddsky fetch sdss --query "SELECT TOP 100 plate, mjd, fiberid, run2d FROM SpecObj" --into spectra
"""

DESI_HELP = """Download DESI coadds with their redshifts.

ID is survey/program/healpix, with or without "targetid:" before it, or a targetid, which the
catalogue places. A file holds all targets of its pixel.

\b
Examples:
  oddsky fetch desi sv3/bright/10016 --release edr --into spectra
  oddsky fetch desi 39627565329026280 --into spectra
  oddsky fetch desi --table targets.parquet --into spectra
"""

TOLD = 20
"""How many missing spectra are told on the screen; the log has all."""

_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.argument("ids", nargs=-1, metavar="[ID]..."),
    click.option("--into", required=True, type=_PATH, help="Folder to fill."),
    click.option("--ids", "lists", multiple=True, type=_PATH, help="File with an id a line."),
    click.option("--table", "tables", multiple=True, type=_PATH, help="Table that names spectra."),
    click.option("--positions", multiple=True, type=_PATH, help="Table with ra and dec [deg]."),
    click.option(
        "--radius",
        "radius_arcsec",
        default=2.0,
        show_default=True,
        type=click.FloatRange(0, 60, min_open=True),
        help="Around each position [arcsec].",
    ),
    click.option("--query", "queries", multiple=True, help="Query to the survey's catalogue."),
    click.option("--catalogue", help="URL of the catalogue service."),
    click.option(
        "--connections", default=4, show_default=True, type=click.IntRange(1, 16), help="At once."
    ),
    click.option(
        "--timeout",
        default=60.0,
        show_default=True,
        type=click.FloatRange(0, min_open=True),
        help="How long a server may be silent [s].",
    ),
    click.option(
        "--tries",
        default=8,
        show_default=True,
        type=click.IntRange(1),
        help="Failures in a row until a file is given up.",
    ),
)


def _common(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(help=FETCH_HELP)
def fetch() -> None:  # noqa: D103  its help says it
    pass


@fetch.command(help=SDSS_HELP)
@_common
@click.option("--plate", "plates", multiple=True, help="All of plate-mjd, as in 1678-53433.")
@click.option("--release", default="dr17", show_default=True, help="dr13 or later.")
@click.option("--run2d", help="Reduction.  [default: those of the release]")
@click.option("--archive", default=sdss_archive.ARCHIVE, show_default=True, help="Its URL.")
def sdss(  # noqa: D103  its help says it
    plates: tuple[str, ...], release: str, run2d: str | None, archive: str, **options: Any
) -> None:
    with told_clearly(options["into"]):
        layout = sdss_archive.SdssArchive(archive, release, run2d)
        url = options.pop("catalogue") or sdss_archive.CATALOGUE.format(release=release)
        _run(
            options,
            plates,
            lambda asked, client, index: choose_sdss(asked, layout, index, skyserver(client, url)),
        )


@fetch.command(help=DESI_HELP)
@_common
@click.option("--release", default="dr1", show_default=True, help="edr or dr1.")
@click.option("--archive", default=desi_archive.ARCHIVE, show_default=True, help="Its URL.")
def desi(release: str, archive: str, **options: Any) -> None:  # noqa: D103  its help says it
    with told_clearly(options["into"]):
        layout = desi_archive.DesiArchive(archive, release)
        url = options.pop("catalogue") or desi_archive.CATALOGUE
        _run(
            options,
            (),
            lambda asked, client, _: choose_desi(asked, layout, tap(client, url)),
        )


def _run(
    options: dict[str, Any],
    plates: tuple[str, ...],
    choose: Callable[[Asked, Client, Index], Chosen],
) -> None:
    into, connections = options.pop("into"), options.pop("connections")
    client = Client(connections, options.pop("timeout"), options.pop("tries"))
    asked, index = Asked(plates=plates, **options), Index(client)
    if asked == Asked(radius_arcsec=asked.radius_arcsec):
        raise SourceError("Nothing is asked for; name spectra, or a list, table, plate or query.")
    with _logged(into / "logs"), alone(into):
        outcome = download(choose(asked, client, index), into, client, index, connections)
    _tell(outcome, into)


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Append what happens to `fetch.log` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / "fetch.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("oddsky.fetch")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


def _tell(outcome: Outcome, into: Path) -> None:
    click.echo(f"{outcome.fetched} files fetched into {into}, {outcome.present} were there.")
    if not outcome.missing:
        return
    click.echo(f"oddsky: {len(outcome.missing)} are missing:", err=True)
    for name, reason in outcome.missing[:TOLD]:
        click.echo(f"  {name}: {reason}", err=True)
    if len(outcome.missing) > TOLD:
        click.echo(f"  … and more, all in {into / 'logs' / 'fetch.log'}", err=True)
    sys.exit(1)
