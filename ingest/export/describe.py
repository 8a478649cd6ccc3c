"""What is known of columns, as Parquet keeps it: by column, and as a VOTable (VOParquet 1.0)."""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from astropy.io.votable import exceptions, tree
from astropy.units import UnitsWarning

from ingest.store import Field

ATTRIBUTES = ("unit", "ucd", "utype", "description", "datatype", "arraysize", "xtype")


def describe_schema(schema: pa.Schema, fields: Sequence[Field]) -> pa.Schema:
    """Put unit, UCD and description of each column into the metadata of its Arrow field."""
    known = {f.name: {a: getattr(f, a) for a in ATTRIBUTES if getattr(f, a)} for f in fields}
    return pa.schema([f.with_metadata(known[f.name]) if f.name in known else f for f in schema])


def make_votable(schema: pa.Schema, fields: Sequence[Field], description: str) -> bytes:
    """Write a VOTable without rows, whose FIELDs are the columns in their order."""
    known = {f.name: f for f in fields}
    document = tree.VOTableFile()
    resource = tree.Resource()
    table = tree.TableElement(document)
    document.resources.append(resource)
    resource.tables.append(table)
    table.description = description
    for name in schema.names:
        table.fields.append(_make_field(document, name, known.get(name)))
    sink = io.BytesIO()
    with _units_as_they_are():
        document.to_xml(sink)
    return sink.getvalue()


def _make_field(document: tree.VOTableFile, name: str, field: Field | None) -> tree.Field:
    if field is None:
        return tree.Field(document, name=name, datatype="long", ucd="pos.healpix")
    said = {a: getattr(field, a) for a in ATTRIBUTES if a != "description" and getattr(field, a)}
    with _units_as_they_are():
        made = tree.Field(document, name=name, **said)
    made.description = field.description
    return made


@contextmanager
def _units_as_they_are() -> Iterator[None]:
    """Angstrom and erg are deprecated in VOUnits, still valid, and what this field uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.VOTableSpecWarning)
        warnings.simplefilter("ignore", UnitsWarning)
        yield
