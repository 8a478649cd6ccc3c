"""HTTP for every address: open to pages of other sites, HEAD runs nothing, 304 saves a query."""

import hashlib
import re
from collections.abc import Callable
from importlib.metadata import version

from flask import Flask, Response, request

from vo_service.web.context import base_url, context, holding
from vo_service.web.params import Params

VERSION = version("oddsky")
PREFLIGHT_SECONDS = 86_400
EXPOSED_HEADERS = "Content-Disposition, ETag, Location, Oddsky-Unknown-Ids, Retry-After"

CHANGEABLE = re.compile(r"rand(om)?\s*\(|_random\s*\(", re.IGNORECASE)
"""Functions whose values differ from call to call: their answers have no tag."""


def register(app: Flask) -> None:
    """Open all answers of an app to pages of other sites."""
    app.after_request(_open_to_pages)


def conditional(make: Callable[[], Response], strong: bool = False) -> Response:
    """Answer 304 when the client has the answer already; else make it and tag it.

    The tag is known before anything is run: it names the release, the settings and the request.

    Parameters
    ----------
    make : callable
        Called when there is something to send.
    strong : bool
        Whether the same request has the same answer to the last byte.
    """
    if request.method not in ("GET", "HEAD") or _may_change():
        return make()
    tag = _tag()
    known = request.if_none_match.contains_weak(tag)
    response = Response(status=304) if known else make()
    response.set_etag(tag, weak=not strong)
    # A new release changes the answer at any time: caches must ask.
    response.headers["Cache-Control"] = "no-cache"
    return response


def wanted_rows(params: Params) -> int | None:
    """Return MAXREC; a HEAD wants no row, so that no query is run to be thrown away."""
    asked = params.count("MAXREC")
    return 0 if request.method == "HEAD" else asked


def _may_change() -> bool:
    """Whether the same request may be answered differently by the same release."""
    params = Params()
    return bool(params.given("UPLOAD") or CHANGEABLE.search(params.text("QUERY") or ""))


def _tag() -> str:
    release = holding().release
    asked = sorted((name.upper(), values) for name, values in request.args.lists())
    facts = (
        VERSION,
        release.number,
        release.created,
        context().settings,
        base_url(),
        request.path,
        asked,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _open_to_pages(response: Response) -> Response:
    """Let pages of other sites ask and read (CORS): all answers are public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        asked = request.headers.get("Access-Control-Request-Headers", "")
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = asked or "*"
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
