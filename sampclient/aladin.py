"""Aladin's copy of the table, few columns of it, and the pictures of the sky behind it."""

import socket
from pathlib import Path

from sampclient.table import LinkedTable

ROLES = ("id", "name", "ra", "dec", "redshift", "consensus")

HIPS = {"sdss": "CDS/P/SDSS9/color", "desi": "CDS/P/DESI-Legacy-Surveys/DR10/color"}
"""Colour images of surveys: what lies before and beside a galaxy is seen on them alone."""

IMAGES = ("alasky.cds.unistra.fr", 443)
"""Where Aladin has its images from; where nobody answers it would tell its user of errors."""

REACH_SECONDS = 3


def write_aladin_copy(table: LinkedTable, folder: Path) -> str:
    """Write the light table; return the file's name."""
    name = f"{table.table_id}-aladin.vot"
    light = table.rows[[table.roles[role] for role in ROLES if role in table.roles]]
    light.write(folder / name, format="votable", tabledata_format="binary", overwrite=True)
    return name


def make_background_script(survey: str) -> str:
    """Return the script that shows a survey's colour images; empty when there are none of it."""
    hips = HIPS.get(survey.lower())
    return f'get hips("{hips}")' if hips else ""


def can_reach_images() -> bool:
    """Return whether the images can be fetched from here; a closed network is seen in seconds."""
    try:
        with socket.create_connection(IMAGES, REACH_SECONDS):
            return True
    except OSError:
        return False
