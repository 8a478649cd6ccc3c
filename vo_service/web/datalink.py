"""DataLink 1.1: the links of spectra."""

from flask import Blueprint, Response

from vo_service.services.find_links import LinksRequest, find_links
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional, wanted_rows
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("datalink", __name__, url_prefix="/links")


@blueprint.route("", methods=["GET", "POST"])
def links() -> Response:
    """Answer with the links of the spectra that ID names."""
    return conditional(_answer)


def _answer() -> Response:
    params = Params()
    request = LinksRequest(
        identifiers=tuple(params.texts("ID")),
        response_format=params.text("RESPONSEFORMAT", "FORMAT"),
        max_rows=wanted_rows(params),
        base_url=base_url(),
    )
    answer = find_links(request, holding(), context().settings)
    return stream(answer, "links", as_file=answer.extension not in ("vot",))
