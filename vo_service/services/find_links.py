"""DataLink 1.1: everything there is about spectra, as a table of links."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from vo_service.errors import NotFoundError, OddskyError, TransientError, UsageError
from vo_service.formats.descriptor import Descriptor, descriptor_element
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Info, Result, Spool
from vo_service.release.field import Field
from vo_service.release.spectra import Extents
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of
from vo_service.services.link_facts import gather_facts
from vo_service.services.link_kinds import list_kinds
from vo_service.services.link_rows import (
    FIELDS,
    error_rows,
    gather_rows,
    link_rows,
    repeat_rows,
    service_rows,
)
from vo_service.services.link_services import (
    LINKS_STANDARD,
    LINKS_TYPE,
    describe_cutouts,
    describe_self,
    describe_stack,
)
from vo_service.services.run_query import Answer
from vo_service.services.survey_tables import find_main
from vo_service.settings import Settings

MOST_IDS = 2000
"""Whose links are told at once; the rest is an overflow, and clients ask again."""

FAULTS: tuple[tuple[type[OddskyError], str], ...] = (
    (NotFoundError, "NotFoundFault"),
    (UsageError, "UsageFault"),
    (TransientError, "TransientFault"),
)
"""How DataLink calls errors (1.1, section 3.4)."""

ID_FIELD = "ID"
"""Name of the column of identifiers, and ID of its FIELD."""


@dataclass(frozen=True, slots=True)
class LinksRequest:
    """Whose links are asked for.

    Attributes
    ----------
    identifiers : tuple of str
        As the client wrote them.
    response_format : str, optional
    max_rows : int, optional
        MAXREC; the links of one identifier are never cut in between.
    base_url : str
    """

    identifiers: tuple[str, ...]
    response_format: str | None = None
    max_rows: int | None = None
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The identifiers, understood.

    Attributes
    ----------
    names : list of str
        As they were written, each once.
    places : int64, shape (n,)
        Which of them are spectra that are there.
    obj_ids : int64, shape (n,)
    extents : Extents
        Of the same.
    faults : dict of int to str
        Why each of the others is none.
    """

    names: list[str]
    places: np.ndarray
    obj_ids: np.ndarray
    extents: Extents
    faults: dict[int, str]


def find_links(request: LinksRequest, holding: Holding, settings: Settings) -> Answer:
    """List the links of spectra.

    Raises
    ------
    UsageError
        When the format is unknown. A wrong identifier is told in its row.
    """
    form = choose_format(request.response_format)
    names = list(dict.fromkeys(request.identifiers))
    asked = _understand(names[: MOST_IDS if request.max_rows != 0 else 0], holding)
    tables, descriptors = _link(asked, holding, settings, request.base_url)
    most_rows = settings.most_rows if request.max_rows is None else request.max_rows
    rows = gather_rows(asked.names, tables, most_rows)
    is_cut = len(names) > MOST_IDS or len(rows) < sum(map(len, tables)) or request.max_rows == 0
    example = str(asked.obj_ids[0]) if asked.obj_ids.size else ""
    described = [*descriptors, describe_self(request.base_url, example)]
    result = Result(
        _fields(asked.names),
        iter(rows.to_batches()),
        lambda: is_cut,
        (Info("standardID", LINKS_STANDARD),),
        table_name="links",
        description="Links of spectra",
        field_ids={ID_FIELD: ID_FIELD},
        resources=tuple(map(descriptor_element, described)),
        spool=Spool(settings.state / "spool", settings.spool_bytes),
    )
    is_default = form is find_format("votable/td")
    media_type = LINKS_TYPE if is_default else form.media_type
    return Answer(media_type, form.extension, form.encode(result), lambda: None)


def choose_format(wanted: str | None) -> Format:
    """Return the format of links: TABLEDATA unless another one is named (DataLink 1.1, 2.1.2).

    Raises
    ------
    UsageError
        When there is none.
    """
    plain = (wanted or "votable").split(";")[0].strip().lower()
    is_plain = plain in ("votable", "application/x-votable+xml", "text/xml")
    if is_plain and "serialization" not in (wanted or "").lower():
        return find_format("votable/td")
    return find_format(wanted)


def fault_of(error: OddskyError | None) -> str:
    """Return what DataLink calls an error."""
    return next((fault for kind, fault in FAULTS if isinstance(error, kind)), "FatalFault")


def _understand(names: list[str], holding: Holding) -> _Asked:
    obj_ids, faults = np.full(len(names), -1, np.int64), {}
    for place, name in enumerate(names):
        try:
            obj_ids[place] = obj_id_of(name)
        except OddskyError as error:
            faults[place] = f"{fault_of(error)}: {error}"
    extents = holding.extents(obj_ids)
    for place in np.flatnonzero(extents.pixels == 0).tolist():
        missing = f"There is no spectrum with obj_id {obj_ids[place]} in this release."
        faults.setdefault(place, f"NotFoundFault: {missing}")
    places = np.flatnonzero(extents.pixels)
    return _Asked(names, places, obj_ids[places], extents.take(places), faults)


def _fields(names: list[str]) -> tuple[Field, ...]:
    """Return the columns: texts as the standard has them, unless an identifier is beyond ASCII."""
    if all(map(str.isascii, names)):
        return FIELDS
    quoting = (ID_FIELD, "error_message")
    return tuple(replace(f, datatype="unicodeChar") if f.name in quoting else f for f in FIELDS)


def _link(
    asked: _Asked, holding: Holding, settings: Settings, base_url: str
) -> tuple[list[pa.Table], list[Descriptor]]:
    facts = gather_facts(holding, asked.obj_ids, base_url)
    kinds = list_kinds(holding.release, find_main(holding.release), settings.image_hips)
    tables = [link_rows(kind, asked.places, facts.values) for kind in kinds]
    repeats = repeat_rows(asked.places[facts.repeated], facts.repeats, base_url)
    services, descriptors = _serve(asked, base_url)
    errors = error_rows(np.array(list(asked.faults), np.int64), list(asked.faults.values()))
    return [*tables, repeats, *services, errors], descriptors


def _serve(asked: _Asked, base_url: str) -> tuple[list[pa.Table], list[Descriptor]]:
    """Offer the services on spectra; those that span the same share a descriptor.

    Each descriptor takes the ID from the row: a client that picks the wrong one still gets a part
    of the right spectrum.
    """
    if not asked.places.size:
        return [], []
    ends = np.stack([asked.extents.first, asked.extents.last], axis=1)
    spans, which = np.unique(ends, axis=0, return_inverse=True)
    cutouts = [
        describe_cutouts(FIELDS[0], ID_FIELD, base_url, number, (first, last))
        for number, (first, last) in enumerate(spans.tolist(), 1)
    ]
    at_once, jobs = zip(*cutouts, strict=True)
    stack = describe_stack(FIELDS[0], ID_FIELD, base_url)
    rows = [
        service_rows(asked.places, at_once, which.ravel(), "#cutout", "cutout"),
        service_rows(asked.places, jobs, which.ravel(), "#cutout", "cutout-job"),
        service_rows(asked.places, [stack], np.zeros_like(asked.places), "#proc", "stack"),
    ]
    return rows, [*at_once, *jobs, stack]
