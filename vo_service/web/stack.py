"""Stacks of ordered groups of spectra."""

import re

from flask import Blueprint, Response

from vo_service.errors import UsageError
from vo_service.services.read_uploads import gather_uploads, parse_uploads
from vo_service.services.stack_request import Direction, Point, StackRequest
from vo_service.services.stack_spectra import stack_spectra
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional, wanted_rows
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("stack", __name__)

LEFT_OUT = "Oddsky-Left-Out"
"""Says what is in no stack, for formats that cannot."""

SHOWN = ("vot", "png", "svg")


@blueprint.route("/stack", methods=["GET", "POST"])
def stack() -> Response:
    """Answer with the stacks of a selection."""
    return conditional(_answer)


def _answer() -> Response:
    made = stack_spectra(_read_request(Params()), holding(), context().settings)
    response = stream(made.answer, "stacks", as_file=made.answer.extension not in SHOWN)
    if made.left_out:
        # What a client sent may stand in it, and a header holds printable ASCII alone.
        said = "; ".join(map(str, made.left_out))
        response.headers[LEFT_OUT] = re.sub(r"[^\x20-\x7e]", "?", said)
    return response


def _read_request(params: Params) -> StackRequest:
    sources = parse_uploads(params.texts("UPLOAD"))
    return StackRequest(
        ids=_list(params, "ID"),
        query=params.text("QUERY"),
        uploads=gather_uploads(sources, params.files(), context().settings),
        order=params.text("ORDER"),
        direction=_direction(params),
        groups=params.count("GROUPS"),
        regions=_list(params, "REGION") or ("whole",),
        norm=(params.text("NORM") or "region").lower(),
        max_rows=wanted_rows(params),
        response_format=params.text("RESPONSEFORMAT", "FORMAT"),
        base_url=base_url(),
    )


def _list(params: Params, name: str) -> tuple[str, ...]:
    """Return the values of a parameter that is repeated or holds commas."""
    values = (v.strip() for text in params.texts(name) for v in text.split(","))
    return tuple(v for v in values if v)


def _direction(params: Params) -> Direction | None:
    name, start, end = params.text("MAP"), params.text("FROM"), params.text("TO")
    if name is None and start is None and end is None:
        return None
    if name is None or start is None or end is None:
        raise UsageError("A direction needs all of MAP, FROM and TO; give MAP=nad&FROM=x,y&TO=x,y.")
    return Direction(name.lower(), _point("FROM", start), _point("TO", end))


def _point(name: str, text: str) -> Point:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{name} is '{text[:40]}'; it must be two numbers, x,y.") from error
    return x, y
