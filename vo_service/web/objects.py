"""The page of an object, the same as JSON, and the way to it by name or position."""

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, Response, url_for

from vo_service.errors import UsageError
from vo_service.services.density import draw_density, find_densities
from vo_service.services.describe_object import (
    ObjectDescription,
    Place,
    Row,
    describe_object,
    parse_obj_id,
)
from vo_service.services.find_objects import MOST_FOUND, find_objects
from vo_service.services.guide import read_guide
from vo_service.services.sky_links import list_pictures, list_sky_links
from vo_service.web.context import base_url, holding
from vo_service.web.examples import run_url
from vo_service.web.http import conditional
from vo_service.web.object_json import as_json
from vo_service.web.page import show_page
from vo_service.web.params import Params
from vo_service.web.plots import Plot, make_plot
from vo_service.web.shown import show, show_sexagesimal, show_share, show_unit

blueprint = Blueprint("objects", __name__, url_prefix="/objects")

FORMATS = ("html", "json")

for _write in (show, show_unit, show_sexagesimal, show_share):
    blueprint.add_app_template_filter(_write)


@blueprint.get("")
def find() -> Response:
    """Lead to the object that Q names, or list those that fit."""
    return conditional(_find)


@blueprint.get("/<obj_id>")
def describe(obj_id: str) -> Response:
    """Show all that is known of an object."""
    return conditional(lambda: _describe(obj_id))


@blueprint.get("/maps/<name>.png")
def density(name: str) -> Response:
    """Draw where all objects lie on a map, to be laid behind one of them."""
    return conditional(lambda: Response(draw_density(holding(), name), mimetype="image/png"))


def _find() -> Response:
    text = Params().text("Q") or ""
    found = find_objects(holding(), text)
    if len(found) == 1:
        address = url_for("objects.describe", obj_id=found[0]["id"])
        return Response(status=302, headers={"Location": address})
    return show_page(
        "found.html", found=found[:MOST_FOUND], has_more=len(found) > MOST_FOUND, text=text
    )


def _describe(obj_id: str) -> Response:
    wanted = (Params().text("RESPONSEFORMAT", "FORMAT") or "html").lower()
    if wanted not in FORMATS:
        raise UsageError(f"RESPONSEFORMAT '{wanted[:40]}' is not known; use html or json.")
    described = describe_object(holding(), parse_obj_id(obj_id), base_url())
    if wanted == "json":
        return Response(as_json(described), mimetype="application/json")
    return _page(described)


def _page(described: ObjectDescription) -> Response:
    ra, dec = described.value("ra"), described.value("dec")
    has_position = ra is not None and dec is not None
    rows = groupby(described.similar, key=lambda row: row["region"])
    similar = {region: list(members) for region, members in rows}
    return show_page(
        "object.html",
        base=base_url(),
        object=described,
        regions={r.name: r for r in read_guide(holding()).regions},
        similar=similar,
        maps=_plots(described.regions, similar),
        elsewhere={r: _plots(p, {}) for r, p in described.elsewhere.items()},
        planes=_plots(described.planes, {}),
        sky_links=list_sky_links(ra, dec) if has_position else (),
        pictures=list_pictures(ra, dec) if has_position else (),
        run_url=run_url,
    )


def _plots(places: Sequence[Place], similar: dict[str, list[Row]]) -> list[Plot]:
    densities = find_densities(holding())
    drawn = [p for p in places if p.name in densities]
    return [make_plot(p, densities[p.name], similar.get(p.name, ())) for p in drawn]
