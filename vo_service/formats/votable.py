"""The frame of a VOTable 1.4 document around its rows."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from vo_service.errors import OddskyError
from vo_service.formats.result import Ending, Info, Param, Result, pull
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


@dataclass(frozen=True, slots=True)
class Serialization:
    """One of the ways in which a VOTable holds its rows.

    Attributes
    ----------
    element : str
        Name of the element within DATA.
    encode : callable
        Fields and batches to the bytes within that element.
    nulls : mapping of str to int
        Data type to the value that marks a null, where the element cannot say so itself.
    widened : mapping of str to str
        Data type to the one that is written in its stead.
    """

    element: str
    encode: Callable[[tuple[Field, ...], Iterator[pa.RecordBatch]], Iterator[bytes]]
    nulls: Mapping[str, int] = field(default_factory=dict)
    widened: Mapping[str, str] = field(default_factory=dict)


def encode_votable(result: Result, form: Serialization) -> Iterator[bytes]:
    """Encode a table.

    Parameters
    ----------
    result : Result
    form : Serialization

    Yields
    ------
    bytes
        The head comes with the first rows; what fails later is told at the end.
    """
    ending = Ending()
    batches = pull(result, ending)
    fields = tuple(
        replace(f, datatype=form.widened[f.datatype]) if f.datatype in form.widened else f
        for f in result.fields
    )
    yield (_opening(replace(result, fields=fields), form.nulls) + _data_opening(form)).encode()
    try:
        yield from form.encode(fields, batches)
    except OddskyError as error:
        ending.status, ending.text = "ERROR", str(error)
    yield (_data_closing(form) + _closing(result, ending)).encode()


def describe_table(result: Result, ending: Ending) -> str:
    """Write a document without rows, for formats that keep them elsewhere."""
    return f"{_opening(result, {})}</TABLE>\n{_closing(result, ending)}"


def clean(text: str) -> str:
    """Remove what XML 1.0 cannot hold, and escape the rest."""
    return escape(_CONTROL.sub(" ", text))


def attribute(name: str, value: str | None) -> str:
    """Write an attribute with a space before it, or nothing."""
    return f" {name}={quoteattr(_CONTROL.sub(' ', value))}" if value else ""


def info_element(info: Info) -> str:
    """Write an INFO."""
    name, value = (quoteattr(_CONTROL.sub(" ", text)) for text in (info.name, info.value))
    head = f"<INFO name={name} value={value}"
    return f"{head}>{clean(info.text)}</INFO>\n" if info.text else f"{head}/>\n"


@lru_cache(8192)
def field_element(field: Field, identifier: str | None = None, null: int | None = None) -> str:
    """Write a FIELD.

    Parameters
    ----------
    field : Field
    identifier : str, optional
        By which descriptors refer to it.
    null : int, optional
        The value that marks a null.
    """
    head = "<FIELD" + attribute("ID", identifier) + _attributes(field)
    about = f"<DESCRIPTION>{clean(field.description)}</DESCRIPTION>\n" if field.description else ""
    values = "" if null is None else f'<VALUES null="{null}"/>\n'
    return f"{head}>\n{about}{values}</FIELD>\n" if about or values else f"{head}/>\n"


def param_element(param: Param) -> str:
    """Write a PARAM; nothing for a value that is not known, as there is no null for it."""
    if param.value is None:
        return ""
    field, value = param.field, param.value
    text = f"{value:.9g}" if field.datatype == "float" else str(value)
    # An empty value is a text of its own.
    head = f"<PARAM{_attributes(field)} value={quoteattr(_CONTROL.sub(' ', text))}"
    return f"{head}>\n<DESCRIPTION>{clean(field.description)}</DESCRIPTION>\n</PARAM>\n"


@lru_cache(8192)
def _attributes(field: Field) -> str:
    parts = {
        "name": field.name,
        "datatype": field.datatype,
        # An array of one is a scalar: VOTable 1.3, erratum 3, deprecates writing it.
        "arraysize": None if field.arraysize == "1" else field.arraysize,
        "unit": field.unit,
        "ucd": field.ucd,
        "utype": field.utype,
        "xtype": field.xtype,
        "ref": "icrs" if _is_equatorial(field) else None,
    }
    return "".join(attribute(k, v) for k, v in parts.items())


def _opening(result: Result, nulls: Mapping[str, int]) -> str:
    infos = "".join(info_element(i) for i in (Info("QUERY_STATUS", "OK"), *result.infos))
    described = (*result.fields, *(p.field for p in result.params))
    system = '<COOSYS ID="icrs" system="ICRS"/>\n' if any(map(_is_equatorial, described)) else ""
    table = f"<TABLE{attribute('name', result.table_name)}{attribute('utype', result.utype)}>\n"
    about = (
        f"<DESCRIPTION>{clean(result.description)}</DESCRIPTION>\n" if result.description else ""
    )
    fields = "".join(
        field_element(f, result.field_ids.get(f.name), nulls.get(f.datatype)) for f in result.fields
    )
    params = "".join(map(param_element, result.params))
    return f'{HEAD}<RESOURCE type="results">\n{infos}{system}{table}{about}{params}{fields}'


def _data_opening(form: Serialization) -> str:
    stream = '<STREAM encoding="base64">\n' if form.element != "TABLEDATA" else ""
    return f"<DATA>\n<{form.element}>\n{stream}"


def _data_closing(form: Serialization) -> str:
    stream = "\n</STREAM>\n" if form.element != "TABLEDATA" else ""
    return f"{stream}</{form.element}>\n</DATA>\n</TABLE>\n"


def _closing(result: Result, ending: Ending) -> str:
    trailing = (
        info_element(Info("QUERY_STATUS", ending.status, ending.text)) if ending.status else ""
    )
    return f"{trailing}</RESOURCE>\n{''.join(result.resources)}{TAIL}"


def _is_equatorial(field: Field) -> bool:
    return field.ucd.startswith("pos.eq") or field.ucd.startswith("POS_EQ")
