"""Take the pictures of TOPCAT's own windows for docs/query.md and docs/discover.md.

    PYTHONPATH=. python docs/pictures/topcat.py http://localhost:8080

Needs the programs that the tests drive (see .ci/run) and ../shared beside the checkout. The
pictures here show 700 real spectra of SDSS DR14.
"""

import sys
import time
from pathlib import Path

from PIL import Image

from tests.support.desktop import is_red, pixels, until
from tests.support.topcat import (
    INVOKE_BUTTON,
    OK_BUTTON,
    PLOT_TABLE,
    SSA,
    TAP_SIZE,
    TapWindow,
    Topcat,
    started_topcat,
)

FOLDER = Path(__file__).parent
KEEP_OPEN = (30, 41)
OBJECTS_TABLE, COLUMNS_TAB = (127, 423), (512, 124)
FORM_SIZE, PLOT_SIZE = (620, 686), (550, 686)
TITLE_HEIGHT, BORDER = 26, 2


def main(service: str) -> None:
    """Show a query by TAP, and spectra found by SSA."""
    with started_topcat() as topcat:
        _find_spectra(topcat, f"{service}/ssa")
        _ask(topcat, f"{service}/tap")


def _find_spectra(topcat: Topcat, url: str) -> None:
    form = topcat.open(SSA)
    topcat.hub.click(form, *KEEP_OPEN)
    topcat.fill(form, url, "150.1", "20.9", "20")
    topcat.hub.click(form, *OK_BUTTON)
    actions = topcat.select_action(topcat.next_table(), PLOT_TABLE)
    plot = topcat.press(actions, "Plane Plot (Activated)", INVOKE_BUTTON)
    topcat.hub.xdotool("windowsize", "--sync", plot, *PLOT_SIZE)
    topcat.hub.xdotool("windowmove", "--sync", plot, FORM_SIZE[0] + BORDER, 0)
    topcat.hub.xdotool("windowraise", form, "windowraise", plot)
    until(lambda: is_red(pixels(topcat.hub, plot)[:400]).sum() > 500, 20, "the spectrum")
    width = FORM_SIZE[0] + PLOT_SIZE[0] + 2 * BORDER
    _shoot(topcat, "topcat-ssa.png", (width, FORM_SIZE[1] + TITLE_HEIGHT))


def _ask(topcat: Topcat, url: str) -> None:
    window = TapWindow(topcat, url)
    time.sleep(2)
    topcat.hub.click(window.window, *OBJECTS_TABLE)
    topcat.hub.click(window.window, *COLUMNS_TAB)
    window.choose_example()
    width, height = TAP_SIZE
    _shoot(topcat, "topcat-tap.png", (width + BORDER, height + TITLE_HEIGHT))


def _shoot(topcat: Topcat, name: str, size: tuple[int, int]) -> None:
    time.sleep(2)
    path = topcat.hub.screenshot(FOLDER / name)
    Image.open(path).convert("RGB").crop((0, 0, *size)).quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
