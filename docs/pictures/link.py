"""Take the pictures of docs/link.md from the real TOPCAT and Aladin, clicked by a real pointer.

    PYTHONPATH=. python docs/pictures/link.py http://localhost:8080

Needs the programs that the tests drive (see .ci/run) and ../shared beside the checkout. The
pictures here show 700 real spectra of SDSS DR14.
"""

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.desktop import Desktop, is_red, linked_desktop, until

FOLDER = Path(__file__).parent
PLOT_SIZE = (550, 750)
MAP_LEFT, SPECTRUM_LEFT = 905, 1458
SHOWN = (0, 0, SPECTRUM_LEFT + PLOT_SIZE[0] + 4, 780)
"""Left, top, right and bottom of the screen that a picture shows [pixel]."""

RECTANGLE = [(300, 250), (450, 350), (660, 480)]
"""Corners dragged in Aladin, over the Perseus cluster [pixel]."""


def main(service: str) -> None:
    """Show a click, a lasso and a rectangle, on all sides."""
    with linked_desktop(service) as desktop:
        plot = desktop.open_map()
        desktop.place(plot, MAP_LEFT, 0, PLOT_SIZE)
        desktop.place(desktop.hub.wait_window("^TOPCAT$"), 0, 1060)
        _click(desktop, plot)
        _shoot(desktop, "link-click.png")
        _lasso(desktop, plot)
        _shoot(desktop, "link-lasso.png")
        _rectangle(desktop)
        _shoot(desktop, "link-rectangle.png")
        print(desktop.link.written)


def _click(desktop: Desktop, plot: int) -> None:
    points = desktop.map_points(plot)
    x, y = points[np.argmin(points @ (1, -1))]  # towards a corner, where it is easily seen
    desktop.click(plot, x, y)
    spectrum = desktop.hub.wait_window(r"^Plane Plot \(Activated\)$")
    desktop.place(spectrum, SPECTRUM_LEFT, 0, PLOT_SIZE)
    until(lambda: is_red(desktop.pixels(spectrum)).sum() > 500, 10, "TOPCAT's spectrum")
    desktop.aladin.script("zoom 90deg")


def _lasso(desktop: Desktop, plot: int) -> None:
    x, y = np.median(desktop.map_points(plot), axis=0)
    angle = np.linspace(0, 2 * np.pi, 24)
    circle = np.column_stack([x + 70 * np.cos(angle), y + 70 * np.sin(angle)])
    desktop.topcat.lasso(plot, circle.round().astype(int).tolist())


def _rectangle(desktop: Desktop) -> None:
    desktop.aladin.notify("coord.pointAt.sky", ra=49.95, dec=41.5)
    desktop.aladin.script("zoom 10deg")
    time.sleep(2)
    desktop.hub.drag(desktop.hub.wait_window("^Aladin"), RECTANGLE)


def _shoot(desktop: Desktop, name: str) -> None:
    time.sleep(2)
    path = desktop.hub.screenshot(FOLDER / name)
    Image.open(path).convert("RGB").crop(SHOWN).quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
