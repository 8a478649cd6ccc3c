"""The spectrum viewer in the browser: its copy of the table, its address, and opening it."""

import os
import sys
import webbrowser
from pathlib import Path
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sampclient.selections import Rows
from sampclient.table import LinkedTable

NAME = "oddsky viewer"
"""What the page calls itself on the hub."""

LONGEST_QUERY = 1500
"""A longer query may not fit into an address."""

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE name={title}>
<FIELD name="obj_id" ID="obj_id" datatype="long" ucd="meta.id;meta.main"/>
{label}<DATA><TABLEDATA>
"""
_LABEL = '<FIELD name="name" ID="name" datatype="unicodeChar" arraysize="*" ucd="meta.title"/>\n'
_TAIL = "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>\n"


def write_viewer_copy(table: LinkedTable, folder: Path) -> str:
    """Write which object is in which row, and its name; return the file's name.

    A page reads TABLEDATA best: in JavaScript an `obj_id` must be text.
    """
    ids = pa.array(np.asarray(table.rows[table.roles["id"]], np.int64)).cast(pa.string())
    cells = [pa.scalar("<TR><TD>"), ids]
    if "name" in table.roles:
        names = pa.array(np.ma.filled(table.rows[table.roles["name"]], "").astype(str))
        cells += [pa.scalar("</TD><TD>"), _escape(names)]
    lines = pc.binary_join_element_wise(*cells, pa.scalar("</TD></TR>\n"), "")
    head = _HEAD.format(title=quoteattr(table.title), label=_LABEL if len(cells) > 2 else "")
    name = f"{table.table_id}-viewer.vot"
    (folder / name).write_bytes(head.encode() + _joined(lines) + _TAIL.encode())
    return name


def viewer_address(service_url: str, wanted: Rows | None, can_connect: bool) -> str:
    """Return the address of the viewer with the linked rows as its list.

    Parameters
    ----------
    service_url : str
    wanted : Rows, optional
        Without them, and for a whole table, the viewer shows its own list.
    can_connect : bool
        Whether the page is to join the hub by itself.
    """
    query = wanted.query if wanted and not wanted.is_whole else ""
    asked = {"CONNECT": "1"} if can_connect else {}
    if query and len(query) <= LONGEST_QUERY:
        asked["QUERY"] = query
    return f"{service_url}/viewer?{urlencode(asked)}".rstrip("?")


def open_page(url: str) -> bool:
    """Open a page in the user's browser; return False where there is no screen for one."""
    has_screen = sys.platform in ("darwin", "win32") or {
        "DISPLAY", "WAYLAND_DISPLAY", "BROWSER"
    } & os.environ.keys()  # fmt: skip
    return bool(has_screen) and webbrowser.open(url)


def _escape(texts: pa.Array) -> pa.Array:
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        texts = pc.replace_substring(texts, sign, written)
    return texts


def _joined(texts: pa.Array) -> bytes:
    """Return all texts one after the other."""
    whole = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), "")
    return whole[0].as_buffer().to_pybytes()
