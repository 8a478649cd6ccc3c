"""The frame of a VOTable 1.4 document around its rows."""

import re
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from vo_service.formats.result import Ending, Info, Result, pull
from vo_service.release.field import Field

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
"""Of VOTable 1.3 and 1.4 alike (VOTable 1.4, section 3.1)."""

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<VOTABLE version="1.4" xmlns="{NAMESPACE}"\n'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    f' xsi:schemaLocation="{NAMESPACE} http://www.ivoa.net/xml/VOTable/VOTable-1.4.xsd">\n'
)
TAIL = "</VOTABLE>\n"

_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Serialise = Callable[[tuple[Field, ...], Iterator[pa.RecordBatch]], Iterator[bytes]]


def encode_votable(result: Result, element: str, serialise: Serialise) -> Iterator[bytes]:
    """Encode a table.

    Parameters
    ----------
    result : Result
    element : str
        Name of the element within DATA: TABLEDATA or BINARY2.
    serialise : callable
        Fields and batches to the bytes within that element.

    Yields
    ------
    bytes
        The head comes with the first rows.
    """
    ending = Ending()
    batches = pull(result, ending)
    yield (_opening(result) + _data_opening(element)).encode()
    yield from serialise(result.fields, batches)
    yield (_data_closing(element) + _closing(result, ending)).encode()


def clean(text: str) -> str:
    """Remove what XML 1.0 cannot hold, and escape the rest."""
    return escape(_CONTROL.sub(" ", text))


def attribute(name: str, value: str | None) -> str:
    """Write an attribute with a space before it, or nothing."""
    return f" {name}={quoteattr(_CONTROL.sub(' ', value))}" if value else ""


def info_element(info: Info) -> str:
    """Write an INFO."""
    head = f'<INFO name="{clean(info.name)}" value={quoteattr(_CONTROL.sub(" ", info.value))}'
    return f"{head}>{clean(info.text)}</INFO>\n" if info.text else f"{head}/>\n"


def field_element(field: Field, identifier: str | None = None) -> str:
    """Write a FIELD; descriptors refer to it by its identifier."""
    parts = {
        "ID": identifier,
        "name": field.name,
        "datatype": field.datatype,
        "arraysize": field.arraysize,
        "unit": field.unit,
        "ucd": field.ucd,
        "utype": field.utype,
        "xtype": field.xtype,
        "ref": "icrs" if _is_equatorial(field) else None,
    }
    head = "<FIELD" + "".join(attribute(k, v) for k, v in parts.items())
    if not field.description:
        return f"{head}/>\n"
    return f"{head}>\n<DESCRIPTION>{clean(field.description)}</DESCRIPTION>\n</FIELD>\n"


def _opening(result: Result) -> str:
    infos = "".join(info_element(i) for i in (Info("QUERY_STATUS", "OK"), *result.infos))
    system = (
        '<COOSYS ID="icrs" system="ICRS"/>\n' if any(map(_is_equatorial, result.fields)) else ""
    )
    table = f"<TABLE{attribute('name', result.table_name)}{attribute('utype', result.utype)}>\n"
    about = (
        f"<DESCRIPTION>{clean(result.description)}</DESCRIPTION>\n" if result.description else ""
    )
    fields = "".join(field_element(f, result.field_ids.get(f.name)) for f in result.fields)
    return f'{HEAD}<RESOURCE type="results">\n{infos}{system}{table}{about}{fields}'


def _data_opening(element: str) -> str:
    stream = '<STREAM encoding="base64">\n' if element != "TABLEDATA" else ""
    return f"<DATA>\n<{element}>\n{stream}"


def _data_closing(element: str) -> str:
    stream = "\n</STREAM>\n" if element != "TABLEDATA" else ""
    return f"{stream}</{element}>\n</DATA>\n</TABLE>\n"


def _closing(result: Result, ending: Ending) -> str:
    trailing = (
        info_element(Info("QUERY_STATUS", ending.status, ending.text)) if ending.status else ""
    )
    return f"{trailing}</RESOURCE>\n{''.join(result.resources)}{TAIL}"


def _is_equatorial(field: Field) -> bool:
    return field.ucd.startswith("pos.eq") or field.ucd.startswith("POS_EQ")
