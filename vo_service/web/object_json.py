"""An object as JSON, for pages and programs: identifiers are texts, null is what is not known."""

import orjson

from vo_service.services.describe_object import ObjectDescription, Row
from vo_service.services.sky_links import list_sky_links

IDENTIFIERS = ("id", "source", "neighbour")
"""Roles whose values JavaScript would round (RFC 8259, section 6)."""


def as_json(described: ObjectDescription) -> bytes:
    """Write all that is known of an object."""
    facts = [
        {
            "name": field.name,
            "value": str(value) if field.datatype == "long" and value is not None else value,
            "unit": field.unit,
            "role": field.role,
            "description": field.description,
            "principal": field.principal,
        }
        for field, value in described.facts
    ]
    ra, dec = described.value("ra"), described.value("dec")
    links = list_sky_links(ra, dec) if ra is not None and dec is not None else ()
    return orjson.dumps(
        {
            "obj_id": str(described.obj_id),
            "title": described.title,
            "has_spectrum": described.has_spectrum,
            "facts": facts,
            "ranked": described.ranked,
            "places": described.places,
            "elsewhere": described.elsewhere,
            "scores": described.scores,
            "reasons": described.reasons,
            "lines": described.lines,
            "similar": _with_texts(described.similar),
            "repeats": _with_texts(described.repeats),
            "links": links,
            "queries": [{"title": q.title, "query": q.text} for q in described.queries],
        }
    )


def _with_texts(rows: list[Row]) -> list[Row]:
    """Return rows as the page needs them: no places, identifiers as texts."""
    return [
        {k: str(v) if k in IDENTIFIERS else v for k, v in row.items() if not k.startswith("map:")}
        for row in rows
    ]
