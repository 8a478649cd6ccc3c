"""The records of the service, each at its URL and to be harvested (OAI-PMH 2.0)."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, render_template, request

from vo_service.services import describe
from vo_service.services.capabilities import list_capabilities
from vo_service.services.coverage import find_coverage
from vo_service.services.harvest import FORMATS, MANAGED, HarvestError, harvest
from vo_service.services.registry import describe_curation, find_record, list_records
from vo_service.services.simple_capabilities import list_simple_capabilities
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional

blueprint = Blueprint("registry", __name__)

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
WITHOUT_ARGUMENTS = ("badVerb", "badArgument")
"""Faults whose answers repeat no arguments (OAI-PMH 2.0, section 3.2)."""


@blueprint.get("/registry")
@blueprint.get("/registry/<name>")
def record(name: str = "record") -> Response:
    """Show the record of a resource; without a name that of the service."""
    return conditional(lambda: _record(name))


@blueprint.route("/oai", methods=["GET", "POST"])
def oai() -> Response:
    """Hand the records to a harvester."""
    settings, updated = context().settings, holding().release.created
    given: dict[str, list[str]] = {}
    for source in (request.args, request.form):
        for name, values in source.lists():
            given.setdefault(name, []).extend(values)
    records = list_records(settings)
    arguments = {name: values[0] for name, values in given.items()}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        found = harvest(given, records, updated)
    except HarvestError as error:
        told = {} if error.code in WITHOUT_ARGUMENTS else arguments
        return _xml("registry/oai.xml", now=now, arguments=told, error=error)
    needed = _facts() if found.prefix == "ivo_vor" and found.verb != "ListIdentifiers" else {}
    return _xml(
        "registry/oai.xml",
        now=now,
        verb=found.verb,
        arguments=found.arguments,
        records=found.records,
        prefix=found.prefix,
        registry=records[-1],
        managed=MANAGED,
        formats=FORMATS,
        **needed,
    )


@blueprint.get("/cone/capabilities", defaults={"protocol": "cone"})
@blueprint.get("/ssa/capabilities", defaults={"protocol": "ssa"})
def simple_capabilities(protocol: str) -> Response:
    """List what a simple protocol can do."""
    return conditional(lambda: _simple_capabilities(protocol))


def _simple_capabilities(protocol: str) -> Response:
    simple = list_simple_capabilities(holding(), context().settings)
    return _xml("registry/simple_capabilities.xml", protocol=protocol, simple=simple)


def _record(name: str) -> Response:
    found = find_record(context().settings, name)
    needed = _facts() if name == "record" else {}
    return _xml(f"registry/{name}.xml", DECLARATION, record=found, **needed)


def _facts() -> dict[str, Any]:
    """Return what the record of the service tells beside what all records do."""
    held, settings = holding(), context().settings
    return {
        "tap": list_capabilities(held, settings),
        "simple": list_simple_capabilities(held, settings),
        "coverage": find_coverage(held),
        "schemas": describe.list_schemas(held),
    }


def _xml(template: str, declaration: str = "", **values: object) -> Response:
    text = declaration + render_template(
        template,
        base=base_url(),
        curation=describe_curation(context().settings),
        updated=holding().release.created,
        **values,
    )
    return Response(text, content_type="text/xml; charset=utf-8")
