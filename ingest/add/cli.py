"""The command `oddsky add`."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ingest.cli import told_clearly, worker_options, working_in
from ingest.errors import IngestError
from ingest.store import Part, Release, open_tables

HELP = """Add new spectra to a release: placed and scored by its models, nothing fitted anew.

SOURCE is as for `oddsky ingest`. New spectra take the rank that their score would have had in the
release, whose own rows stay as they are; `is_new` tells them apart, and `n_beyond` in how many
regions one is stranger than all that was there.

\b
Examples:
  oddsky add tonight/ --to survey
  oddsky add 'tonight/spec-*.fits' --to survey --properties masses.fits
"""

SHOWN = 20
"""Spectra beyond everything known that are told by name."""


@click.command(help=HELP)
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--to",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory of the release.",
)
@click.option(
    "--properties",
    type=click.Path(path_type=Path),
    help="Table of properties to join: the columns that the release was ingested with.",
)
@worker_options
def add(  # noqa: D103  its help says it
    source: tuple[str, ...], root: Path, properties: Path | None, workers: int, scheduler: str
) -> None:
    # The learning libraries take seconds to load: `--help` and wrong options must not wait.
    from ingest.add.pipeline import add_spectra
    from ingest.published.properties import read_properties

    with told_clearly(root):
        joined = read_properties(properties) if properties else None
        if not root.is_dir():
            raise IngestError(f"There is no directory {root}; name that of a release.")
        with working_in(root, workers, scheduler) as executor:
            release, part = add_spectra(list(source), root, executor, joined)
        tell(release, part)


def tell(release: Release, part: Part) -> None:
    """Say what was added, and who is stranger than all that was there."""
    with open_tables(part) as db:
        beyond = db.sql(
            "SELECT name, obj_id, z, n_beyond, best_detector, best_rank FROM oddsky.objects "
            "WHERE n_beyond > 0 ORDER BY n_beyond DESC, consensus_rank, obj_id"
        ).fetchall()
    rows = part.info["rows"]
    console = Console()
    console.print(
        f"Release {release.number}: {rows['oddsky.objects']} spectra added, "
        f"{rows['oddsky.rejects']} rejected (oddsky.rejects says why)."
    )
    if not beyond:
        console.print("None is stranger in any region than all that the models were made of.")
        return
    table = Table(title=f"{len(beyond)} stranger than all that the models were made of")
    for heading in ("name", "obj_id", "z", "regions", "best detector", "its rank"):
        table.add_column(heading, justify="left" if "name" in heading else "right")
    for name, obj_id, z, regions, detector, rank in beyond[:SHOWN]:
        table.add_row(name, str(obj_id), f"{z:.4f}", str(regions), detector, str(rank))
    console.print(table)
    if len(beyond) > SHOWN:
        console.print("The others: SELECT * FROM oddsky.objects WHERE is_new = 1 AND n_beyond > 0")
