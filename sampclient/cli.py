"""`oddsky link`: the command."""

import logging
import sys
from typing import Any

import click

from sampclient.errors import HubError, LinkError

LINK_HELP = """Link TOPCAT, Aladin and the spectrum viewer: a click or a lasso in one shows in all.

Start TOPCAT and Aladin before or after; each is given the table as soon as it joins. The viewer
opens in the browser. A click says here what the object is and why it is odd. Ctrl-C ends the link
and leaves the programs as they are.

\b
Examples:
  oddsky link
  oddsky link --service https://odd.example.org
  oddsky link --detector pca_worst --top 500
  oddsky link --like 4305238784937238299 --region nad
  oddsky link --isolated nad
  oddsky link --query "SELECT TOP 500 * FROM oddsky.objects ORDER BY consensus_rank"
"""


@click.command(help=LINK_HELP)
@click.option(
    "--service", default="http://localhost:8080", show_default=True, help="URL of the service."
)
@click.option("--table", help="Table to link.  [default: the first with positions]")
@click.option("--query", help="ADQL whose rows are linked; they need obj_id.")
@click.option("--detector", help="Link the strangest by a detector or in a region, along a map.")
@click.option("--like", type=click.IntRange(1), help="Link an object and those similar to it.")
@click.option("--isolated", metavar="REGION", help="Link what lies alone on the map of a region.")
@click.option("--region", help="Where objects are to be similar; with --like.")
@click.option("--top", type=click.IntRange(1), help="How many of a list.  [default: 200]")
@click.option(
    "--max-rows",
    default=200_000,
    show_default=True,
    type=click.IntRange(1),
    help="Link no more rows than this.",
)
@click.option(
    "--viewer/--no-viewer", default=True, help="Open the spectrum viewer.  [default: yes]"
)
@click.option(
    "--start/--no-start",
    default=None,
    help="Start TOPCAT and Aladin if they do not run.  [default: ask]",
)
@click.option("--allow-web", multiple=True, metavar="ORIGIN", help="Let pages of a site join too.")
@click.option("--verbose", is_flag=True, help="Log every message and query.")
def link(verbose: bool, **options: Any) -> None:  # noqa: D103
    _check(options)
    _log_to_terminal(verbose)
    try:
        # pyvo and astropy take seconds to load: `--help` must not wait.
        from sampclient.terminal import run

        run(options)
    except (LinkError, HubError) as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _check(options: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    chosen = [n for n in ("table", "query", "detector", "like", "isolated") if options[n]]
    if len(chosen) > 1:
        names = " and ".join(f"--{name}" for name in chosen)
        raise click.UsageError(f"{names} choose different rows; give one of them.")
    if bool(options["region"]) != bool(options["like"]):
        raise click.UsageError("--like and --region belong together; give both or neither.")
    if options["top"] and not (options["detector"] or options["like"] or options["isolated"]):
        raise click.UsageError("--top shortens a list; give --detector, --like or --isolated too.")


def _log_to_terminal(verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("oddsky.link")
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
