"""The link as it runs on a terminal, from the choice of rows to Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

from sampclient.connection import Connection
from sampclient.keyboard import Keyboard
from sampclient.listeners import Clicked, Selected
from sampclient.programs import start_missing
from sampclient.selections import (
    DEFAULT_TOP,
    Rows,
    select_isolated,
    select_query,
    select_similar,
    select_strangest,
    select_table,
)
from sampclient.service import Service
from sampclient.table import LinkedTable, fetch_table
from sampclient.tell import Teller
from sampclient.viewer import NAME, open_page


def run(options: Mapping[str, Any]) -> None:
    """Link what the options choose until Ctrl-C.

    Raises
    ------
    LinkError
        When the rows cannot be linked.
    HubError
        When there is no hub.
    """
    teller = Teller(Console(highlight=False))
    service = Service(options["service"])
    wanted = choose_rows(service, options)
    table = fetch_table(service, wanted, options["max_rows"])
    _tell_rows(teller, service, table, options["max_rows"])
    stopped = _stop_on_signals()
    with Connection(service, say=teller.say, allow_web=options["allow_web"]) as connection:
        connection.listeners.add(Clicked, _tell_click(teller, service))
        connection.listeners.add(Selected, teller.selected)
        connection.add(table)
        if connection.link.leads(table.table_id):
            _open_viewer(connection, wanted, teller, options["viewer"])
        _start_programs(connection, teller, options["start"], stopped)
        if not stopped.is_set():
            teller.say("Click, or draw a region. Ctrl-C ends the link.")
            Keyboard(connection, teller).listen()
        stopped.wait()
    teller.say("The link is ended.")


def choose_rows(service: Service, options: Mapping[str, Any]) -> Rows:
    """Return the selection that the options name."""
    top = options["top"] or DEFAULT_TOP
    if options["query"]:
        return select_query(service, options["query"])
    if options["detector"]:
        return select_strangest(service, options["detector"], top)
    if options["like"]:
        return select_similar(service, options["like"], options["region"], top)
    if options["isolated"]:
        return select_isolated(service, options["isolated"], top)
    return select_table(service, options["table"] or "")


def _tell_rows(teller: Teller, service: Service, table: LinkedTable, max_rows: int) -> None:
    teller.say(f"{len(table)} rows of {table.title} at {service.url}.")
    if len(table) == max_rows:
        teller.say(f"There may be more: {max_rows} rows is the limit; see --max-rows.")


def _tell_click(teller: Teller, service: Service) -> Any:
    """Return the listener that says who was clicked, and why it is odd."""
    reasons = next((t for t in service.list_tables().values() if "reason" in t.columns), None)

    def tell(clicked: Clicked) -> None:
        teller.clicked(clicked)
        if reasons is not None:
            teller.reasons(service.find_reasons(reasons, clicked.obj_id))

    return tell


def _open_viewer(connection: Connection, wanted: Rows, teller: Teller, is_wanted: bool) -> None:
    """Open the viewer, unless one is there; say where it is, for another browser."""
    if NAME in connection.link.names():
        return
    url = connection.viewer_url(wanted)
    if not (is_wanted and open_page(url)):
        teller.say(f"The spectrum viewer is at {url}")


def _start_programs(
    connection: Connection, teller: Teller, start: bool | None, stopped: threading.Event
) -> None:
    try:
        start_missing(connection.link.names(), start, teller.say)
    except click.Abort:
        stopped.set()


def _stop_on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()
        if sys.stdin and sys.stdin.isatty():
            print(flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped
