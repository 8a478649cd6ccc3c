"""The viewer on JSAMP's hub, which TOPCAT has in it: it lets its pages wait for messages."""

import time
from collections.abc import Iterator

import pytest
import pyvo

from tests.support.browser import Browser, running_browser
from tests.support.desktop import until
from tests.support.webhub import STANDARD_PORT, VIEWER, Page, Program, running_jsamp, served

pytestmark = [pytest.mark.client, pytest.mark.alone]


@pytest.fixture
def program(tmp_path) -> Iterator[Program]:
    with running_jsamp(tmp_path) as lock:
        started = Program("TOPCAT", str(lock))
        yield started
        started.close()


@pytest.fixture
def browser(service) -> Iterator[Browser]:
    with running_browser(service, STANDARD_PORT) as started:
        yield started


def test_messages_go_both_ways_and_the_page_takes_its_leave(
    program, browser, service, tmp_path, capsys
):
    query = "SELECT TOP 20 obj_id, name FROM oddsky.objects ORDER BY consensus_rank"
    objects = pyvo.dal.TAPService(f"{service}/tap").search(query).to_table()
    objects.write(tmp_path / "o.vot", format="votable", tabledata_format="tabledata")
    with served(tmp_path) as files, browser.visit("/viewer?TOP=20&CONNECT=1") as watched:
        page = Page(watched, program, files)
        page.wait_state("connected to Hub, with TOPCAT")
        assert page.give("o.vot", "all")["samp.status"] == "samp.ok"
        started = time.time()
        program.notify("table.highlight.row", table_id="all", row="7")
        watched.wait_shown(str(objects["obj_id"][7]))
        with capsys.disabled():
            print(f"\nviewer: highlight by JSAMP's hub {page.shown_after(started):.0f} ms")
        watched.page.keyboard.press("j")
        until(lambda: program.said("table.highlight.row"), 5)
        assert program.said("table.highlight.row")[0]["row"] == "8"
        assert watched.troubles == []
    until(lambda: not program.ids(VIEWER), 5, "the end of the page on the hub")
