"""The command `oddsky publish`."""

import sys
import time
from pathlib import Path

import click

from vo_service.errors import OddskyError, UsageError

PUBLISH_HELP = """Put a table beside what a directory serves.

TABLE is a FITS, VOTable, Parquet, Arrow, CSV, TSV or ECSV file. Its units, UCDs and descriptions
are taken from it, and from a metadata file; what neither says is asked for.

\b
Examples:
  oddsky publish catalogue.fits --write-meta catalogue.toml
  oddsky publish catalogue.fits --into survey --name mine.galaxies --meta catalogue.toml
  oddsky publish catalogue.fits --into survey --name mine.galaxies --draft
"""


@click.command(help=PUBLISH_HELP)
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="Directory of the release.")
@click.option("--name", help="Name of the table: schema.table. One of that name is replaced.")
@click.option("--meta", type=click.Path(path_type=Path), help="TOML file that describes the table.")
@click.option(
    "--write-meta",
    type=click.Path(path_type=Path),
    help="Write a file for --meta with what is known, and publish nothing.",
)
@click.option("--draft", is_flag=True, help="Fill in what is missing and say so in its place.")
def publish(  # noqa: D103  its help says it
    table: Path,
    into: Path | None,
    name: str | None,
    meta: Path | None,
    write_meta: Path | None,
    draft: bool,
) -> None:
    try:
        if write_meta:
            _write_template(table, write_meta, meta)
        elif into is None or name is None:
            raise UsageError("Say where it is published: --into DIR and --name schema.table.")
        else:
            _publish(table, into, name, meta, draft)
    except OddskyError as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _write_template(table: Path, target: Path, meta: Path | None) -> None:
    # The engine takes seconds to load: `--help` must not wait for it.
    from vo_service.services.publish_table import write_metadata_template
    from vo_service.tables.metadata import Metadata, read_metadata

    metadata = read_metadata(meta) if meta else Metadata()
    described = write_metadata_template(table, target, metadata)
    open_points = sum(len(c.missing) for c in described.columns) + (not described.text)
    click.echo(f"oddsky: wrote {target}; {open_points} entries are to be filled in")


def _publish(table: Path, into: Path, name: str, meta: Path | None, draft: bool) -> None:
    from vo_service.services.publish_table import PublishRequest, publish_table
    from vo_service.tables.metadata import Metadata, read_metadata

    began = time.monotonic()
    metadata = read_metadata(meta) if meta else Metadata()
    done = publish_table(PublishRequest(table, into, name, metadata, draft))
    for note in done.notes:
        click.echo(f"oddsky: {note}")
    size = f"{done.table.rows:,} rows, {len(done.table.fields)} columns"
    if not done.is_new:
        click.echo(f"oddsky: {name} was there already, the same ({size})")
        return
    seconds = time.monotonic() - began
    click.echo(
        f"oddsky: published {name} ({size}) as release {done.release.number} of {into} "
        f"in {seconds:.1f} s"
    )
