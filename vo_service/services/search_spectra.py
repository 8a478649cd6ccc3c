"""Simple Spectral Access 1.1: a query tree over `ivoa.obscore` and the table of objects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vo_service.adql import nodes
from vo_service.adql.catalogue import nearest, suggest
from vo_service.errors import NotFoundError, UsageError
from vo_service.formats.registry import find_format
from vo_service.formats.result import Info
from vo_service.release.field import Field
from vo_service.release.table import Table
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of
from vo_service.services.ranges import Range
from vo_service.services.run_query import Answer, QueryRequest, run_tree
from vo_service.services.spectrum_formats import SPECTRUM_FORMATS, SpectrumFormat
from vo_service.services.spectrum_inputs import list_inputs
from vo_service.services.ssa_columns import (
    OBJECTS,
    OBSCORE,
    Output,
    column,
    list_constants,
    list_outputs,
    list_ranks,
)
from vo_service.services.survey_tables import find_main
from vo_service.settings import Settings

TABLE = "ivoa.obscore"
PROTOCOL = Info("SERVICE_PROTOCOL", "1.1", "SSAP")
CONSENSUS = "consensus"
"""The rank over all detectors, by which spectra can be asked for too."""

Ranges = tuple[Range, ...]

ANY_RANK = (Range(1, None),)
"""Of those that have one."""


@dataclass(frozen=True, slots=True)
class SpectrumRequest:
    """What a client asks of SSA; an empty range asks for nothing.

    Attributes
    ----------
    position : (float, float), optional
        ICRS [deg].
    diameter : float
        Of the cone around it [deg].
    band : tuple of Range
        Wavelength [m]; spectra that meet it.
    time : tuple of Range
        MJD; spectra whose day meets it.
    redshift, power, snr : tuple of Range
    names, collections : tuple of str
        Of targets, or identifiers by the survey; in any case.
    dids : tuple of str
        Publisher's identifiers.
    detector, region : str, optional
        By whose ranks spectra are chosen, and ordered.
    rank, oddness : tuple of Range
        Ranks by either; 1 is the strangest.
    form : SpectrumFormat
        In which spectra are offered.
    metadata : bool
        Whether to tell of parameters and columns alone.
    max_rows, top : int, optional
    response_format : str, optional
    base_url : str
    """

    position: tuple[float, float] | None = None
    diameter: float = 0.0
    band: Ranges = ()
    time: Ranges = ()
    redshift: Ranges = ()
    power: Ranges = ()
    snr: Ranges = ()
    names: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()
    detector: str | None = None
    rank: Ranges = ()
    region: str | None = None
    oddness: Ranges = ()
    form: SpectrumFormat = SPECTRUM_FORMATS[0]
    metadata: bool = False
    max_rows: int | None = None
    top: int | None = None
    response_format: str | None = None
    base_url: str = ""


def search_spectra(request: SpectrumRequest, holding: Holding, settings: Settings) -> Answer:
    """Answer a search for spectra.

    Raises
    ------
    UsageError
        When a detector or region is not known, or a rank is asked for without one.
    NotFoundError
        When the release has no `ivoa.obscore`.
    """
    objects = _find_objects(holding)
    roles = {f.role: f for f in objects.fields if f.role}
    chosen = _find_ranks(request, roles)
    outputs = list_outputs(request.form, request.base_url, roles)
    outputs += list_ranks([field for field, _ in chosen])
    query = _query(request, objects, roles, chosen, outputs)
    tap = QueryRequest("", "ADQL", request.max_rows, request.response_format, request.base_url)
    inputs = list_inputs(tuple(_detectors(roles)), tuple(_regions(roles)))
    return run_tree(
        query,
        tap,
        find_format(request.response_format or "votable/td"),
        holding,
        settings,
        (PROTOCOL,),
        describe=_describe_by(outputs),
        resource_params=(inputs if request.metadata else ()) + list_constants(settings),
    )


def _find_objects(holding: Holding) -> Table:
    """Return the table that says of each spectrum how odd it is.

    Raises
    ------
    NotFoundError
        When spectra cannot be searched for in this release.
    """
    spectra = next((t for t in holding.release.tables if t.full_name == TABLE), None)
    objects = find_main(holding.release)
    if spectra is None or spectra.by_role("id") is None or objects is None:
        raise NotFoundError(
            f"This release has no {TABLE}, by which spectra are found: it was made before there "
            "was one. Ingest it again; until then ask /tap and /cone."
        )
    return objects


def has_spectra(holding: Holding) -> bool:
    """Say whether spectra can be searched for."""
    try:
        _find_objects(holding)
    except NotFoundError:
        return False
    return True


def _detectors(roles: dict[str, Field]) -> dict[str, Field]:
    """Return the ranks that DETECTOR takes, by their names there."""
    named = _by_name(roles, "rank:")
    return named | {CONSENSUS: roles[CONSENSUS]} if CONSENSUS in roles else named


def _regions(roles: dict[str, Field]) -> dict[str, Field]:
    """Return the ranks that REGION takes, by their names there."""
    return _by_name(roles, "oddness:")


def _by_name(roles: dict[str, Field], prefix: str) -> dict[str, Field]:
    return {role[len(prefix) :]: f for role, f in roles.items() if role.startswith(prefix)}


def _find_ranks(request: SpectrumRequest, roles: dict[str, Field]) -> list[tuple[Field, Ranges]]:
    """Return the columns of the ranks that are asked for, with the ranges of each."""
    asked = (
        ("DETECTOR", request.detector, _detectors(roles), "RANK", request.rank),
        ("REGION", request.region, _regions(roles), "ODDNESS", request.oddness),
    )
    found = []
    for parameter, name, known, range_name, ranges in asked:
        if name is None and ranges:
            raise UsageError(f"{range_name} needs {parameter}, whose ranks are meant.")
        if name is not None and name not in known:
            guess = suggest(nearest(name, known)) or f"; there are {', '.join(known)}."
            raise UsageError(f"{parameter} '{name[:40]}' is not known{guess}")
        if name is not None:
            found.append((known[name], ranges or ANY_RANK))
    return found


def _query(
    request: SpectrumRequest,
    objects: Table,
    roles: dict[str, Field],
    chosen: list[tuple[Field, Ranges]],
    outputs: list[Output],
) -> nodes.Query:
    distance = _distance(request)
    conditions = list(_conditions(request, roles))
    conditions += [_within(column(field.name, OBJECTS), ranges) for field, ranges in chosen]
    if distance is not None:
        conditions.append(nodes.Comparison("<=", distance, nodes.Literal(request.diameter / 2)))
    select = nodes.Select(
        tuple(output.item for output in outputs),
        (_joined(objects, roles["id"]),),
        _all(conditions),
        top=0 if request.metadata else request.top,
    )
    # The strangest first, else the nearest.
    ranks = [(column(field.name, OBJECTS), False) for field, _ in chosen]
    nearest_first = [(distance, False)] if distance is not None else []
    return nodes.Query(select, tuple(ranks or nearest_first))


def _joined(objects: Table, identifier: Field) -> nodes.Join:
    schema, name = TABLE.split(".")
    spectra = nodes.TableName((nodes.Name(schema), nodes.Name(name)), nodes.Name(OBSCORE))
    path = (nodes.Name(objects.schema), nodes.Name(objects.name))
    same = nodes.Comparison("=", column("obj_id"), column(identifier.name, OBJECTS))
    return nodes.Join("INNER", False, spectra, nodes.TableName(path, nodes.Name(OBJECTS)), same)


def _distance(request: SpectrumRequest) -> nodes.Expression | None:
    if request.position is None:
        return None
    centre = tuple(nodes.Literal(value) for value in request.position)
    return nodes.Call("DISTANCE", (column("s_ra"), column("s_dec"), *centre))


def _conditions(request: SpectrumRequest, roles: dict[str, Field]) -> Iterable[nodes.Expression]:
    if request.band:
        yield _meets(column("em_min"), column("em_max"), request.band)
    if request.time:
        yield _meets(column("t_min"), column("t_max"), request.time)
    if request.power:
        yield _within(column("em_res_power"), request.power)
    for role, ranges in (("redshift", request.redshift), ("sn", request.snr)):
        if ranges and role in roles:
            yield _within(column(roles[role].name, OBJECTS), ranges)
    if request.names:
        either = (_named("target_name", request.names), _named("obs_id", request.names))
        yield nodes.Logic("OR", either)
    if request.collections:
        yield _named("obs_collection", request.collections)
    if request.dids:
        ids = tuple(nodes.Literal(obj_id_of(did)) for did in request.dids)
        yield nodes.InList(column("obj_id"), ids, False)


def _meets(first: nodes.Expression, last: nodes.Expression, ranges: Ranges) -> nodes.Expression:
    """Say that what lies from first to last has a value in one of the ranges."""
    options = []
    for r in ranges:
        ends = []
        if r.low is not None:
            ends.append(nodes.Comparison(">=", last, nodes.Literal(r.low)))
        if r.high is not None:
            ends.append(nodes.Comparison("<=", first, nodes.Literal(r.high)))
        options.append(ends[0] if len(ends) == 1 else nodes.Logic("AND", tuple(ends)))
    return options[0] if len(options) == 1 else nodes.Logic("OR", tuple(options))


def _within(value: nodes.Expression, ranges: Ranges) -> nodes.Expression:
    return _meets(value, value, ranges)


def _named(name: str, texts: tuple[str, ...]) -> nodes.Expression:
    """Compare a text in any case, and without the spaces around."""
    options = tuple(nodes.Literal(text.strip().lower()) for text in texts)
    return nodes.InList(nodes.Call("LOWER", (column(name),)), options, False)


def _all(conditions: list[nodes.Expression]) -> nodes.Expression | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return nodes.Logic("AND", tuple(conditions))


def _describe_by(outputs: list[Output]) -> Callable[[Field], Field]:
    by_name = {output.field.name: output for output in outputs}

    return lambda field: by_name[field.name].described(field)
