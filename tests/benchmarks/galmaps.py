"""The catalogue of 150,000 galaxies on which services are compared, as galmaps.galaxies."""

import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.service import ODDSKY
from tests.support.shared import SHARED

TABLE = "galmaps.galaxies"


@cache
def published_catalogue() -> Path:
    """Make the catalogue and publish it; return the directory of the release."""
    folder = Path(tempfile.gettempdir()) / "oddsky-galmaps"
    table, root = folder / "galaxies.fits", folder / "release"
    if not (root / "current").exists():
        folder.mkdir(exist_ok=True)
        script = str(SHARED / "bench" / "make_catalogue.py")
        subprocess.run([sys.executable, script, str(table)], check=True, capture_output=True)
        command = [ODDSKY, "publish", table, "--into", root, "--name", TABLE, "--draft"]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return root
