"""`oddsky link` for a user without a hub: its own, the page that it opens, and TOPCAT's part."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import pyvo

from sampclient.ownhub import WEB_PORT
from tests.support.browser import Watched, running_browser
from tests.support.desktop import LinkProcess
from tests.support.samp import SELECT, Program, own_browser, until
from tests.support.shared import missing

pytestmark = [pytest.mark.client, pytest.mark.alone]

CLICKS = 60
TOP = 20


@dataclass
class Desk:
    """The link, the page that it has opened, and a program that stands for TOPCAT.

    Attributes
    ----------
    ids, names : list of str
        The objects by row, as a query of our own gives them.
    """

    link: LinkProcess
    watched: Watched
    topcat: Program
    table_id: str
    ids: list[str]
    names: list[str]

    def click(self, row: int) -> None:
        self.topcat.highlight(self.table_id, str(row))

    def shown(self) -> str:
        return self.watched.page.evaluate("document.body.dataset.shown")


@pytest.fixture(scope="module")
def desk(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAMP_HUB", f"std-lockurl:file://{folder / 'lock'}")
        environment, opened = own_browser(folder)
        link = LinkProcess(
            service, environment, folder / "log", "--detector", "nad", "--top", str(TOP)
        )
        try:
            link.wait_for("Ctrl-C ends the link")
            if "is taken" in link.written:
                missing("another program of this machine holds the port of the Web Profile")
            path = opened.read_text().strip().removeprefix(service)
            with running_browser(service, WEB_PORT) as browser, browser.visit(path) as watched:
                link.wait_for("oddsky viewer has")
                topcat = Program("topcat")
                (table_id,) = until(lambda: list(topcat.tables))
                yield Desk(link, watched, topcat, table_id, *objects(service))
                topcat.close()
            assert link.interrupt() == 0
            assert "Traceback" not in link.written
        finally:
            link.process.kill()


def objects(service: str) -> tuple[list[str], list[str]]:
    query = f"SELECT obj_id, name FROM oddsky.objects WHERE nad_rank <= {TOP} ORDER BY nad_x"
    rows = pyvo.dal.TAPService(f"{service}/tap").search(query).to_table()
    return [str(i) for i in rows["obj_id"]], rows["name"].tolist()


def test_a_click_in_topcat_is_shown_by_the_page(desk: Desk, capsys):
    took = []
    for row in (3, 11, 7, 15, 0):
        began = time.perf_counter()
        desk.click(row)
        desk.watched.wait_shown(desk.ids[row])
        took.append(time.perf_counter() - began)
        time.sleep(0.2)
    with capsys.disabled():
        print(f"\na click in TOPCAT is drawn by the viewer in {1000 * np.median(took):.0f} ms")


def test_a_step_in_the_page_is_told_to_all(desk: Desk):
    desk.click(5)
    desk.watched.wait_shown(desk.ids[5])
    heard = len(desk.topcat.rows())
    desk.watched.page.keyboard.press("j")
    until(lambda: len(desk.topcat.rows()) > heard)
    obj_id = desk.ids[int(desk.topcat.rows()[-1])]
    desk.watched.wait_shown(obj_id)
    desk.link.wait_for(f"obj_id {obj_id}, from oddsky viewer")


def test_a_selection_in_topcat_is_the_list_of_the_page(desk: Desk):
    desk.topcat.send(SELECT, **{"table-id": desk.table_id, "row-list": ["4", "9"]})
    desk.link.wait_for("2 selected")
    desk.watched.page.wait_for_selector("#list-title:has-text('Selected in')")
    names = desk.watched.page.locator("#options span").all_text_contents()
    assert names == [desk.names[4], desk.names[9]]


def test_clicks_from_both_sides_end_on_the_last(desk: Desk):
    chance = random.Random(3)
    rows = [chance.randrange(TOP) for _ in range(CLICKS)]
    for before, row in pairwise([-1, *rows]):
        if row % 3 == 0:
            desk.watched.page.keyboard.press(chance.choice("jk"))
        desk.click(row if row != before else (row + 1) % TOP)
        time.sleep(chance.uniform(0, 0.1))
    last = until(lambda: desk.shown() == desk.ids[int(desk.topcat.shown)] and desk.shown())
    time.sleep(1)
    assert desk.shown() == desk.ids[int(desk.topcat.shown)] == last
    assert str(desk.link.clicked()[-1]) == last
    assert len(desk.topcat.rows()) <= CLICKS + 10


def test_a_page_that_is_loaded_again_is_given_the_table_again(desk: Desk):
    given = desk.link.written.count("oddsky viewer has")
    desk.watched.page.reload()
    until(lambda: desk.link.written.count("oddsky viewer has") > given)
    desk.click(8)
    desk.watched.wait_shown(desk.ids[8])
