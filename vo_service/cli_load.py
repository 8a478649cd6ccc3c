"""The command `oddsky load`: a release's tables into PostgreSQL."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vo_service.errors import FatalError, OddskyError

if TYPE_CHECKING:
    from vo_service.release.release import Release

LOAD_HELP = """Load the tables of the current release in DIR into a PostgreSQL database.

They are loaded beside those that are served, and put in their place when all is there; a service
started with --database takes them up without a restart. A load that fails or is killed leaves the
old release served; the next load removes what it left.

\b
Examples:
  oddsky load survey --database postgresql://oddsky@db.example.org/sky
  oddsky load survey --database postgresql:///sky --reader oddsky_web
"""


@click.command(help=LOAD_HELP)
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--database",
    required=True,
    envvar="ODDSKY_DATABASE",
    help="URL of the database; ODDSKY_DATABASE.",
)
@click.option("--reader", help="Role that may read the tables, for a service with fewer rights.")
def load(root: Path, database: str, reader: str | None) -> None:  # noqa: D103  its help says it
    try:
        # DuckDB takes a second to load: --help must not wait for it.
        from vo_service.release.release import Release

        release = Release.open(root.resolve())
        _load(release, database, reader)
    except OddskyError as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _load(release: "Release", database: str, reader: str | None) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    try:
        from vo_service.release.postgres import load_release
    except ImportError as error:
        raise FatalError(
            "Loading into PostgreSQL needs more packages; pip install 'oddsky[postgres]'."
        ) from error

    tables = {t.full_name: t for t in release.tables}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {name: bars.add_task(name, total=table.rows) for name, table in tables.items()}
        load_release(
            release,
            database,
            reader,
            lambda table, rows: bars.update(tasks[table.full_name], completed=rows),
        )
    rows = sum(table.rows for table in release.tables)
    click.echo(
        f"oddsky: the database serves release {release.number}: {len(tables)} tables, {rows} rows"
    )
