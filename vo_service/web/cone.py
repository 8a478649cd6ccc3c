"""Simple Cone Search 1.03."""

from flask import Blueprint, Response

from vo_service.errors import UsageError
from vo_service.services.search_cone import ConeRequest, search_cone
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional, wanted_rows
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("cone", __name__, url_prefix="/cone")


@blueprint.route("", methods=["GET", "POST"])
@blueprint.route("/<table>", methods=["GET", "POST"])
def cone(table: str | None = None) -> Response:
    """Answer with the rows of a table within SR degrees of RA, DEC."""
    return conditional(lambda: _answer(table))


def _answer(table: str | None) -> Response:
    params = Params()
    request = ConeRequest(
        ra=params.required_number("RA"),
        dec=params.required_number("DEC"),
        radius=params.required_number("SR"),
        verbosity=_verbosity(params),
        table=table,
        max_rows=wanted_rows(params),
        response_format=params.text("RESPONSEFORMAT", "FORMAT"),
        base_url=base_url(),
    )
    answer = search_cone(request, holding(), context().settings)
    return stream(answer, "cone", as_file=answer.extension not in ("vot",))


def _verbosity(params: Params) -> int:
    text = params.text("VERB") or "2"
    if text not in ("1", "2", "3"):
        raise UsageError(f"VERB is '{text[:20]}'; it must be 1, 2 or 3.")
    return int(text)
