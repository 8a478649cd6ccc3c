"""The examples of TAP: a page for people, with RDFa for programs (DALI 1.1, section 2.3)."""

from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template

from vo_service.services.examples import Example, make_examples
from vo_service.web.context import base_url, holding
from vo_service.web.http import conditional

blueprint = Blueprint("examples", __name__, url_prefix="/tap")

LinkedExample = tuple[Example, str]
"""An example, and the address that runs it."""


@blueprint.get("/examples")
def examples() -> Response:
    """Show all worked queries."""
    return conditional(_page)


def link_examples(examples: Iterable[Example]) -> list[LinkedExample]:
    """Add to examples the addresses that run them."""
    return [(example, run_url(example.query)) for example in examples]


def run_url(query: str) -> str:
    """Return the address that runs a query and gives CSV."""
    return f"{base_url()}/tap/sync?" + urlencode({"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})


def _page() -> Response:
    linked = link_examples(make_examples(holding()))
    groups = [(name, list(members)) for name, members in groupby(linked, lambda e: e[0].group)]
    page = render_template("examples.html", base=base_url(), groups=groups, count=len(linked))
    return Response(page, content_type="application/xhtml+xml; charset=utf-8")
