"""What a client asks of stacks, typed and checked as far as it can be without a release."""

import math
from dataclasses import dataclass, field

from vo_service.errors import UsageError

NORMS = ("region", "whole", "none")
"""What spectra are divided by: their median flux in the region or the whole spectrum, nothing."""

USUAL_GROUPS, MOST_GROUPS = 5, 500

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Direction:
    """A line on a map, from one place to another.

    Attributes
    ----------
    map_name : str
        Region whose map it is.
    start, end : (float, float)
        Coordinates on the map; they have no unit.
    """

    map_name: str
    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class StackRequest:
    """Which spectra to stack, and how.

    Attributes
    ----------
    ids : tuple of str
        Identifiers, plain or as publisher DID.
    query : str, optional
        ADQL; its column `obj_id`, or else its first one, names the spectra.
    uploads : dict
        Bytes of uploaded tables by name; without a query the one table names the spectra.
    order : str, optional
        Column to order by: of the query or the upload, or else of the objects.
    direction : Direction, optional
        Along which to order, in the place of a column.
    groups : int, optional
    regions : tuple of str
        Where to stack; `all` is all of them.
    norm : str
    max_rows : int, optional
        MAXREC, of the answer.
    response_format : str, optional
    base_url : str
    """

    ids: tuple[str, ...] = ()
    query: str | None = None
    uploads: dict[str, bytes] = field(default_factory=dict)
    order: str | None = None
    direction: Direction | None = None
    groups: int | None = None
    regions: tuple[str, ...] = ("whole",)
    norm: str = "region"
    max_rows: int | None = None
    response_format: str | None = None
    base_url: str = ""


def check_request(request: StackRequest) -> None:
    """Refuse what no release could answer.

    Raises
    ------
    UsageError
        When nothing or too much is selected, or a parameter contradicts another.
    """
    if not (request.ids or request.query or request.uploads):
        raise UsageError("Nothing is selected; give ID, QUERY or UPLOAD.")
    if request.ids and (request.query or request.uploads):
        raise UsageError("ID is given beside QUERY or UPLOAD; select the spectra in one way.")
    if len(request.uploads) > 1 and not request.query:
        raise UsageError("UPLOAD names several tables; send one, or join them with QUERY.")
    if request.norm not in NORMS:
        raise UsageError(f"NORM '{request.norm[:40]}' is not known; use {', '.join(NORMS)}.")
    _check_order(request)


def _check_order(request: StackRequest) -> None:
    groups, direction = request.groups, request.direction
    if groups is not None and not 1 <= groups <= MOST_GROUPS:
        raise UsageError(f"GROUPS is {groups}; it must lie between 1 and {MOST_GROUPS}.")
    if request.order and direction:
        raise UsageError("ORDER is given beside MAP; order by a column or along a direction.")
    if groups is not None and groups > 1 and not request.order and not direction:
        raise UsageError(f"GROUPS is {groups} without an order; give ORDER, or MAP, FROM and TO.")
    if direction is None:
        return
    if not all(map(math.isfinite, (*direction.start, *direction.end))):
        raise UsageError("FROM and TO must be finite numbers x,y.")
    if direction.start == direction.end:
        raise UsageError("FROM and TO are the same place; a direction needs two.")
