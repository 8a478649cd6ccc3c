"""Errors as answers: the one place that knows HTTP statuses."""

import logging
import uuid

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from vo_service.errors import (
    NotFoundError,
    OddskyError,
    QueryTimeoutError,
    TooLargeError,
    TooManyError,
    TransientError,
    UsageError,
)
from vo_service.formats.error_document import MEDIA_TYPE, cone_error_document, error_document
from vo_service.services import soda_errors
from vo_service.services.find_links import fault_of

log = logging.getLogger("oddsky.web")

RETRY_SECONDS = 10

STATUSES: tuple[tuple[type[OddskyError], int], ...] = (
    (QueryTimeoutError, 408),
    (TooLargeError, 413),
    (UsageError, 400),
    (NotFoundError, 404),
    (TooManyError, 429),
    (TransientError, 503),
)
"""The first that fits counts."""


def register(app: Flask) -> None:
    """Register the handlers on the app, so that they hold for every page and protocol."""
    app.register_error_handler(OddskyError, _on_known)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unforeseen)


def status_of(error: OddskyError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def _on_known(error: OddskyError) -> Response:
    status = status_of(error)
    if status == 500:
        return _on_unforeseen(error)
    answer = _answer(str(error), status, error)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _on_http(error: HTTPException) -> Response:
    sentences = {
        404: "There is nothing at this address; the home page lists what there is.",
        405: "This address does not take that method.",
        413: "The request is too large.",
    }
    answer = _answer(
        sentences.get(error.code or 500, "The request cannot be served."), error.code or 500
    )
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _on_unforeseen(error: Exception) -> Response:
    incident = uuid.uuid4().hex[:12]
    log.error("incident %s at %s", incident, request.path, exc_info=error)
    return _answer(f"The service failed; please report incident {incident}.", 500)


def _wants_page() -> bool:
    """Whether a person asked: Java's clients accept text/html too, but no browser's XHTML."""
    protocol = request.path.startswith(("/tap", "/spectra"))
    return not protocol and "application/xhtml+xml" in request.headers.get("Accept", "")


def _answer(message: str, status: int, error: OddskyError | None = None) -> Response:
    if request.path.startswith("/cone"):
        # Simple Cone Search 1.03 knows no HTTP status: errors are answers (section 2.3).
        return Response(
            cone_error_document(message), status if status >= 500 else 200, mimetype="text/xml"
        )
    if request.path.startswith("/ssa"):
        # Nor does SSA 1.1: they have the form of DALI's (section 8.10).
        return Response(
            error_document(message), status if status >= 500 else 200, content_type=MEDIA_TYPE
        )
    if request.path.startswith("/soda"):
        text = soda_errors.label(error) if error else soda_errors.labelled(message)
        return Response(f"{text}\n", status, content_type=soda_errors.MEDIA_TYPE)
    if request.path.startswith("/links"):
        message = f"{fault_of(error)}: {message}"
    elif _wants_page():
        return Response(render_template("error.html", message=message, status=status), status)
    return Response(error_document(message), status, content_type=MEDIA_TYPE)
