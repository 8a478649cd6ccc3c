"""Take the picture of docs/links.md from the real TOPCAT.

    PYTHONPATH=. python docs/pictures/links.py http://localhost:8080

Needs the programs that the tests drive (see .ci/run) and ../shared beside the checkout.
"""

import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from tests.support.topcat import INVOKE_BUTTON, started_topcat

PICTURE = Path(__file__).with_name("links-topcat.png")
SIZE = (900, 660)


def main(service: str) -> None:
    """Show the links of a row."""
    with started_topcat() as topcat:
        actions = topcat.select_action(topcat.load(service, "obj_id, name, datalink_url"))
        window = topcat.press(actions, "View Datalink Table", INVOKE_BUTTON)
        topcat.hub.xdotool("windowsize", "--sync", window, *SIZE)
        topcat.hub.drag(window, [(400, 156), (400, 420)])  # the bar below the table
        time.sleep(2)
        command = ["import", "-display", topcat.hub.display, "-window", str(window), str(PICTURE)]
        subprocess.run(command, check=True, timeout=30)
    Image.open(PICTURE).convert("RGB").quantize(64).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
