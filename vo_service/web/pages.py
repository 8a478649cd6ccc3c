"""Pages for people."""

from flask import Blueprint, Response, render_template

from vo_service.services import describe
from vo_service.services.examples import choose_headlines, make_examples
from vo_service.services.search_spectra import has_spectra
from vo_service.web.context import base_url, holding
from vo_service.web.examples import link_examples
from vo_service.web.http import conditional

blueprint = Blueprint("pages", __name__)

HEADLINES = 3


@blueprint.get("/")
def home() -> Response:
    """Say what is here and how to open it."""
    return conditional(_home)


def _home() -> Response:
    held = holding()
    examples = make_examples(held)
    page = render_template(
        "home.html",
        base=base_url(),
        release=held.release,
        spectra=describe.count_spectra(held),
        schemas=[s for s in describe.list_schemas(held) if s.name != "tap_schema"],
        examples=link_examples(choose_headlines(examples, HEADLINES)),
        example_count=len(examples),
        has_spectra=has_spectra(held),
    )
    return Response(page)
