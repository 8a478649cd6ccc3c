"""What spectra are ordered by: a column, or their place along a direction on a map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.adql import nodes
from vo_service.adql.catalogue import nearest, suggest
from vo_service.errors import NotFoundError, UsageError
from vo_service.query.engine import Upload
from vo_service.release.field import Field
from vo_service.release.release import Release
from vo_service.release.statistics import NUMBERS
from vo_service.release.table import Table
from vo_service.services.fetch_table import Stop, fetch_table
from vo_service.services.holdings import Holding
from vo_service.services.read_uploads import SCHEMA, UploadedTable
from vo_service.services.stack_request import Direction, StackRequest
from vo_service.services.survey_tables import find_main
from vo_service.settings import Settings

_NAME = "selection"
_ID = Field("obj_id", "long")


@dataclass(frozen=True, slots=True)
class Ordering:
    """How to order: which columns, and what is made of them.

    Attributes
    ----------
    columns : tuple of Field
        Of the objects.
    value : Field
        Describes what spectra are ordered by.
    lacking : str
        What a spectrum is that has no value.
    direction : Direction, optional
    """

    columns: tuple[Field, ...]
    value: Field
    lacking: str
    direction: Direction | None = None

    def values(self, columns: Sequence[np.ndarray]) -> np.ndarray:
        """Return what to order by, float64, of the values of the columns."""
        return project(self.direction, *columns) if self.direction else columns[0]


def project(direction: Direction, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the places of points along a line: 0 at its start, in the unit of the map, float64.

    What lies before the start is negative, and what lies beyond the end is greater than its length.
    """
    step = np.subtract(direction.end, direction.start)
    (dx, dy), (x0, y0) = step / np.hypot(*step), direction.start
    return (x - x0) * dx + (y - y0) * dy


def by_column(field: Field) -> Ordering:
    """Order by a column.

    Raises
    ------
    UsageError
        When its values are no numbers.
    """
    if field.datatype not in NUMBERS or field.is_array:
        raise UsageError(f"ORDER '{field.name}' holds no numbers; order by a numeric column.")
    return Ordering((field,), field, f"spectra without a value of {field.name}")


def find_ordering(request: StackRequest, release: Release) -> Ordering:
    """Find the columns of the objects to order by.

    Raises
    ------
    UsageError
        When there is no such column or map.
    """
    table = _find_objects(release)
    if request.direction:
        return _along(request.direction, table)
    name = request.order or ""
    found = find_named(table.stored, name)
    if found is None:
        numbers = [f.name for f in table.stored if f.datatype in NUMBERS]
        where = " in the selection or" if request.query or request.uploads else ""
        raise UsageError(
            f"ORDER '{name[:40]}' is no column{where} in {table.full_name}"
            f"{suggest(nearest(name, numbers)) or '; see its columns at /tap/tables.'}"
        )
    return by_column(found)


def find_named(fields: Sequence[Field], name: str) -> Field | None:
    """Return the column of a name: exactly so, or else in any case."""
    exact = (f for f in fields if f.name == name)
    return next(exact, None) or next((f for f in fields if f.name.lower() == name.lower()), None)


def _find_objects(release: Release) -> Table:
    """Return the table that has a row for each spectrum.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    table = find_main(release)
    if table is None:
        raise NotFoundError("This release holds no table of spectra to order by.")
    return table


def look_up(
    ids: np.ndarray, ordering: Ordering, holding: Holding, settings: Settings, stop: Stop
) -> np.ndarray:
    """Return what to order objects by.

    Parameters
    ----------
    ids : int64, shape (n,)
        No two alike.

    Returns
    -------
    float64, shape (n,)
        NaN where there is none.
    """
    table = _find_objects(holding.release)
    upload = Upload(_NAME, (_ID,), pa.table({"c1": ids}))
    described = Table(SCHEMA, _NAME, "", (_ID,), physical=("c1",))
    query = _join(table, [f.name for f in ordering.columns])
    sent = (UploadedTable(described, upload),)
    # An object has one row; more would be cut off here, not multiply.
    rows = fetch_table(query, holding, stop, settings.query_seconds, ids.size, sent)[1]
    columns = [numbers(column) for column in rows.columns[1:]]
    by_id = np.argsort(ids)
    found = np.full(ids.size, np.nan)
    found[by_id[np.searchsorted(ids[by_id], rows[0].to_numpy())]] = ordering.values(columns)
    return found


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Return numbers as float64; null is NaN."""
    return column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)


def _along(direction: Direction, table: Table) -> Ordering:
    name = direction.map_name
    x, y = (table.by_role(f"map:{name}:{axis}") for axis in "xy")
    if x is None or y is None:
        known = [f.role.split(":")[1] for f in table.fields if f.role.startswith("map:")]
        guess = suggest(nearest(name, known)) or f"; there are {', '.join(dict.fromkeys(known))}."
        raise UsageError(f"MAP '{name[:40]}' is not known{guess}")
    ends = " to ".join(f"({px:g}, {py:g})" for px, py in (direction.start, direction.end))
    about = f"Place along the line from {ends} on the map of {name}, 0 at its start"
    value = Field(f"along_{name}", "double", about, ucd="pos.cartesian")
    return Ordering((x, y), value, f"spectra without a place on the map of {name}", direction)


def _join(table: Table, names: Sequence[str]) -> nodes.Query:
    identifier = table.by_role("id")
    assert identifier is not None, "the table was found by it"
    mine, theirs = _column("i", _ID.name), _column("o", identifier.name)
    chosen = nodes.TableName((nodes.Name(SCHEMA), nodes.Name(_NAME)), nodes.Name("i"))
    objects = nodes.TableName((nodes.Name(table.schema), nodes.Name(table.name)), nodes.Name("o"))
    items = (mine, *(_column("o", name) for name in names))
    source = nodes.Join("INNER", False, chosen, objects, nodes.Comparison("=", mine, theirs))
    return nodes.Query(nodes.Select(tuple(map(nodes.Item, items)), (source,)))


def _column(table: str, name: str) -> nodes.Column:
    return nodes.Column((nodes.Name(table), nodes.Name(name, delimited=True)))
