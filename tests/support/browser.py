"""A real browser without a screen, that can reach this machine alone."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.shared import missing

OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HUB = "localhost:21012"
"""Where the standard puts the SAMP hub; a test puts its own there."""

DESKTOP, PHONE = (1400, 900), (390, 844)


@dataclass
class Watched:
    """A page, and what went wrong on it.

    Attributes
    ----------
    page : playwright Page
    troubles : list of str
        Errors of its scripts, what the console warns of, requests that failed.
    outside : list of str
        Addresses that are not the service's.
    """

    page: Any
    service: str
    troubles: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._on_console)
        self.page.on("requestfailed", lambda request: self.troubles.append(request.url))
        self.page.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith((self.service, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str) -> None:
        """Open an address of the service."""
        self.page.goto(self.service + path)

    def shown(self) -> str:
        """Return the obj_id that the viewer shows, once it shows any."""
        self.page.wait_for_selector("body[data-shown]")
        return self.page.evaluate("document.body.dataset.shown")

    def wait_shown(self, obj_id: str) -> None:
        """Wait until the viewer shows this one."""
        self.page.wait_for_selector(f"body[data-shown='{obj_id}']")

    def asked(self, parameter: str) -> str | None:
        """Return a parameter of the address as it stands now."""
        found = re.search(rf"[?&]{parameter}=([^&]*)", self.page.url)
        return found[1] if found else None


class Browser:
    """Chromium; each page is a visitor of its own."""

    def __init__(self, chromium: Any, service: str):
        self._chromium, self._service = chromium, service

    @contextmanager
    def visit(
        self, path: str, size: tuple[int, int] = DESKTOP, scheme: str = "light"
    ) -> Iterator[Watched]:
        """Open an address; the value is its page, closed at the end."""
        viewport = {"width": size[0], "height": size[1]}
        context = self._chromium.new_context(viewport=viewport, color_scheme=scheme)
        try:
            watched = Watched(context.new_page(), self._service)
            watched.open(path)
            yield watched
        finally:
            context.close()


@contextmanager
def running_browser(service: str, hub_port: int | None = None) -> Iterator[Browser]:
    """Start Chromium; skip when it or what drives it is missing.

    Parameters
    ----------
    service : str
    hub_port : int, optional
        Port of this machine where its pages find the SAMP hub; they find none without it.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("needs the program chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("needs the package playwright")
    hub = f"127.0.0.1:{hub_port}" if hub_port else "~NOTFOUND"
    rules = f"--host-resolver-rules=MAP {HUB} {hub}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[*OPTIONS, rules])
        try:
            yield Browser(chromium, service)
        finally:
            chromium.close()
