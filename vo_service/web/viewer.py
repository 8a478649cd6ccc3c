"""The spectrum viewer: its page, what it asks of the release, and BokehJS, which draws."""

import dataclasses
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import orjson
from flask import Blueprint, Response, send_from_directory, url_for

from vo_service.errors import FatalError, NotFoundError, UsageError
from vo_service.services.describe_object import parse_obj_id
from vo_service.services.guide import (
    DEFAULT_COUNT,
    default_list,
    read_guide,
    write_list_query,
)
from vo_service.services.object_queries import query_named
from vo_service.services.survey_tables import SurveyTables
from vo_service.web.context import base_url, holding
from vo_service.web.http import conditional
from vo_service.web.page import show_page
from vo_service.web.params import Params

blueprint = Blueprint("viewer", __name__, url_prefix="/viewer")

BOKEH_FILES = ("bokeh.min.js", "bokeh-api.min.js")
BOKEH_SECONDS = 31_536_000
"""The address holds the version, so a browser need not ask again for a year."""

SAMP_HUB = "http://localhost:21012 http://127.0.0.1:21012"
"""Where a page finds the hub, and what the hub fetches for it (SAMP 1.3, section 5)."""

MOST_IDS = 1000
MODULES = Path(__file__).parent / "static" / "viewer"


@blueprint.get("")
def viewer() -> Response:
    """Show the spectra that ID, QUERY or DETECTOR name; without any, the strangest."""
    return conditional(_page)


@blueprint.get("/guide")
def guide() -> Response:
    """Tell regions, lines and top lists of the release, as JSON."""
    return conditional(_guide)


@blueprint.get("/bokeh-<wanted>/<name>")
def bokeh(wanted: str, name: str) -> Response:
    """Send a file of BokehJS as the installed package has it."""
    if wanted != version("bokeh") or name not in BOKEH_FILES:
        raise NotFoundError(f"There is no {name[:40]} of Bokeh {wanted[:20]} here.")
    response = send_from_directory(_bokeh_folder(), name, max_age=BOKEH_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


def _page() -> Response:
    params = Params()
    count = params.count("TOP")
    held, told = holding(), read_guide(holding())
    ids = [str(parse_obj_id(text)) for text in _split(params.texts("ID"))]
    if len(ids) > MOST_IDS:
        raise UsageError(f"ID is given {len(ids)} times; give {MOST_IDS} at most, or a QUERY.")
    query, listed = params.text("QUERY"), None
    if query is None and ids:
        query = query_named(SurveyTables.find(held.release), ids)
    elif query is None:
        listed = params.text("DETECTOR") or default_list(held)
        query = write_list_query(held, listed, count)
    return show_page(
        "viewer.html",
        reaching=SAMP_HUB,
        base=base_url(),
        named=query_named(SurveyTables.find(held.release), ["{ids}"]),
        ids=ids,
        query=query,
        listed=listed,
        count=count or DEFAULT_COUNT,
        lists=[name for name, _ in told.ranks],
        orders=told.orders,
        families=list(dict.fromkeys(line.family for line in told.lines)),
        modules=sorted(str(path.relative_to(MODULES)) for path in MODULES.rglob("*.js")),
        bokeh=[url_for("viewer.bokeh", wanted=version("bokeh"), name=n) for n in BOKEH_FILES],
    )


def _guide() -> Response:
    told = dataclasses.asdict(read_guide(holding()))
    return Response(orjson.dumps(told), mimetype="application/json")


def _split(texts: list[str]) -> list[str]:
    """Return the identifiers of all values, each of which may list several."""
    return [piece for text in texts for piece in text.replace(",", " ").split()]


@cache
def _bokeh_folder() -> Path:
    """Find BokehJS without importing Bokeh, which takes a second."""
    found = find_spec("bokeh")
    if found is None or found.origin is None:
        raise FatalError("The viewer needs BokehJS; pip install bokeh.")
    return Path(found.origin).parent / "server" / "static" / "js"
