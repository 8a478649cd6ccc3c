"""The rows of a table of links (DataLink 1.1, section 3.2), whole columns at a time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.formats.descriptor import Descriptor
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema
from vo_service.services.link_kinds import REPEAT_KIND, LinkKind


def _text(name: str, description: str, ucd: str) -> Field:
    return Field(name, "char", description, ucd=ucd, arraysize="*")


FIELDS = (
    _text("ID", "Identifier as it was asked for", "meta.id;meta.main"),
    _text("access_url", "Where to get what is linked", "meta.ref.url"),
    _text("service_def", "Service descriptor of this document", "meta.ref"),
    _text("error_message", "Why there is no link", "meta.code.error"),
    _text("description", "What is linked", "meta.note"),
    _text("semantics", "What it is to the spectrum, in datalink/core", "meta.code"),
    _text("content_type", "Media type of what is linked", "meta.code.mime"),
    Field("content_length", "long", "Size of the download", "byte", "phys.size;meta.file"),
    _text("content_qualifier", "Kind of data product, in product-type", ""),
    _text("local_semantics", "Name of the link in this service", "meta.id.assoc"),
    _text("link_auth", "Whether the link needs authentication", "meta.code"),
    Field("link_authorized", "boolean", "Whether this client may use the link", ucd="meta.code"),
)
"""The columns of a table of links."""

SCHEMA = arrow_schema(FIELDS)


def link_rows(kind: LinkKind, places: np.ndarray, values: Mapping[str, pa.Array]) -> pa.Table:
    """Make the rows of one kind of link.

    Parameters
    ----------
    kind : LinkKind
    places : int64, shape (n,)
        To which identifier each belongs.
    values : mapping of str to pyarrow.Array
        What is put into the link; where a value is null there is no row.
    """
    urls = fill_urls(kind.url, values)
    rows = _rows(
        places,
        access_url=urls,
        description=kind.description,
        semantics=kind.semantics,
        content_type=kind.content_type,
        content_qualifier=kind.qualifier or None,
        local_semantics=kind.local,
        link_auth="false",
        link_authorized=True,
    )
    return rows.filter(urls.is_valid())


def repeat_rows(repeated: np.ndarray, repeats: np.ndarray, base_url: str) -> pa.Table:
    """Make the rows of the other spectra of the same source."""
    bases = pa.array([base_url] * repeats.size, pa.string())
    texts = pa.array(repeats, pa.int64()).cast(pa.string())
    return link_rows(REPEAT_KIND, repeated, {"base": bases, "repeat": texts})


def service_rows(
    places: np.ndarray,
    services: Sequence[Descriptor],
    which: np.ndarray,
    semantics: str,
    local: str,
) -> pa.Table:
    """Make the rows of a described service.

    Parameters
    ----------
    places : int64, shape (n,)
    services : sequence of Descriptor
        Alike but for the spectra that they are meant for.
    which : int64, shape (n,)
        The one of each row.
    semantics, local : str
    """
    return _rows(
        places,
        service_def=pa.array([s.id for s in services], pa.string()).take(pa.array(which)),
        description=services[0].description,
        semantics=semantics,
        content_type=services[0].content_type,
        local_semantics=local,
        link_auth="false",
        link_authorized=True,
    )


def error_rows(places: np.ndarray, messages: Sequence[str]) -> pa.Table:
    """Make the rows of identifiers for which there is nothing."""
    return _rows(places, error_message=pa.array(messages, pa.string()), semantics="#this")


def gather_rows(names: Sequence[str], tables: Sequence[pa.Table], most_rows: int) -> pa.Table:
    """Put rows in the order of their identifiers, each one's together and never cut in between.

    Parameters
    ----------
    names : sequence of str
        The identifiers as they were asked for.
    tables : sequence of pyarrow.Table
        In the order in which the rows of an identifier stand.
    most_rows : int
        Identifiers whose rows would go beyond are left out, and all behind them.
    """
    rows = pa.concat_tables(tables)
    places = rows["place"].to_numpy()
    counts = np.bincount(places, minlength=len(names))
    fit = int(np.searchsorted(np.cumsum(counts), most_rows, "right"))
    order = np.argsort(places, kind="stable")[: counts[:fit].sum()]
    chosen = rows.take(order)
    own_names = pa.array(names, pa.string()).take(chosen["place"].combine_chunks())
    return chosen.drop_columns("place").set_column(0, "ID", own_names)


def fill_urls(template: str, values: Mapping[str, pa.Array]) -> pa.Array:
    """Put values into a link; null where one is null."""
    pieces = [
        values[text] if is_name else text
        for place, text in enumerate(template.replace("}", "{").split("{"))
        if (is_name := place % 2) or text
    ]
    return pc.binary_join_element_wise(*pieces, "")


def _rows(places: np.ndarray, **columns: object) -> pa.Table:
    """Make rows: arrays as they are, one value for all of them, null where nothing is given."""
    made = [pa.array(places, pa.int64())]
    for column in SCHEMA:
        value = columns.get(column.name)
        is_array = isinstance(value, pa.Array)
        made.append(value if is_array else pa.repeat(pa.scalar(value, column.type), places.size))
    return pa.Table.from_arrays(made, schema=SCHEMA.insert(0, pa.field("place", pa.int64())))
