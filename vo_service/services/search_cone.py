"""Simple Cone Search 1.03: a query tree, and the UCDs that its clients look for."""

import math
from dataclasses import dataclass, replace

from vo_service.adql import nodes
from vo_service.errors import NotFoundError, UsageError
from vo_service.formats.registry import find_format
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.run_query import Answer, QueryRequest, run_tree
from vo_service.settings import Settings

UCDS = {"id": "ID_MAIN", "ra": "POS_EQ_RA_MAIN", "dec": "POS_EQ_DEC_MAIN"}
"""Of the columns that SCS 1.03 requires (section 2.2), by role; these are UCD1."""

DEFAULT_TABLE = "oddsky.objects"


@dataclass(frozen=True, slots=True)
class ConeRequest:
    """A cone.

    Attributes
    ----------
    ra, dec, radius : float
        ICRS [deg].
    verbosity : int
        3 asks for all columns, less for the principal ones.
    table : str, optional
        `schema.name`.
    max_rows : int, optional
    response_format : str, optional
    base_url : str
    """

    ra: float
    dec: float
    radius: float
    verbosity: int = 2
    table: str | None = None
    max_rows: int | None = None
    response_format: str | None = None
    base_url: str = ""


def search_cone(request: ConeRequest, holding: Holding, settings: Settings) -> Answer:
    """Answer a cone search.

    Raises
    ------
    UsageError
        When a position or radius is out of range.
    NotFoundError
        When the table is not there or has no positions.
    """
    _check(request)
    table = find_cone_table(holding, request.table)
    query = nodes.Query(_select(request, table))
    asked = 0 if request.radius == 0 else request.max_rows
    tap = QueryRequest("", "ADQL", asked, request.response_format, request.base_url)
    return run_tree(
        query,
        tap,
        find_format(request.response_format or "votable/td"),
        holding,
        settings,
        describe=_describe,
    )


def find_cone_table(holding: Holding, name: str | None) -> Table:
    """Return the table that a cone searches.

    Raises
    ------
    NotFoundError
        When it is not there or has no positions.
    """
    for table in holding.release.tables:
        if table.full_name == (name or DEFAULT_TABLE) and table.has_sky:
            return table
    known = [t.full_name for t in holding.release.tables if t.has_sky]
    raise NotFoundError(f"There is no table '{name}' with positions; there are {', '.join(known)}.")


def _check(request: ConeRequest) -> None:
    if not all(math.isfinite(v) for v in (request.ra, request.dec, request.radius)):
        raise UsageError("RA, DEC and SR must be finite numbers of degrees.")
    if not 0 <= request.ra <= 360:
        raise UsageError(f"RA is {request.ra}; it must lie between 0 and 360 degrees.")
    if not -90 <= request.dec <= 90:
        raise UsageError(f"DEC is {request.dec}; it must lie between -90 and 90 degrees.")
    if not 0 <= request.radius <= 180:
        raise UsageError(f"SR is {request.radius}; it must lie between 0 and 180 degrees.")


def _select(request: ConeRequest, table: Table) -> nodes.Select:
    wanted = [f for f in table.fields if request.verbosity >= 3 or f.principal or f.role in UCDS]
    position = tuple(_column(f) for f in (table.by_role("ra"), table.by_role("dec")) if f)
    centre = (nodes.Literal(request.ra), nodes.Literal(request.dec))
    distance = nodes.Call("DISTANCE", (*position, *centre))
    source = nodes.TableName((nodes.Name(table.schema), nodes.Name(table.name)))
    condition = nodes.Comparison("<=", distance, nodes.Literal(float(request.radius)))
    return nodes.Select(tuple(nodes.Item(_column(f)) for f in wanted), (source,), condition)


def _column(field: Field) -> nodes.Column:
    return nodes.Column((nodes.Name(field.name, delimited=True),))


def _describe(field: Field) -> Field:
    return replace(field, ucd=UCDS[field.role]) if field.role in UCDS else field
