"""Which links a spectrum has: what they lead to, and how they are called.

Semantics are terms of http://www.ivoa.net/rdf/datalink/core, qualifiers of
http://www.ivoa.net/rdf/product-type; what is no data product has none.
"""

from dataclasses import dataclass
from urllib.parse import quote

from vo_service.release.release import Release
from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name

VOTABLE = "application/x-votable+xml;serialization=TABLEDATA"
TAP_VOTABLE = "application/x-votable+xml;serialization=BINARY2"
FITS = "application/fits"
PAGE = "text/html"

SIMBAD_RADIUS = 5
"""Around the object [arcsec]."""

IMAGE_SIDE, IMAGE_PIXELS = 0.015, 256
"""Of the picture of the sky [deg]."""


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A link that every spectrum has.

    Attributes
    ----------
    local : str
        Name of the link in this service, the same for all spectra.
    semantics, description : str
    url : str
        With names of `LinkFacts.values` in braces; a spectrum of which one is not known lacks the
        link.
    content_type : str
    qualifier : str
        Kind of data product, empty for what is none.
    """

    local: str
    semantics: str
    description: str
    url: str
    content_type: str
    qualifier: str = ""


SPECTRUM_KINDS = tuple(
    LinkKind(local, semantics, about, "{base}/spectra/{id}?" + query, content_type, "#spectrum")
    for local, semantics, about, query, content_type in (
        ("spectrum-votable", "#this", "Observed spectrum, as VOTable",
         "RESPONSEFORMAT=votable/td", VOTABLE),
        ("spectrum-fits", "#this", "Observed spectrum, as FITS table",
         "RESPONSEFORMAT=fits", FITS),
        ("preview-png", "#preview", "Picture of the spectrum",
         "RESPONSEFORMAT=png", "image/png"),
        ("preview-svg", "#preview-plot", "Plot of the spectrum, scalable",
         "RESPONSEFORMAT=svg", "image/svg+xml"),
        ("rest-votable", "#derivation", "Rest-frame spectrum with its model, as VOTable",
         "FRAME=rest&RESPONSEFORMAT=votable/td", VOTABLE),
        ("rest-fits", "#derivation", "Rest-frame spectrum with its model, as FITS table",
         "FRAME=rest&RESPONSEFORMAT=fits", FITS),
    )
)  # fmt: skip

REPEAT_KIND = LinkKind(
    "repeat",
    "#counterpart",
    "Another spectrum of the same source",
    "{base}/spectra/{repeat}?RESPONSEFORMAT=votable/td",
    VOTABLE,
    "#spectrum",
)
"""One for each of them."""

PAGE_KINDS = (
    LinkKind("object-page", "#documentation", "All about the object, as a page",
             "{base}/objects/{id}", PAGE),
    LinkKind("viewer", "#preview-plot", "The spectrum in a viewer with line marks",
             "{base}/viewer?ID={id}", PAGE),
    LinkKind("survey-page", "#documentation", "The survey's own page", "{explorer}", PAGE),
    LinkKind("simbad", "#documentation", "SIMBAD at the position",
             "https://simbad.cds.unistra.fr/simbad/sim-coo?Coord={ra}+{dec}&CooFrame=ICRS"
             f"&Radius={SIMBAD_RADIUS}&Radius.unit=arcsec", PAGE),
    LinkKind("esasky", "#counterpart", "ESASky at the position: what other missions saw",
             "https://sky.esa.int/esasky/?target={ra}%20{dec}&hips=DSS2+color&fov=0.05&cooframe=J2000"
             "&sci=true", PAGE),
)  # fmt: skip


def list_kinds(release: Release, objects: Table | None, image_hips: str) -> tuple[LinkKind, ...]:
    """Return the links that every spectrum of a release has, in their order."""
    similar = similar_kinds(release, objects) if objects else ()
    return (*SPECTRUM_KINDS, *similar, *PAGE_KINDS, _image_kind(image_hips))


def similar_kinds(release: Release, objects: Table) -> tuple[LinkKind, ...]:
    """Return a link to the similar objects of every region that has neighbours."""
    roles = ("id", "region", "neighbour_rank", "neighbour")
    table = next((t for t in release.tables if all(map(t.by_role, roles))), None)
    if table is None:
        return ()
    regions = (f.role.split(":")[1] for f in objects.fields if f.role.startswith("oddness:"))
    return tuple(
        LinkKind(
            f"similar-{region}",
            "#auxiliary",
            f"Similar in {region}, the most similar first",
            "{base}/tap/sync?LANG=ADQL&QUERY=" + quote(_query(table, objects, region), safe="{}"),
            TAP_VOTABLE,
        )
        for region in regions
    )


def _query(neighbours: Table, objects: Table, region: str) -> str:
    names = {f.role: f"n.{quote_name(f.name)}" for f in neighbours.fields}
    shown = [names["neighbour_rank"], names.get("neighbour_distance", names["neighbour"])]
    facts = ("id", "name", "ra", "dec", "redshift", "consensus")
    shown += [f"o.{quote_name(f.name)}" for role in facts if (f := objects.by_role(role))]
    identifier = objects.by_role("id")
    assert identifier is not None, "objects are the table that has one"
    return (
        f"SELECT {', '.join(shown)} FROM {neighbours.full_name} AS n "
        f"JOIN {objects.full_name} AS o ON o.{quote_name(identifier.name)} = {names['neighbour']} "
        f"WHERE {names['id']} = {{id}} AND {names['region']} = '{region}' "
        f"ORDER BY {shown[0]}"
    )


def _image_kind(hips: str) -> LinkKind:
    url = (
        f"https://alasky.cds.unistra.fr/hips-image-services/hips2fits?hips={quote(hips, safe='')}"
        f"&ra={{ra}}&dec={{dec}}&fov={IMAGE_SIDE}&width={IMAGE_PIXELS}&height={IMAGE_PIXELS}"
        "&projection=TAN&format=jpg"
    )
    about = f"Image of the sky around the object, from {hips}"
    return LinkKind("sky-image", "#counterpart", about, url, "image/jpeg", "#image")
