"""Which results offer more: service descriptors where a column identifies spectra."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vo_service.formats.descriptor import descriptor_element
from vo_service.release.field import Field
from vo_service.services.holdings import ID_ROLES, Holding
from vo_service.services.link_services import (
    describe_cutouts,
    describe_datalinks,
    describe_spectra,
)

TAKEN_IDS = frozenset({"spectrum_service", "links_service", "cutout", "icrs"})
"""IDs that other elements of a result have."""

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Links:
    """What stands around a table for the services that take its values.

    Attributes
    ----------
    resources : tuple of str
        XML that follows the results.
    field_ids : mapping of str to str
        ID of the FIELD of a column, for those that are referred to.
    """

    resources: tuple[str, ...] = ()
    field_ids: Mapping[str, str] = field(default_factory=dict)


def describe_links(fields: tuple[Field, ...], holding: Holding, base_url: str) -> Links:
    """Offer what there is about the rows, where a column of theirs came through the query as it is.

    Parameters
    ----------
    fields : tuple of Field
        The columns of a result.
    holding : Holding
    base_url : str
    """
    ids = holding.spectrum_ids
    found = [f for f in fields if f.role and f.named("") in ids]
    if not found:
        return Links()
    # A text before a number: pyvo compares it with the texts of a table of links.
    column = min(found, key=lambda f: ID_ROLES.index(f.role))
    field_id = _xml_id(column.name)
    described = (
        describe_spectra(column, field_id, base_url),
        describe_datalinks(column, field_id, base_url),
        describe_cutouts(column, field_id, base_url)[0],
    )
    return Links(tuple(map(descriptor_element, described)), {column.name: field_id})


def _xml_id(name: str) -> str:
    """Make an XML ID of a column's name; equal to it where possible, as pyvo looks it up."""
    plain = _NOT_IN_ID.sub("_", name)
    return plain if plain[:1].isalpha() and plain not in TAKEN_IDS else f"column_{plain}"
