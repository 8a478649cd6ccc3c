"""The SAMP messages that the link understands, between wire and plain objects.

All values travel as strings and rows count from 0 (SAMP 1.3, section 3; the MTypes' wiki page).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sampclient.errors import MessageError

LOAD = "table.load.votable"
HIGHLIGHT = "table.highlight.row"
SELECT = "table.select.rowList"
SPECTRUM = "spectrum.load.ssa-generic"


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


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows were selected; as Highlight.

    Attributes
    ----------
    rows : int64, shape (n,)
        Each once, in the order of the sender.
    """

    sender: str
    table_id: str
    url: str
    rows: np.ndarray


@dataclass(frozen=True, slots=True)
class Joined:
    """A program has joined the hub, or says more of what it is and can do."""

    client_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """A program has left the hub."""

    client_id: str


@dataclass(frozen=True, slots=True)
class HubStopped:
    """The hub says goodbye."""


Message = Highlight | Selection | Joined | Left | HubStopped


def parse_message(mtype: str, sender: str, params: object) -> Message:
    """Understand a message.

    Raises
    ------
    MessageError
        When a parameter is missing or no row number.
    """
    if not isinstance(params, Mapping):
        raise MessageError(f"{mtype} came without parameters by name")
    try:
        return _PARSERS[mtype](sender, params)
    except KeyError as error:
        raise MessageError(f"{mtype} came without {error}") from error
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise MessageError(f"{mtype} came with a row that is no whole number: {error}") from error


def make_highlight(table_id: str, url: str, row: int) -> dict[str, Any]:
    """Return table.highlight.row."""
    return _message(HIGHLIGHT, {"table-id": table_id, "url": url, "row": str(row)})


def make_select(table_id: str, url: str, rows: Iterable[int]) -> dict[str, Any]:
    """Return table.select.rowList."""
    return _message(SELECT, {"table-id": table_id, "url": url, "row-list": [*map(str, rows)]})


def make_load(table_id: str, url: str, name: str) -> dict[str, Any]:
    """Return table.load.votable."""
    return _message(LOAD, {"table-id": table_id, "url": url, "name": name})


def make_script(script: str) -> dict[str, Any]:
    """Return script.aladin.send, which Aladin alone understands."""
    return _message("script.aladin.send", {"script": script})


def make_spectrum(url: str, name: str, meta: Mapping[str, str]) -> dict[str, Any]:
    """Return spectrum.load.ssa-generic; the keys of meta are utypes of SSA."""
    params = {"url": url, "name": name, "spectrum-id": url, "meta": dict(meta)}
    return _message(SPECTRUM, params)


def _message(mtype: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"samp.mtype": mtype, "samp.params": params}


def _highlight(sender: str, params: Mapping[str, Any]) -> Highlight:
    (row,) = _rows([params["row"]])
    return Highlight(sender, *_table(params), int(row))


def _selection(sender: str, params: Mapping[str, Any]) -> Selection:
    return Selection(sender, *_table(params), _rows(params["row-list"]))


def _rows(texts: object) -> np.ndarray:
    """Read row numbers, which are texts; a million of them at once."""
    if not isinstance(texts, list):
        raise MessageError("row-list is no list")
    rows = pc.cast(pa.array(texts, pa.string()), pa.int64())
    if rows.null_count:
        raise MessageError("a row is empty")
    return pc.unique(rows).to_numpy()


def _table(params: Mapping[str, Any]) -> tuple[str, str]:
    return str(params.get("table-id", "")), str(params.get("url", ""))


def _joined(_: str, params: Mapping[str, Any]) -> Joined:
    return Joined(str(params["id"]))


_PARSERS: dict[str, Callable[[str, Mapping[str, Any]], Message]] = {
    HIGHLIGHT: _highlight,
    SELECT: _selection,
    "samp.hub.event.subscriptions": _joined,
    "samp.hub.event.metadata": _joined,
    "samp.hub.event.unregister": lambda _, params: Left(str(params["id"])),
    "samp.hub.event.shutdown": lambda *_: HubStopped(),
}

MTYPES = tuple(_PARSERS)
"""What the link subscribes to."""

HUB_EVENTS = tuple(m for m in MTYPES if m.startswith("samp.hub.event."))
"""What the hub alone may say."""
