"""VOSI 1.1: capabilities, tables and availability of the TAP service."""

from flask import Blueprint, Response, render_template

from vo_service.errors import OddskyError, UsageError
from vo_service.services import describe
from vo_service.services.capabilities import list_capabilities
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional
from vo_service.web.params import Params

blueprint = Blueprint("vosi", __name__, url_prefix="/tap")


@blueprint.get("/capabilities")
def capabilities() -> Response:
    """List what the service can do, computed from what does it."""
    return conditional(_capabilities)


@blueprint.get("/availability")
def availability() -> Response:
    """Say that the service is up, since when, and with which release."""
    since = context().up_since.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        release = holding().release
        note = f"Release {release.number} of {release.created}"
    except OddskyError as error:
        return _xml("availability.xml", available="false", up_since=since, note=str(error))
    return _xml("availability.xml", available="true", up_since=since, note=note)


@blueprint.get("/tables")
def tables() -> Response:
    """Describe all tables; detail=min leaves out their columns."""
    return conditional(_tables)


@blueprint.get("/tables/<name>")
def table(name: str) -> Response:
    """Describe one table."""
    return conditional(lambda: _xml("table.xml", table=describe.find_table(holding(), name)))


def _capabilities() -> Response:
    tap = list_capabilities(holding(), context().settings)
    return _xml("capabilities.xml", base=base_url(), tap=tap)


def _tables() -> Response:
    detail = (Params().text("DETAIL") or "max").lower()
    if detail not in ("min", "max"):
        raise UsageError(f"detail is '{detail[:20]}'; it must be min or max.")
    schemas = describe.list_schemas(holding())
    return _xml("tables.xml", schemas=schemas, with_columns=detail == "max")


def _xml(template: str, **values: object) -> Response:
    text = render_template(template, **values)
    return Response(text, content_type="text/xml; charset=utf-8")
