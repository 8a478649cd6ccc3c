"""Pages and pictures elsewhere that show a position on the sky."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

PICTURE_PIXELS = 400
PICTURE_DEG = 0.0167
"""A side of 60 arcsec: a galaxy and what is next to it."""

SEARCH_ARCSEC = 10
VIEW_DEG = 0.05
PICTURE_HOST = "alasky.cds.unistra.fr"
CUT_OUTS = f"{PICTURE_HOST}/hips-image-services/hips2fits"
PICTURES = (
    ("SDSS", "a third of the sky", "CDS/P/SDSS9/color"),
    ("DESI Legacy", "half of the sky, deeper", "CDS/P/DESI-Legacy-Surveys/DR10/color"),
    ("DSS", "all of the sky, photographic", "CDS/P/DSS2/color"),
)
"""Name, what it covers, and the name of the picture survey at the CDS."""


@dataclass(frozen=True, slots=True)
class SkyLink:
    """A page elsewhere.

    Attributes
    ----------
    name, about, url : str
    """

    name: str
    about: str
    url: str


def list_sky_links(ra: float, dec: float) -> tuple[SkyLink, ...]:
    """Return the pages about a position, ICRS [deg]."""
    place = f"{ra:.6f} {dec:+.6f}"
    simbad = {"Coord": place, "Radius": SEARCH_ARCSEC, "Radius.unit": "arcsec"}
    ned = {
        "search_type": "Near Position Search",
        "RA": f"{ra:.6f}d",
        "DEC": f"{dec:.6f}d",
        "SR": f"{SEARCH_ARCSEC / 60:.4f}",
    }
    esasky = {"target": place, "fov": VIEW_DEG, "cooframe": "J2000"}
    aladin = {"target": place, "fov": VIEW_DEG}
    pages = (
        ("SIMBAD", "names and references", "simbad.cds.unistra.fr/simbad/sim-coo", simbad),
        ("NED", "galaxies and redshifts", "ned.ipac.caltech.edu/conesearch", ned),
        ("ESASky", "all wavelengths", "sky.esa.int/esasky/", esasky),
        ("Aladin Lite", "pictures of the sky", "aladin.cds.unistra.fr/AladinLite/", aladin),
    )
    return tuple(SkyLink(name, about, _url(place, asked)) for name, about, place, asked in pages)


def list_pictures(ra: float, dec: float) -> tuple[SkyLink, ...]:
    """Return pictures of a position, ICRS [deg], cut out by the CDS when they are asked for."""
    asked = {
        "ra": f"{ra:.6f}",
        "dec": f"{dec:.6f}",
        "fov": PICTURE_DEG,
        "width": PICTURE_PIXELS,
        "height": PICTURE_PIXELS,
        "projection": "TAN",
        "format": "jpg",
    }
    return tuple(
        SkyLink(name, about, _url(CUT_OUTS, {"hips": hips} | asked))
        for name, about, hips in PICTURES
    )


def _url(address: str, asked: dict[str, Any]) -> str:
    return f"https://{address}?{urlencode(asked, quote_via=quote)}"
