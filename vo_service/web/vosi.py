"""VOSI 1.1: capabilities, tables and availability of the TAP service."""

from flask import Blueprint, Response, render_template, request

from vo_service.errors import UsageError
from vo_service.services import describe
from vo_service.web.context import base_url, context, holding
from vo_service.web.params import Params

blueprint = Blueprint("vosi", __name__, url_prefix="/tap")


@blueprint.get("/capabilities")
def capabilities() -> Response:
    """List what the service can do, computed from what does it."""
    return _xml(
        "capabilities.xml",
        base=base_url(),
        formats=describe.list_formats(),
        features=describe.list_features(),
        settings=context().settings,
    )


@blueprint.get("/availability")
def availability() -> Response:
    """Say that the service is up."""
    return _xml("availability.xml")


@blueprint.get("/tables")
def tables() -> Response:
    """Describe all tables; detail=min leaves out their columns."""
    detail = (Params().text("DETAIL") or "max").lower()
    if detail not in ("min", "max"):
        raise UsageError(f"detail is '{detail[:20]}'; it must be min or max.")
    schemas = describe.list_schemas(holding())
    return _xml("tables.xml", schemas=schemas, with_columns=detail == "max")


@blueprint.get("/tables/<name>")
def table(name: str) -> Response:
    """Describe one table."""
    return _xml("table.xml", table=describe.find_table(holding(), name))


def _xml(template: str, **values: object) -> Response:
    response = Response(render_template(template, **values), content_type="text/xml; charset=utf-8")
    if template != "availability.xml":
        response.add_etag()
    response.make_conditional(request)
    return response
