"""TAP 1.1: synchronous queries."""

from flask import Blueprint, Response

from vo_service.errors import UsageError
from vo_service.services.read_uploads import gather_uploads, parse_uploads
from vo_service.services.run_query import QueryRequest, run_query
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional, wanted_rows
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("tap", __name__, url_prefix="/tap")


@blueprint.route("/sync", methods=["GET", "POST"])
def sync() -> Response:
    """Answer a query at once."""
    return conditional(_answer)


def _answer() -> Response:
    answer = run_query(_read_request(Params()), holding(), context().settings)
    return stream(answer, "result", as_file=answer.extension not in ("vot",))


def _read_request(params: Params) -> QueryRequest:
    if (params.text("REQUEST") or "doQuery").lower() != "doquery":
        raise UsageError("REQUEST must be doQuery; leave it out.")
    query, language = params.text("QUERY"), params.text("LANG")
    if language is None:
        raise UsageError("LANG is missing; give LANG=ADQL.")
    if query is None:
        raise UsageError("QUERY is missing; give a query in ADQL.")
    form = params.text("RESPONSEFORMAT", "FORMAT")
    sources = parse_uploads(params.texts("UPLOAD"))
    uploads = gather_uploads(sources, params.files(), context().settings)
    return QueryRequest(query, language, wanted_rows(params), form, base_url(), uploads)
