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
    unit, xtype : str
    limits : tuple of (str, str), optional
        Least and greatest value that mean something.
    """

    name: str
    description: str
    ref: str = ""
    datatype: str = "char"
    arraysize: str | None = "*"
    ucd: str = ""
    value: str = ""
    options: tuple[str, ...] = ()
    unit: str = ""
    xtype: str = ""
    limits: tuple[str, str] | None = None


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
    standard_id : str
        Of the capability; empty where it is the service's own.
    example_url : str
        A call that can be tried.
    is_self : bool
        Whether it describes the service that the document comes from.
    """

    id: str
    name: str
    description: str
    access_url: str
    content_type: str
    inputs: tuple[Input, ...]
    standard_id: str = ""
    example_url: str = ""
    is_self: bool = False


def descriptor_element(descriptor: Descriptor) -> str:
    """Write the RESOURCE that follows the results."""
    return "".join(_lines(descriptor))


def _lines(descriptor: Descriptor) -> Iterator[str]:
    names = attribute("ID", descriptor.id) + attribute("name", descriptor.name)
    utype = "adhoc:this" if descriptor.is_self else "adhoc:service"
    yield f'<RESOURCE type="meta" utype="{utype}"{names}>\n'
    yield f"<DESCRIPTION>{clean(descriptor.description)}</DESCRIPTION>\n"
    yield _param("standardID", descriptor.standard_id)
    yield _param("accessURL", descriptor.access_url)
    yield _param("contentType", descriptor.content_type)
    yield _param("exampleURL", descriptor.example_url)
    yield '<GROUP name="inputParams">\n'
    yield from map(_input, descriptor.inputs)
    yield "</GROUP>\n</RESOURCE>\n"


def _param(name: str, value: str) -> str:
    written = attribute("value", value)
    return f'<PARAM name="{name}" datatype="char" arraysize="*"{written}/>\n' if value else ""


def _input(item: Input) -> str:
    parts = {
        "name": item.name,
        "datatype": item.datatype,
        "arraysize": item.arraysize,
        "unit": item.unit,
        "ucd": item.ucd,
        "xtype": item.xtype,
        "ref": item.ref,
    }
    written = "".join(attribute(k, v) for k, v in parts.items())
    # The value must stand there even when it is empty, as it is where a FIELD gives it.
    value = attribute("value", item.value) or ' value=""'
    about = f"<DESCRIPTION>{clean(item.description)}</DESCRIPTION>\n"
    return f"<PARAM{written}{value}>\n{about}{_values(item)}</PARAM>\n"


def _values(item: Input) -> str:
    """Write what may be chosen."""
    limits = zip(("MIN", "MAX"), item.limits or (), strict=False)
    ends = "".join(f"<{name}{attribute('value', limit)}/>\n" for name, limit in limits)
    options = "".join(f"<OPTION{attribute('value', o)}/>\n" for o in item.options)
    return f"<VALUES>\n{ends}{options}</VALUES>\n" if ends or options else ""
