"""Service descriptors (DataLink 1.1, section 4): what else can be asked about rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from vo_service.formats.votable import attribute, clean


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter of a described service.

    Attributes
    ----------
    name, description : str
    ref : str
        ID of the FIELD that holds its value; empty where the user chooses.
    datatype : str
        VOTable data type.
    arraysize : str, optional
    ucd : str
    value : str
        What it is when the user does not choose.
    options : tuple of str
        What there is to choose from.
    """

    name: str
    description: str
    ref: str = ""
    datatype: str = "char"
    arraysize: str | None = "*"
    ucd: str = ""
    value: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A service that takes values of a table.

    Attributes
    ----------
    id : str
        XML ID, unique in the document.
    name, description : str
    access_url : str
    content_type : str
        Media type of its answers.
    inputs : tuple of Input
    """

    id: str
    name: str
    description: str
    access_url: str
    content_type: str
    inputs: tuple[Input, ...]


def descriptor_element(descriptor: Descriptor) -> str:
    """Write the RESOURCE that follows the results."""
    return "".join(_lines(descriptor))


def _lines(descriptor: Descriptor) -> Iterator[str]:
    names = attribute("ID", descriptor.id) + attribute("name", descriptor.name)
    yield f'<RESOURCE type="meta" utype="adhoc:service"{names}>\n'
    yield f"<DESCRIPTION>{clean(descriptor.description)}</DESCRIPTION>\n"
    yield _param("accessURL", descriptor.access_url)
    yield _param("contentType", descriptor.content_type)
    yield '<GROUP name="inputParams">\n'
    yield from map(_input, descriptor.inputs)
    yield "</GROUP>\n</RESOURCE>\n"


def _param(name: str, value: str) -> str:
    return f'<PARAM name="{name}" datatype="char" arraysize="*"{attribute("value", value)}/>\n'


def _input(item: Input) -> str:
    parts = {
        "name": item.name,
        "datatype": item.datatype,
        "arraysize": item.arraysize,
        "ucd": item.ucd,
        "ref": item.ref,
    }
    written = "".join(attribute(k, v) for k, v in parts.items())
    options = "".join(f"<OPTION{attribute('value', o)}/>\n" for o in item.options)
    values = f"<VALUES>\n{options}</VALUES>\n" if options else ""
    # The value must stand there even when it is empty, as it is where a FIELD gives it.
    value = attribute("value", item.value) or ' value=""'
    about = f"<DESCRIPTION>{clean(item.description)}</DESCRIPTION>\n"
    return f"<PARAM{written}{value}>\n{about}{values}</PARAM>\n"
