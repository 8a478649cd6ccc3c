"""The command `oddsky export`."""

from pathlib import Path

import click

from ingest.cli import told_clearly

EXPORT_HELP = """Write a table of a release in the form that other programs take.

\b
Example:
  oddsky export hats --from survey --into survey-hats
"""

HATS_HELP = """Write a table as a HATS catalogue: Parquet partitioned by place on the sky, for LSDB.

\b
Examples:
  oddsky export hats --from survey --into survey-hats
  oddsky export hats --from survey --into lines --table oddsky.objects --rows-per-partition 50000
"""


@click.group(help=EXPORT_HELP)
def export() -> None:  # noqa: D103  its help says it
    pass


@export.command(help=HATS_HELP)
@click.option(
    "--from",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory of the release.",
)
@click.option(
    "--into", required=True, type=click.Path(path_type=Path), help="Folder of the catalogue, new."
)
@click.option(
    "--table", default="oddsky.objects", show_default=True, help="A table with positions."
)
@click.option(
    "--rows-per-partition",
    default=100_000,
    show_default=True,
    type=click.IntRange(1),
    help="Rows of a partition, at most.",
)
def hats(root: Path, into: Path, table: str, rows_per_partition: int) -> None:  # noqa: D103
    # Parquet and astropy take a second to load: `--help` must not wait for them.
    from ingest.export.hats import export_hats
    from ingest.progress import progress_bars, step

    with (
        told_clearly(into),
        progress_bars() as bars,
        step(bars, "Writing the catalogue", None) as advance,
    ):
        done = export_hats(root, into, table, rows_per_partition, advance)
    click.echo(f"{done.rows} rows of {table} in {done.partitions} partitions are in {into}.")
    if done.left_out:
        click.echo(f"{done.left_out} rows have no position and are left out.")
