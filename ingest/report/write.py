"""Write the report of a run: a page and its pictures, to be opened from disk."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ingest.errors import IngestError
from ingest.report.captions import CAPTIONS
from ingest.report.found import Found, NothingToDrawError
from ingest.report.groups import draw_groups, draw_stacks
from ingest.report.isolated import draw_isolated
from ingest.report.maps import draw_region_maps, draw_whole_map
from ingest.report.overlap import draw_overlaps
from ingest.report.page import fill_page
from ingest.report.planted import draw_histograms
from ingest.report.style import save, styled
from ingest.report.thumbnails import Thumbnail, draw_thumbnails

PAGE = "report.html"
DRAWN: dict[str, Callable[[Found], Figure]] = {
    "figure-1": draw_whole_map,
    "figure-2": draw_region_maps,
    "figure-3": draw_isolated,
    "figure-5": draw_overlaps,
    "figure-6": draw_groups,
    "figure-7": draw_stacks,
    "scores": draw_histograms,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the page, or why it is not there.

    Attributes
    ----------
    name, title, caption : str
    file : str
        Empty when it could not be drawn.
    failure : str
        One sentence; empty when it was drawn.
    """

    name: str
    title: str
    caption: str
    file: str
    failure: str


def write_report(folder: Path, found: Found, run: dict[str, Any]) -> None:
    """Write the report of a finished run while its workspace is still there.

    A figure that fails costs nothing but itself: the page says what could not be drawn, and why.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    found : Found
    run : dict
        What is said of the run: `run_id`, `version`, `libraries`, `settings`, `input_digest`.

    Raises
    ------
    IngestError
        When the page cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with styled():
            pictures = [_draw(name, draw, found, folder) for name, draw in DRAWN.items()]
            thumbnails, failure = _draw_thumbnails(found, folder)
        text = fill_page(found, run, pictures, thumbnails, failure)
        (folder / PAGE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise IngestError(f"The report cannot be written: {error.strerror}.") from error


def _draw(name: str, draw: Callable[[Found], Figure], found: Found, folder: Path) -> Picture:
    title, caption = CAPTIONS[name]

    def make() -> str:
        save(draw(found), folder / f"{name}.png")
        return f"{name}.png"

    file, failure = _attempt(title, make, "")
    return Picture(name, title, caption, file, failure)


def _draw_thumbnails(found: Found, folder: Path) -> tuple[dict[str, list[Thumbnail]], str]:
    return _attempt("The strangest spectra", lambda: draw_thumbnails(found, folder), {})


def _attempt(title: str, make: Callable[[], Any], otherwise: Any) -> tuple[Any, str]:
    """Make something; what fails is told in a sentence, its cause in the log."""
    try:
        return make(), ""
    except NothingToDrawError as error:
        return otherwise, f"“{title}” is not drawn: {error}."
    except OSError:
        raise
    except Exception as error:  # A picture must not cost the run, whatever is wrong with it.
        _log.exception("The report's '%s' could not be drawn.", title)
        kind = type(error).__name__
        return otherwise, f"“{title}” could not be drawn ({kind}); the log of the run has more."
