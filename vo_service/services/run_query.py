"""Run a query: the rooms in their order, no logic of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from vo_service.adql.compile import compile_select
from vo_service.adql.nodes import Query
from vo_service.adql.parser import parse
from vo_service.adql.translate import Translated, translate
from vo_service.errors import UsageError
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Info, Param, Result, Spool
from vo_service.query.engine import Statement, Upload
from vo_service.query.limits import LimitedRows
from vo_service.release.field import Field
from vo_service.services.describe_links import describe_links
from vo_service.services.holdings import Holding
from vo_service.services.read_uploads import UploadedTable, read_upload
from vo_service.settings import Settings

LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What a client asks of TAP.

    Attributes
    ----------
    query : str
    language : str
    max_rows : int, optional
        MAXREC.
    response_format : str, optional
    base_url : str
        Of the service, for links in the answer.
    uploads : dict
        Bytes of uploaded tables by the names that the query knows.
    """

    query: str
    language: str = "ADQL"
    max_rows: int | None = None
    response_format: str | None = None
    base_url: str = ""
    uploads: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An encoded answer.

    Attributes
    ----------
    media_type, extension : str
    chunks : iterator of bytes
        The first one comes when the first rows are there.
    close : callable
        Stops the query when the client has left.
    """

    media_type: str
    extension: str
    chunks: Iterator[bytes]
    close: Callable[[], None]


def run_query(
    request: QueryRequest, holding: Holding, settings: Settings, seconds: float | None = None
) -> Answer:
    """Answer a TAP query.

    Parameters
    ----------
    request : QueryRequest
    holding : Holding
    settings : Settings
    seconds : float, optional
        Longest execution; None is that of a synchronous query.

    Raises
    ------
    UsageError
        When the language, the query, an upload or the format is wrong.
    """
    if request.language.upper() not in LANGUAGES:
        raise UsageError(
            f"LANG '{request.language[:40]}' is not known; use {', '.join(LANGUAGES)}."
        )
    form = find_format(request.response_format)
    query = parse(request.query)
    uploads = tuple(read_upload(n, data, settings) for n, data in request.uploads.items())
    infos = (Info("QUERY", request.query),)
    return run_tree(query, request, form, holding, settings, infos, uploads, seconds=seconds)


def fetch_rows(
    query: str, holding: Holding, seconds: float = 10.0, base_url: str = ""
) -> Iterator[pa.RecordBatch]:
    """Run a query of the service's own and yield its batches."""
    return fetch_tree(parse(query), holding, seconds, base_url)


def fetch_tree(
    query: Query, holding: Holding, seconds: float = 10.0, base_url: str = ""
) -> Iterator[pa.RecordBatch]:
    """Run a query that is a tree already and yield its batches."""
    rows = holding.engine.open(make_statement(query, holding, base_url), seconds)
    try:
        yield from rows
    finally:
        rows.close()


def make_statement(query: Query, holding: Holding, base_url: str = "") -> Statement:
    """Make what the engine runs, for a query that is run again and again."""
    return compile_statement(translate(query, holding.catalogue, base_url), holding)


def fetch_few(
    statement: Statement, holding: Holding, seconds: float = 10.0
) -> list[tuple[Any, ...]]:
    """Run a statement that has few rows and return them, sooner than in batches."""
    rows = holding.engine.open(statement, seconds)
    try:
        return rows.fetch_few()
    finally:
        rows.close()


def run_tree(
    query: Query,
    request: QueryRequest,
    form: Format,
    holding: Holding,
    settings: Settings,
    infos: tuple[Info, ...] = (),
    uploads: tuple[UploadedTable, ...] = (),
    describe: Callable[[Field], Field] = lambda f: f,
    seconds: float | None = None,
    resource_params: tuple[Param, ...] = (),
) -> Answer:
    """Answer a query that is a tree already.

    Parameters
    ----------
    describe : callable
        Changes how columns are described, for protocols with UCDs of their own.
    resource_params : tuple of Param
        PARAM elements of protocols that have some.
    """
    asked = settings.default_rows if request.max_rows is None else request.max_rows
    max_rows = min(asked, settings.most_rows)
    catalogue = holding.catalogue
    if uploads:
        catalogue = catalogue.with_uploads(u.table for u in uploads)
    # One row more tells of an overflow; without any, the engine has nothing to do.
    fetched = max_rows + 1 if max_rows else 0
    translated = translate(query, catalogue, request.base_url, fetched)
    statement = compile_statement(translated, holding, tuple(u.upload for u in uploads))
    rows = holding.engine.open(statement, seconds or settings.query_seconds)
    limited = LimitedRows(iter(rows), max_rows)
    links = describe_links(translated.fields, holding, request.base_url)
    # MAXREC=0 asks for metadata: always an overflow (TAP 1.1, section 2.7.4).
    result = Result(
        fields=tuple(describe(f) for f in translated.fields),
        batches=iter(limited),
        overflowed=lambda: limited.overflowed or max_rows == 0,
        infos=infos,
        resource_params=resource_params,
        spool=Spool(settings.state / "spool", settings.spool_bytes),
        field_ids=links.field_ids,
        resources=links.resources,
    )
    return Answer(form.media_type, form.extension, form.encode(result), rows.close)


def compile_statement(
    translated: Translated, holding: Holding, uploads: tuple[Upload, ...] = ()
) -> Statement:
    """Compile a translated query for the engine."""
    engine = holding.engine
    sql, parameters = compile_select(translated.select, engine.name, engine.schemas)
    return Statement(sql, parameters, translated.fields, uploads)
