"""TOPCAT's copy of the table: what a click does is set already.

TOPCAT keeps the activation actions of a session in PARAMs with utype `topcat_session:*`, and
honours them in any VOTable (seen with 4.8.7). Rows travel as FITS behind the VOTable (VOTable 1.4,
section 5.3), which astropy writes a hundred times faster than the other serialisations.
"""

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from astropy.io.votable import from_table
from astropy.table import Table

from sampclient.table import LinkedTable

_NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
_SESSION = "topcat_session:"
_ACTIVATE = "uk.ac.starlink.topcat.activate."
_CODEC_VERSION, _TOPCAT_VERSION = "2.0", "4.8.7"
"""Of the session format; TOPCAT reads those of older versions."""


def write_topcat_copy(table: LinkedTable, folder: Path, base: str) -> str:
    """Write the table with its activation actions; return the file's name.

    Parameters
    ----------
    table : LinkedTable
    folder : Path
    base : str
        URL of the folder.
    """
    stem = f"{table.table_id}-topcat"
    _as_ascii(table.rows).write(folder / f"{stem}.fits", format="fits", overwrite=True)
    tree = _describe(table.rows)
    (element,) = tree.iter(_tag("TABLE"))
    element.set("name", table.title)
    place = next(i for i, child in enumerate(element) if child.tag == _tag("FIELD"))
    for param in reversed(_session(table)):
        element.insert(place, param)
    _stream_from(element, f"{base}/{stem}.fits")
    ET.register_namespace("", _NAMESPACE)
    ET.ElementTree(tree).write(folder / f"{stem}.vot", encoding="utf-8", xml_declaration=True)
    return f"{stem}.vot"


def _as_ascii(rows: Table) -> Table:
    """Return the rows with texts that FITS can hold; a letter beyond ASCII becomes `?`."""
    plain = rows.copy(copy_data=False)
    for name in [c.name for c in rows.itercols() if c.dtype.kind == "U"]:
        plain[name] = np.char.encode(np.ma.filled(rows[name], ""), "ascii", "replace")
    return plain


def _describe(rows: Table) -> ET.Element:
    """Return the VOTable of the columns alone."""
    buffer = io.BytesIO()
    from_table(rows[:0]).to_xml(buffer, tabledata_format="tabledata")
    return ET.fromstring(buffer.getvalue())


def _stream_from(element: ET.Element, url: str) -> None:
    for data in element.findall(_tag("DATA")):
        element.remove(data)
    fits = ET.SubElement(ET.SubElement(element, _tag("DATA")), _tag("FITS"))
    ET.SubElement(fits, _tag("STREAM"), {"href": url})


def _session(table: LinkedTable) -> list[ET.Element]:
    """Return the PARAMs of a session; TOPCAT wants all of them."""
    n = len(table.rows.colnames)
    actions = [
        {"_ActivationType": _ACTIVATE + kind, "_isActive": "true", **options}
        for kind, options in _actions(table)
    ]
    return [
        _text("codecVersion", _CODEC_VERSION),
        _text("topcatVersion", _TOPCAT_VERSION),
        _text("label", table.title),
        _texts("colSpecs", [f"col:{i}" for i in range(n)]),
        _texts("subsetNames", ["All", "Activated"]),
        _texts("subsetSpecs", ["all", "activated:0"]),
        _param("columnIndices", "int", str(n), " ".join(map(str, range(n)))),
        _param("columnVisibilities", "boolean", str(n), " ".join(["true"] * n)),
        _param("currentSubset", "int", None, "0"),
        _text("activationActions", json.dumps(actions)),
    ]


def _actions(table: LinkedTable) -> list[tuple[str, dict[str, str]]]:
    """Return what a click does: tell the others, and plot the spectrum.

    TOPCAT's own message of the sky position stays off: Aladin centres on the row already, and would
    do so twice.
    """
    actions: list[tuple[str, dict[str, str]]] = [("SendIndexActivationType", {})]
    spectrum = table.roles.get("access:spectrum")
    if spectrum is not None:
        options = {"url": spectrum, "plotType": "Plane", "format": "(auto)"}
        options |= {"allowSystem": "false", "importParams": "false"}
        actions.append(("PlotTableActivationType", options))
    return actions


def _texts(name: str, values: list[str]) -> ET.Element:
    width = max(map(len, values))
    padded = "".join(value.ljust(width) for value in values)
    return _param(name, "char", f"{width}x{len(values)}", padded)


def _text(name: str, value: str) -> ET.Element:
    return _param(name, "char", str(len(value)), value)


def _param(name: str, datatype: str, arraysize: str | None, value: str) -> ET.Element:
    about = {"name": f"TC_{name}", "datatype": datatype, "utype": f"{_SESSION}{name}"}
    size = {"arraysize": arraysize} if arraysize else {}
    return ET.Element(_tag("PARAM"), {**about, **size, "value": value})


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
