"""A service descriptor: the rows of a query's answer, stacked."""

from collections.abc import Sequence

from vo_service.formats.descriptor import Descriptor, Input
from vo_service.release.field import Field
from vo_service.release.statistics import NUMBERS
from vo_service.services.stack_regions import ALL, WHOLE
from vo_service.services.stack_request import MOST_GROUPS, NORMS, USUAL_GROUPS
from vo_service.services.stack_selection import ID_NAME

STACK_ID = "stack_service"
VOTABLE = "application/x-votable+xml"

MOST_LETTERS = 2000
"""Of a query that fits into an address."""


def stack_descriptor(
    query: str, fields: Sequence[Field], column: Field, regions: Sequence[str], base_url: str
) -> Descriptor | None:
    """Offer the stacks of what a query selects.

    Parameters
    ----------
    query : str
        ADQL, as it was asked.
    fields : sequence of Field
        The columns of its answer.
    column : Field
        The one that identifies spectra.
    regions : sequence of str
        Names of the regions of the release.
    base_url : str

    Returns
    -------
    Descriptor or None
        None where `/stack` would not find the identifiers by itself, or the query is too long.
    """
    first = next((f for f in fields if f.name.lower() == ID_NAME), fields[0])
    if first is not column or len(query) > MOST_LETTERS:
        return None
    orders = tuple(
        f.name for f in fields if f.datatype in NUMBERS and not f.is_array and f is not column
    )
    inputs = (
        Input("QUERY", "What selects the spectra", value=query),
        Input(
            "ORDER",
            "Column to order by, of the answer or of the objects",
            value=orders[0] if orders else "",
            options=orders,
        ),
        Input(
            "GROUPS",
            f"Equal groups to cut them in, up to {MOST_GROUPS}; 1 where nothing orders them",
            datatype="int",
            arraysize=None,
            value=str(USUAL_GROUPS if orders else 1),
        ),
        Input("REGION", "Where to stack", value=WHOLE, options=(*regions, ALL)),
        Input("NORM", "What each spectrum is divided by", value=NORMS[0], options=NORMS),
    )
    about = "Mean and median spectra of ordered groups of these rows"
    return Descriptor(STACK_ID, "Stacks", about, f"{base_url}/stack", VOTABLE, inputs)
