"""Pages for people."""

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from vo_service.services import describe
from vo_service.web.context import base_url, holding

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """Say what is here and how to open it."""
    held = holding()
    page = render_template(
        "home.html",
        base=base_url(),
        release=held.release,
        spectra=describe.count_spectra(held),
        schemas=[s for s in describe.list_schemas(held) if s.name != "tap_schema"],
        examples=[(e, _run_url(e.query)) for e in describe.make_examples(held)],
    )
    response = Response(page)
    response.add_etag()
    response.make_conditional(request)
    return response


def _run_url(query: str) -> str:
    return f"{base_url()}/tap/sync?" + urlencode({"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})
