"""ECSV (APE 6): CSV whose header of comments gives types, units and descriptions."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.tables.cell_texts import convert_texts
from vo_service.tables.declared import Declared, declare
from vo_service.tables.table_file import ReadLimits, TableFile, make_table_file
from vo_service.tables.text import read_cells

MAGIC = b"# %ECSV"
MAX_HEADER_BYTES = 1 << 20
_DATATYPES = {
    "bool": "boolean", "int8": "short", "int16": "short", "int32": "int", "int64": "long",
    "uint8": "unsignedByte", "uint16": "int", "uint32": "long", "uint64": "long",
    "float16": "float", "float32": "float", "float64": "double", "float128": "double",
    "string": "char",
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Plain YAML; objects of Python or astropy are skipped, never made."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def read_ecsv(data: bytes, limits: ReadLimits) -> TableFile:
    """Read an ECSV file.

    Raises
    ------
    UsageError
        When its header cannot be read, or a cell is not of its type.
    """
    lines: list[bytes] = []
    body = data
    while body.startswith(b"#") and len(data) - len(body) < MAX_HEADER_BYTES:
        line, _, body = body.partition(b"\n")
        lines.append(line.removeprefix(b"#").removeprefix(b" "))
    header = _read_header(b"\n".join(lines))
    columns = tuple(_declare(c) for c in header["datatype"])
    delimiter = str(header.get("delimiter", " "))
    if delimiter not in (" ", ","):
        raise UsageError(
            f"The delimiter of the ECSV file is '{delimiter[:9]}'; use space or comma."
        )
    names = [c.field.name for c in columns]
    texts = read_cells(body, names, delimiter, limits, skip=1)
    arrays = [convert_texts(c, _plain(c, t)) for c, t in zip(columns, texts, strict=True)]
    description = str(_mapping(header.get("meta")).get("description") or "")
    return make_table_file(tuple(c.field for c in columns), arrays, limits, "", description)


def read_described(text: bytes) -> dict[str, Field]:
    """Return the columns of the header that astropy writes into Parquet files, by name.

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    columns = [_declare(c) for c in _read_header(b"\n" + text)["datatype"]]
    return {c.field.name: c.field for c in columns}


def _read_header(text: bytes) -> dict[str, Any]:
    try:
        header = yaml.load(text.partition(b"\n")[2], Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError("The header of the ECSV file is no YAML; write it again.") from error
    if not isinstance(header, dict) or not isinstance(header.get("datatype"), list):
        raise UsageError("The header of the ECSV file has no list of columns (datatype).")
    return header


def _mapping(meta: Any) -> dict[Any, Any]:
    """Return a map, which YAML may hold as pairs in order (omap)."""
    if isinstance(meta, list):
        return dict(pair for pair in meta if isinstance(pair, tuple))
    return meta if isinstance(meta, dict) else {}


def _declare(column: Any) -> Declared:
    if not isinstance(column, dict) or not column.get("name"):
        raise UsageError("The header of the ECSV file describes a column without a name.")
    name, kind = str(column["name"]), str(column.get("datatype", ""))
    subtype, _, shape = str(column.get("subtype", "")).partition("[")
    datatype = _DATATYPES.get(subtype if shape else kind)
    if datatype is None or (subtype and not shape):
        raise UsageError(f"Column '{name}' has the type {subtype or kind}, which is not supported.")
    meta = _mapping(column.get("meta"))
    attributes = {
        "name": name,
        "datatype": datatype,
        "arraysize": _arraysize(shape, datatype),
        "unit": str(column.get("unit") or ""),
        "ucd": str(meta.get("ucd") or ""),
        "utype": str(meta.get("utype") or ""),
    }
    return declare(attributes, str(column.get("description") or ""))


def _arraysize(shape: str, datatype: str) -> str:
    if datatype == "char":
        return "*"
    sizes = [s.strip() for s in shape.rstrip("]").split(",") if s.strip()]
    # numpy counts the slowest axis first, VOTable the fastest.
    return "x".join(reversed(["*" if s == "null" else s for s in sizes]))


def _plain(column: Declared, texts: pa.Array) -> pa.Array:
    """Return cells as VOTable writes them: arrays without the signs of JSON."""
    if not column.field.is_array:
        return texts
    spaced = pc.replace_substring_regex(texts, r"[\[\],]", " ")
    missing = "NaN" if column.field.datatype in ("float", "double") else "?"
    return pc.replace_substring(spaced, "null", missing)
