"""Take the pictures of the viewer and of an object's page from a service, in a real browser.

python docs/pictures/viewer.py http://localhost:8080
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
SIZE = {"width": 1360, "height": 850}
LONGER = 1230
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu"]


def main(url: str) -> None:
    """Take the strangest in the region of Na D, in the viewer and on its page."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        page = chromium.new_page(viewport=SIZE)
        page.goto(f"{url}/viewer?DETECTOR=nad")
        page.wait_for_selector("body[data-shown]")
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "viewer.png")
        page.set_viewport_size(SIZE | {"height": LONGER})
        page.goto(url + page.get_attribute("#facts a.button", "href"))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "object.png")
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
