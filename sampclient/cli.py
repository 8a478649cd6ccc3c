"""`oddsky link`: the command."""

import logging
import signal
import sys
import threading
import warnings
from typing import Any

import click
from rich.console import Console

from sampclient.errors import HubError, LinkError

LINK_HELP = """Link TOPCAT and Aladin: a click or a lasso in one shows in the other.

Start TOPCAT and Aladin before or after; each is given the table as soon as it joins. A click says
here what the object is and why it is odd, and passes its spectrum to any spectrum viewer. Ctrl-C
ends the link and leaves the programs as they are.

\b
Examples:
  oddsky link
  oddsky link --service https://odd.example.org
  oddsky link --query "SELECT TOP 500 * FROM oddsky.objects ORDER BY consensus_rank"
"""


@click.command(help=LINK_HELP)
@click.option(
    "--service", default="http://localhost:8080", show_default=True, help="URL of the service."
)
@click.option("--table", default="", help="Table to link.  [default: the first with positions]")
@click.option("--query", default="", help="ADQL whose rows are linked; they need obj_id.")
@click.option(
    "--max-rows",
    default=200_000,
    show_default=True,
    type=click.IntRange(1),
    help="Link no more rows than this.",
)
@click.option("--verbose", is_flag=True, help="Log every message.")
def link(service: str, table: str, query: str, max_rows: int, verbose: bool) -> None:  # noqa: D103
    _log_to_terminal(verbose)
    try:
        _run(service, table, query, max_rows, Console(highlight=False))
    except (LinkError, HubError) as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _run(url: str, name: str, query: str, max_rows: int, console: Console) -> None:
    # pyvo and astropy take seconds to load: `--help` must not wait.
    from astropy.units import UnitsWarning

    from sampclient.deliver import Copies
    from sampclient.files import served_files
    from sampclient.link import Link
    from sampclient.service import Service
    from sampclient.table import fetch_table
    from sampclient.tell import Teller

    # Deprecated spellings of units are the standard's business, not the user's.
    warnings.simplefilter("ignore", UnitsWarning)
    service = Service(url)
    table = fetch_table(service, name, query, max_rows)
    reasons = next((t for t in service.list_tables().values() if "reason" in t.columns), None)
    teller = Teller(table, console)
    teller.say(f"{len(table)} rows of {table.title} at {service.url}.")
    if len(table) == max_rows:
        teller.say(f"There may be more: {max_rows} rows is the limit; see --max-rows.")
    with served_files() as files:
        link = Link(
            table,
            Copies.write(table, files),
            teller,
            lambda obj_id: service.find_reasons(reasons, obj_id) if reasons else [],
        )
        try:
            link.open()
            teller.say("Start TOPCAT and Aladin, if they do not run. Ctrl-C ends the link.")
            link.run(_stop_on_signals())
        finally:
            link.close()
    teller.say("The link is ended.")


def _stop_on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def _log_to_terminal(verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("oddsky.link")
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
