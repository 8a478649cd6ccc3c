"""Run a query: the rooms in their order, no logic of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vo_service.adql.compile import compile_select
from vo_service.adql.nodes import Query
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.errors import UsageError
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Info, Result
from vo_service.query.engine import Statement
from vo_service.query.limits import LimitedRows
from vo_service.release.field import Field
from vo_service.services.holdings import Holding
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
    """

    query: str
    language: str = "ADQL"
    max_rows: int | None = None
    response_format: str | None = None
    base_url: str = ""


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


def run_query(request: QueryRequest, holding: Holding, settings: Settings) -> Answer:
    """Answer a TAP query.

    Raises
    ------
    UsageError
        When the language, the query or the format is wrong.
    """
    if request.language.upper() not in LANGUAGES:
        raise UsageError(
            f"LANG '{request.language[:40]}' is not known; use {', '.join(LANGUAGES)}."
        )
    form = find_format(request.response_format)
    infos = (Info("QUERY", request.query),)
    return run_tree(parse(request.query), request, form, holding, settings, infos)


def run_tree(
    query: Query,
    request: QueryRequest,
    form: Format,
    holding: Holding,
    settings: Settings,
    infos: tuple[Info, ...] = (),
    describe: Callable[[Field], Field] = lambda f: f,
) -> Answer:
    """Answer a query that is a tree already.

    Parameters
    ----------
    describe : callable
        Changes how columns are described, for protocols with UCDs of their own.
    """
    asked = settings.default_rows if request.max_rows is None else request.max_rows
    max_rows = min(asked, settings.most_rows)
    translated = translate(query, holding.catalogue, request.base_url, max_rows + 1)
    engine = holding.engine
    sql, parameters = compile_select(translated.select, engine.name, engine.schemas)
    statement = Statement(sql, parameters, translated.fields)
    rows = engine.open(statement, settings.query_seconds)
    limited = LimitedRows(iter(rows), max_rows)
    # MAXREC=0 asks for metadata: always an overflow (TAP 1.1, section 2.7.4).
    result = Result(
        fields=tuple(describe(f) for f in translated.fields),
        batches=iter(limited),
        overflowed=lambda: limited.overflowed or max_rows == 0,
        infos=infos,
    )
    return Answer(form.media_type, form.extension, form.encode(result), rows.close)
