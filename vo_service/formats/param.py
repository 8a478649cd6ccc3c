"""PARAM (VOTable 1.4, section 4.2): a value that holds for a whole table."""

from vo_service.formats.votable import attribute, clean
from vo_service.release.field import Field


def param_element(field: Field, value: str = "") -> str:
    """Write a PARAM.

    Parameters
    ----------
    field : Field
        What it means.
    value : str
        May be empty, as of a parameter that a client may give.
    """
    parts = {
        "name": field.name,
        "datatype": field.datatype,
        "arraysize": field.arraysize,
        "unit": field.unit,
        "ucd": field.ucd,
        "utype": field.utype,
    }
    written = "".join(attribute(k, v) for k, v in parts.items())
    # The value must stand there even when it is empty.
    written += attribute("value", value) or ' value=""'
    return f"<PARAM{written}>\n<DESCRIPTION>{clean(field.description)}</DESCRIPTION>\n</PARAM>\n"
