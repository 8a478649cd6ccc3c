"""The catalogue of 150,000 galaxies on which services are compared, published as galmaps.galaxies."""

import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.shared import SHARED

TABLE = "galmaps.galaxies"


@cache
def published_catalogue() -> Path:
    """Make the catalogue and publish it; return the directory of the release."""
    folder = Path(tempfile.mkdtemp(prefix="galmaps-"))
    return folder
