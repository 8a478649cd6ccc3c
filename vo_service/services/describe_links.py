"""Which results offer more: a service descriptor where a column identifies spectra."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vo_service.formats.descriptor import Descriptor, Input, descriptor_element
from vo_service.release.field import Field
from vo_service.services.holdings import Holding
from vo_service.services.spectrum_columns import FRAMES

SERVICE_ID = "spectrum_service"
TAKEN_IDS = frozenset({SERVICE_ID, "icrs"})
"""IDs that other elements of a result have."""

VOTABLE = "application/x-votable+xml"

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
    """Offer the spectra of the rows, where a column of theirs came through the query as it is.

    Parameters
    ----------
    fields : tuple of Field
        The columns of a result.
    holding : Holding
    base_url : str
    """
    ids = holding.spectrum_ids
    column = next((f for f in fields if f.role and f.named("") in ids), None)
    if column is None:
        return Links()
    field_id = _xml_id(column.name)
    descriptor = _describe_spectra(column, field_id, base_url)
    return Links((descriptor_element(descriptor),), {column.name: field_id})


def _describe_spectra(column: Field, field_id: str, base_url: str) -> Descriptor:
    identifier = Input(
        "ID",
        "Identifier of the spectrum",
        ref=field_id,
        datatype=column.datatype,
        arraysize=column.arraysize,
        ucd="meta.id",
    )
    frame = Input(
        "FRAME",
        "observed as the survey gives it, rest on the common rest-frame grid",
        value=FRAMES[0],
        options=FRAMES,
    )
    return Descriptor(
        SERVICE_ID,
        "Spectrum",
        "Spectrum of this object",
        f"{base_url}/spectra",
        VOTABLE,
        (identifier, frame),
    )


def _xml_id(name: str) -> str:
    """Make an XML ID of a column's name; equal to it where possible, as pyvo looks it up."""
    plain = _NOT_IN_ID.sub("_", name)
    return plain if plain[:1].isalpha() and plain not in TAKEN_IDS else f"column_{plain}"
