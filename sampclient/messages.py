"""The SAMP messages that the link understands, between wire and plain objects.

All values travel as strings and rows count from 0 (SAMP 1.3, section 3; the MTypes' wiki page).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sampclient.errors import MessageError


@dataclass(frozen=True, slots=True)
class Highlight:
    """A row was clicked.

    Attributes
    ----------
    sender : str
        Identifier of the program on the hub.
    table_id, url : str
        What the row belongs to; a program gives one of them or both.
    row : int
        From 0.
    """

    sender: str
    table_id: str
    url: str
    row: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows were selected; as Highlight, with `rows` in the order of the sender."""

    sender: str
    table_id: str
    url: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A program has joined the hub, or says more of what it can do."""

    sender: str


@dataclass(frozen=True, slots=True)
class Left:
    """A program has left the hub."""

    sender: str


@dataclass(frozen=True, slots=True)
class HubStopped:
    """The hub says goodbye."""

    sender: str


Message = Highlight | Selection | Joined | Left | HubStopped


def parse_message(mtype: str, sender: str, params: Mapping[str, Any]) -> Message:
    """Understand a message.

    Raises
    ------
    MessageError
        When a parameter is missing or no row number.
    """
    try:
        return _PARSERS[mtype](sender, params)
    except KeyError as error:
        raise MessageError(f"{mtype} came without {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise MessageError(f"{mtype} came with a row that is no number: {error}") from error


def make_highlight(table_id: str, url: str, row: int) -> dict[str, Any]:
    """Return table.highlight.row."""
    return _message("table.highlight.row", {"table-id": table_id, "url": url, "row": str(row)})


def make_load(table_id: str, url: str, name: str) -> dict[str, Any]:
    """Return table.load.votable."""
    return _message("table.load.votable", {"table-id": table_id, "url": url, "name": name})


def make_script(script: str) -> dict[str, Any]:
    """Return script.aladin.send, which Aladin alone understands."""
    return _message("script.aladin.send", {"script": script})


def make_spectrum(url: str, name: str, meta: Mapping[str, str]) -> dict[str, Any]:
    """Return spectrum.load.ssa-generic; the keys of meta are utypes of SSA."""
    params = {"url": url, "name": name, "spectrum-id": url, "meta": dict(meta)}
    return _message("spectrum.load.ssa-generic", params)


def _message(mtype: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"samp.mtype": mtype, "samp.params": params}


def _highlight(sender: str, params: Mapping[str, Any]) -> Highlight:
    return Highlight(sender, *_table(params), int(params["row"]))


def _selection(sender: str, params: Mapping[str, Any]) -> Selection:
    return Selection(sender, *_table(params), tuple(map(int, params["row-list"])))


def _table(params: Mapping[str, Any]) -> tuple[str, str]:
    return str(params.get("table-id", "")), str(params.get("url", ""))


_PARSERS: dict[str, Callable[[str, Mapping[str, Any]], Message]] = {
    "table.highlight.row": _highlight,
    "table.select.rowList": _selection,
    "samp.hub.event.subscriptions": lambda _, params: Joined(str(params["id"])),
    "samp.hub.event.unregister": lambda _, params: Left(str(params["id"])),
    "samp.hub.event.shutdown": lambda sender, _: HubStopped(sender),
}

MTYPES = tuple(_PARSERS)
"""What the link subscribes to."""
