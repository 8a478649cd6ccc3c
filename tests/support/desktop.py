"""The real TOPCAT and Aladin on a screen of their own, linked by `oddsky link`.

What they show is judged from outside: by what they say on the hub, by Aladin's own scripts, and by
the pixels of their windows.
"""

import importlib.util
import io
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pyvo
from astropy.table import Table
from PIL import Image
from scipy import ndimage

from tests.support.service import ODDSKY
from tests.support.shared import missing, shared_path

SCREEN = (2020, 1080)
ALADIN_VIEW = (272, 95, 660, 500)
"""Where Aladin 12 draws the sky: left, top, right, bottom [pixel of its window]."""

MARKER_SHARES = (0.9, 1.1)
"""A blob of this share of the median area is one marker that no other touches."""


def load_harness() -> ModuleType:
    """Return the module that starts the programs; skip without it."""
    path = shared_path("tools/vo_clients.py")
    spec = importlib.util.spec_from_file_location("vo_clients", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["vo_clients"] = module
    spec.loader.exec_module(module)
    return module


def until(test: Callable[[], object], seconds: float = 20, what: str = "") -> object:
    """Wait until a test is true and return its value; fail when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := test():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what or 'what was waited for'} did not come in {seconds} s")


class LinkProcess:
    """`oddsky link`, run as a user does."""

    def __init__(self, service: str, environment: dict, log: Path, *options: str):
        self.log = log
        command = [str(ODDSKY), "link", "--service", service, *options]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                env=environment | {"COLUMNS": "200"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def written(self) -> str:
        return self.log.read_text()

    def wait_for(self, sentence: str, seconds: float = 60, times: int = 1) -> None:
        """Wait until the link has written a sentence so often."""
        deadline = time.monotonic() + seconds
        while self.written.count(sentence) < times:
            assert time.monotonic() < deadline, f"no '{sentence}' ({times}) in: {self.written}"
            time.sleep(0.05)

    def clicked(self) -> list[int]:
        """Return the obj_ids that the terminal told, the last one last."""
        return [int(i) for i in re.findall(r"obj_id (\d+), from", self.written)]

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit status."""
        self.process.send_signal(2)
        return self.process.wait(20)


class _Patient:
    """Asks a program again: pyvo's hub gives a message up that a busy one refuses ten times."""

    def __init__(self, program: object, error: type[Exception], tries: int = 3):
        self._program, self._error, self._tries = program, error, tries

    def __getattr__(self, name: str) -> object:
        value = getattr(self._program, name)
        return self._asking(value) if callable(value) else value

    def _asking(self, ask: Callable) -> Callable:
        def again(*args: object, **named: object) -> object:
            for _ in range(self._tries - 1):
                try:
                    return ask(*args, **named)
                except self._error:
                    time.sleep(1)
            return ask(*args, **named)

        return again


class Desktop:
    """TOPCAT, Aladin and the link on one hub.

    Attributes
    ----------
    objects : Table
        The linked objects by obj_id, as a TAP query of our own gives them.
    """

    def __init__(self, harness: ModuleType, hub: object, stack: ExitStack, service: str):
        self.harness, self.hub, self.service = harness, hub, service
        self.topcat = stack.enter_context(harness.topcat(hub))
        aladin = stack.enter_context(harness.aladin(hub))
        self.aladin = _Patient(aladin, harness.ClientError)
        self.link = LinkProcess(service, hub.env, Path(hub.dir) / "link.log", "--no-viewer")
        stack.callback(self.link.process.kill)
        self.link.wait_for("TOPCAT has")
        self.link.wait_for("Aladin has")
        query = "SELECT obj_id, name, ra, dec, d4000_x, d4000_y, spectrum_url FROM oddsky.objects"
        self.objects: Table = pyvo.dal.TAPService(f"{service}/tap").search(query).to_table()
        self.objects.add_index("obj_id")

    def open_map(self) -> int:
        """Open TOPCAT's plane plot beside Aladin; return the window."""
        plot = self.topcat.plane_plot()
        self.place(plot, 905, 0)
        self.place(self.hub.wait_window("^TOPCAT$"), 905, 800)
        time.sleep(1.5)
        return plot

    def place(self, window: int, x: int, y: int, size: tuple[int, int] | None = None) -> None:
        """Move a window, and size it."""
        if size:
            self.hub.xdotool("windowsize", "--sync", window, *size)
        self.hub.xdotool("windowmove", "--sync", window, x, y)

    def pixels(self, window: int) -> np.ndarray:
        """Return a window's picture, uint8 of shape (height, width, 3)."""
        return pixels(self.hub, window)

    def map_points(self, plot: int) -> np.ndarray:
        """Return the pixels (x, y) of the map's markers that no other touches."""
        pixels = self.pixels(plot)
        red = is_red(pixels)
        inside = np.zeros_like(red)
        inside[_frame(pixels)] = red[_frame(pixels)]
        return _single_markers(inside)

    def sky_points(self, window: int) -> np.ndarray:
        """Return the pixels (x, y) of Aladin's markers that no other touches."""
        red = is_red(self.pixels(window))
        left, top, right, bottom = ALADIN_VIEW
        inside = np.zeros_like(red)
        inside[top:bottom, left:right] = red[top:bottom, left:right]
        return _single_markers(inside)

    def click(self, window: int, x: float, y: float) -> int:
        """Click on a marker; return the obj_id that the terminal tells."""
        told = len(self.link.clicked())
        self.hub.click(window, round(x), round(y))
        until(lambda: len(self.link.clicked()) > told, 10, "the click in the terminal")
        return self.link.clicked()[told]

    def aladin_points_at(self, obj_id: int) -> bool:
        """Return whether Aladin's reticle is on the galaxy, to 0.2 arcsec."""
        row = self.objects.loc[obj_id]
        ra, dec = self.aladin.position()
        offset = np.hypot((ra - row["ra"]) * np.cos(np.radians(dec)), dec - row["dec"])
        return offset * 3600 < 0.2

    def marks(self, plot: int, x: float, y: float) -> bool:
        """Return whether TOPCAT's plot has its ring and cross hairs around a pixel."""
        column, row = round(x), round(y)
        box = self.pixels(plot)[row - 12 : row + 13, column - 12 : column + 13].max(axis=2)
        return int((box < 60).sum()) > 25

    def place_on_plot(self, clicks: dict[int, tuple[float, float]]) -> Callable[[int], np.ndarray]:
        """Return the pixel of an object, learned from clicks whose objects are known."""
        rows = [self.objects.loc[obj_id] for obj_id in clicks]
        known = np.array([[r["d4000_x"], r["d4000_y"], 1] for r in rows])
        affine, *_ = np.linalg.lstsq(known, np.array(list(clicks.values())), rcond=None)

        def pixel(obj_id: int) -> np.ndarray:
            row = self.objects.loc[obj_id]
            return np.array([row["d4000_x"], row["d4000_y"], 1]) @ affine

        return pixel


@contextmanager
def linked_desktop(service: str) -> Iterator[Desktop]:
    """Start all of it; skip when a program is missing."""
    harness = load_harness()
    with ExitStack() as stack:
        try:
            hub = stack.enter_context(harness.hub(size=SCREEN))
            yield Desktop(harness, hub, stack, service)
        except harness.ClientNotInstalled as error:
            missing(str(error))


def pixels(hub: object, window: int) -> np.ndarray:
    """Return a window's picture, uint8 of shape (height, width, 3)."""
    command = ["import", "-display", hub.display, "-window", str(window), "png:-"]
    png = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def is_red(pixels: np.ndarray) -> np.ndarray:
    """Return where a picture has the red of a marker."""
    return (pixels[..., 0] > 200) & (pixels[..., 1] < 60) & (pixels[..., 2] < 60)


def _frame(pixels: np.ndarray) -> tuple[slice, slice]:
    """Return the inside of a plot: between its longest dark lines."""
    dark = pixels.max(axis=2) < 60
    rows = np.flatnonzero(dark.sum(axis=1) > 0.4 * dark.shape[1])
    columns = np.flatnonzero(dark.sum(axis=0) > 0.2 * dark.shape[0])
    return slice(rows[0], rows[-1]), slice(columns[0], columns[-1])


def _single_markers(red: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(red, np.ones((3, 3)))
    index = np.arange(1, count + 1)
    area = ndimage.sum(red, labels, index)
    large = area > 5
    low, high = np.array(MARKER_SHARES) * np.median(area[large])
    centres = np.array(ndimage.center_of_mass(red, labels, index))
    return centres[(area >= low) & (area <= high)][:, ::-1]
