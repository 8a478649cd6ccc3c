"""The rows of new spectra under the tables of the release."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.errors import SourceError
from ingest.published.per_spectrum import Tables
from ingest.published.properties import Properties, join_properties
from ingest.store import Part
from ingest.survey import Survey
from vo_service.release.table import Table

OBJECTS = "oddsky.objects"


def describe_alike(base: Part, tables: Iterable[tuple[Table, pa.Table]]) -> Tables:
    """Put rows under the descriptions that the release has, so that they stand in one table.

    A table that an older release lacks stays out: it would hold the new spectra alone.
    """
    described = {table.full_name: table for table in base.tables}
    for table, rows in tables:
        if table.full_name in described:
            yield described[table.full_name], rows


def make_objects(
    base: Part, columns: Mapping[str, Any], survey: Survey, properties: Properties | None
) -> tuple[Table, pa.Table]:
    """Lay out the rows of `oddsky.objects`, with the properties that the release has of others.

    Raises
    ------
    SourceError
        When a property is not a column of the release.
    """
    (table,) = (t for t in base.tables if t.full_name == OBJECTS)
    data = pa.table(dict(columns))
    brought = [field.name for field in table.stored if field.name not in data.column_names]
    given = dict(_join(properties, survey, data.column_names)) if properties else {}
    strange = [name for name in given if name not in brought]
    if strange:
        raise SourceError(
            f"The properties {', '.join(strange)} are not in the release, whose columns are fixed; "
            "leave them out, or ingest all spectra anew with --properties."
        )
    for name in brought:
        data = data.append_column(name, given.get(name, pa.nulls(len(survey))))
    return table, data


def make_columns(
    columns: Mapping[str, Any], repeats: np.ndarray, beyond: np.ndarray, held: int
) -> dict[str, Any]:
    """Say of new spectra what sets them apart from those of the release.

    Parameters
    ----------
    columns : mapping
        Of `oddsky.objects`, as for spectra that stand alone.
    repeats : bool, shape (n_spec,)
        Whether the source is known: its best spectrum is not looked for again.
    beyond : int32, shape (n_spec,)
        Regions in which it is stranger than all known.
    held : int
        Spectra in the release, after which the random order goes on.
    """
    primary, order = columns["is_primary"].to_numpy(), columns["random_index"].to_numpy()
    return dict(columns) | {
        "is_primary": np.where(repeats, 0, primary).astype(np.int32),
        "random_index": (order + held).astype(np.int32),
        "is_new": np.ones(len(repeats), np.int32),
        "n_beyond": beyond,
    }


def _join(
    properties: Properties, survey: Survey, taken: list[str]
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    fields, columns = join_properties(properties, survey.facts, survey.ids, taken)
    for field, column in zip(fields, columns, strict=True):
        yield field.name, column
