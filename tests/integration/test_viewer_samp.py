"""The viewer among other programs: a real hub and browser, programs that say what they must."""

import io
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import parse_qs

import numpy as np
import pytest
import pyvo
from astropy.table import Table

from tests.support.browser import PHONE, Browser, running_browser
from tests.support.desktop import until
from tests.support.shared import needed_module
from tests.support.webhub import VIEWER, Page, Program, WebHub, running_hub, served

pytestmark = [pytest.mark.client, pytest.mark.alone]

LISTED = 20
MTYPES = {
    "table.load.votable", "table.highlight.row", "table.select.rowList", "coord.pointAt.sky",
    "spectrum.load.ssa-generic", "samp.app.ping", "samp.hub.event.*", "samp.hub.disconnect",
}  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[WebHub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as started:
        yield started


@pytest.fixture(scope="module")
def browser(service, hub) -> Iterator[Browser]:
    with running_browser(service, hub.port) as started:
        yield started


@pytest.fixture(scope="module")
def objects(service) -> Table:
    """All objects, the strangest last, so that rows and ranks are not the same."""
    columns = "obj_id, name, ra, dec, spectrum_url"
    query = f"SELECT {columns} FROM oddsky.objects ORDER BY consensus_rank DESC"
    return pyvo.dal.TAPService(f"{service}/tap").search(query).to_table()


@pytest.fixture(scope="module")
def files(objects, tmp_path_factory) -> Iterator[str]:
    """Where a program has its tables, as astropy writes them."""
    folder = tmp_path_factory.mktemp("files")
    objects.write(folder / "objects.vot", format="votable", tabledata_format="tabledata")
    objects.write(folder / "binary.vot", format="votable", tabledata_format="binary2")
    objects["name", "ra"].write(
        folder / "nobody.vot", format="votable", tabledata_format="tabledata"
    )
    (folder / "text.vot").write_text("obj_id,name\n1,a\n")
    with served(folder) as url:
        yield url


@pytest.fixture
def program(hub) -> Iterator[Program]:
    started = hub.program("TOPCAT")
    yield started
    started.close()


@pytest.fixture
def viewer(browser, program, files) -> Iterator[Page]:
    """The viewer with the twenty strangest, on the hub, and with a table of all of them."""
    with browser.visit(f"/viewer?TOP={LISTED}&CONNECT=1") as watched:
        made = Page(watched, program, files)
        made.wait_state("connected to")
        watched.shown()
        assert made.give("objects.vot", "all")["samp.status"] == "samp.ok"
        program.heard.clear()
        yield made
        assert watched.troubles == []
    until(lambda: not program.ids(VIEWER), 5, "the end of the page on the hub")


def listed(objects: Table, place: int) -> str:
    """Return the object at a place of the list, from 0."""
    return str(objects["obj_id"][len(objects) - 1 - place])


def highlight(program: Program, objects: Table, obj_id: str) -> None:
    row = objects["obj_id"].tolist().index(int(obj_id))
    program.notify("table.highlight.row", table_id="all", row=str(row))


def rows_of(messages: list[dict]) -> list[int]:
    return [int(params["row"]) for params in messages]


def tell(capsys: pytest.CaptureFixture, what: str, started: float) -> None:
    with capsys.disabled():
        print(f"\nviewer: {what} {1000 * (time.perf_counter() - started):.0f} ms")


def settled(heard: list) -> int:
    """Return how many messages there are when no more come."""
    count = -1
    while len(heard) != count:
        count = len(heard)
        time.sleep(0.6)
    return count


def test_a_page_asks_for_no_hub_until_its_reader_does(browser, hub, program):
    with browser.visit("/viewer?TOP=5") as watched:
        page = Page(watched, program, "")
        watched.shown()
        assert page.state == "not connected"
        assert watched.outside == []
        page.press("connect")
        page.wait_state("with TOPCAT")
        (viewer,) = program.ids(VIEWER)
        assert program.subscriptions(viewer) == MTYPES
        assert hub.door.asked[-1] == watched.service
        assert {url.partition("21012")[0] for url in watched.outside} == {"http://localhost:"}
        page.press("connect")
        page.wait_state("not connected")
        assert program.ids(VIEWER) == []
        assert watched.troubles == []


def test_it_waits_for_permission_and_takes_no_for_an_answer(browser, hub, program):
    hub.door.answer = None
    with browser.visit("/viewer?TOP=5&CONNECT=1") as watched:
        page = Page(watched, program, "")
        page.wait_state("waiting for permission")
        watched.shown()
        hub.door.answer = False
        page.wait_state("not connected: ")
        assert "rejected by the user" in page.state
        hub.door.answer = True
        page.press("connect")
        page.wait_state("connected to")


def test_a_row_that_another_program_clicks_is_shown_and_not_told_back(
    viewer, program, objects, capsys
):
    taken = []
    for place in (7, 3, 100, 12):
        obj_id = listed(objects, place)
        started = time.time()
        highlight(program, objects, obj_id)
        viewer.watched.wait_shown(obj_id)
        taken.append(viewer.shown_after(started))
        stands = f"{place + 1} of {LISTED}" if place < LISTED else f"{LISTED} spectra"
        assert viewer.page.text_content("#place") == stands
    with capsys.disabled():
        print(
            f"\nviewer: highlight to spectrum {np.median(taken):.0f} ms, at most {max(taken):.0f}"
        )
    time.sleep(0.3)
    assert program.heard == []


def test_a_selection_becomes_the_list_and_its_mean_is_drawn(viewer, program, objects, capsys):
    rows = np.random.default_rng(5).permutation(len(objects))[:150]
    ids = [str(objects["obj_id"][row]) for row in rows]
    started = time.perf_counter()
    with viewer.page.expect_response("**/stack") as told:
        program.notify("table.select.rowList", table_id="all", row_list=[str(r) for r in rows])
        viewer.page.wait_for_selector("#overlays button")
    tell(capsys, f"selection of {len(rows)} to its mean", started)
    assert parse_qs(told.value.request.post_data)["ID"] == [",".join(ids)]
    assert viewer.page.text_content("#list-title") == "Selected in TOPCAT"
    assert viewer.page.text_content("#place").endswith("of 150")
    names = viewer.page.locator("#options span").all_text_contents()
    assert names == [str(objects["name"][row]) for row in rows]
    viewer.watched.wait_shown(ids[0])
    assert program.heard == []
    program.notify("table.select.rowList", table_id="all", row_list=[str(rows[9])])
    viewer.watched.wait_shown(ids[9])
    assert viewer.page.text_content("#place") == "10 of 150"
    program.notify("table.select.rowList", table_id="all", row_list=[str(rows[120])])
    viewer.watched.wait_shown(ids[120])
    box, option = (viewer.page.locator(part).bounding_box() for part in ("#options", "#option-120"))
    assert box["y"] <= option["y"] <= box["y"] + box["height"] - option["height"]


def test_a_spectrum_of_this_service_is_shown_and_of_another_refused(viewer, program, objects):
    url = str(objects["spectrum_url"][4])
    assert viewer.ask("spectrum.load.ssa-generic", url=url, meta={})["samp.status"] == "samp.ok"
    viewer.watched.wait_shown(str(objects["obj_id"][4]))
    other = url.replace("127.0.0.1", "odd.example.org")
    answer = viewer.ask("spectrum.load.ssa-generic", url=other, meta={})
    assert "its own service" in answer["samp.error"]["samp.errortxt"]
    assert "its own service" in viewer.said
    assert program.heard == []


def test_a_position_shows_what_lies_there_unless_a_row_comes_with_it(viewer, program, objects):
    row = objects[50]
    ra, dec = str(row["ra"] + 2e-4), str(row["dec"])
    program.notify("coord.pointAt.sky", ra=ra, dec=dec)
    viewer.watched.wait_shown(str(row["obj_id"]))
    program.notify("coord.pointAt.sky", ra="0", dec="-89")
    viewer.wait_said("No spectrum lies within 3″ of 0.00000 -89.00000")
    obj_id, row = listed(objects, 4), len(objects) - 5
    program.notify("coord.pointAt.sky", ra=str(objects["ra"][9]), dec=str(objects["dec"][9]))
    highlight(program, objects, obj_id)
    program.notify("table.select.rowList", table_id="all", row_list=[str(row)])
    viewer.watched.wait_shown(obj_id)
    time.sleep(0.6)
    assert viewer.watched.shown() == obj_id, "what a program says of the position is the same click"
    assert viewer.page.text_content("#place") == f"5 of {LISTED}"


def test_what_the_reader_does_is_told_by_row(viewer, program, files, objects):
    viewer.page.keyboard.press("j")
    until(lambda: program.said("table.highlight.row"), 5)
    last = len(objects) - 1
    told = {"table-id": "all", "url": f"{files}/objects.vot", "row": str(last - 1)}
    assert program.heard == [("table.highlight.row", told)]
    viewer.watched.wait_shown(listed(objects, 1))
    similar = viewer.page.get_attribute("#facts .similar .link", "data-id")
    viewer.page.click("#facts .similar .link")
    viewer.watched.wait_shown(similar)
    until(lambda: len(program.heard) == 2, 5)
    assert str(objects["obj_id"][rows_of(program.said("table.highlight.row"))[-1]]) == similar
    viewer.page.check("input[name=frame][value=observed]")
    viewer.page.wait_for_selector("#plot[aria-label^=observed i]")
    time.sleep(0.2)
    assert len(program.heard) == 2, "another frame is no other object"


def test_a_held_key_tells_ten_rows_a_second_and_the_last(viewer, program, objects):
    started = time.monotonic()
    for _ in range(LISTED - 1):
        viewer.page.keyboard.press("j")
    last = len(objects) - LISTED
    until(lambda: rows_of(program.said("table.highlight.row"))[-1:] == [last], 5)
    took = time.monotonic() - started
    assert len(program.heard) <= 10 * took + 2


def test_two_viewers_and_a_program_that_repeats_all_come_to_rest(
    viewer, browser, program, hub, objects, files
):
    with (
        closing(hub.program("Parrot", repeats=True)) as parrot,
        browser.visit("/viewer?TOP=5&CONNECT=1") as other,
    ):
        Page(other, program, files).wait_state("with TOPCAT")
        program.notify("table.load.votable", url=f"{files}/objects.vot", table_id="all")
        Page(other, program, files).wait_said("gave")
        until(lambda: program.said("table.load.votable"), 5)
        for heard in (program.heard, parrot.heard):
            heard.clear()
        for _ in range(12):
            viewer.page.keyboard.press("j")
            time.sleep(0.05)
        count = settled(program.heard)
        assert 12 < count <= 2 * 12
        viewer.page.keyboard.press("j")
        last = viewer.watched.asked("SHOW")
        other.wait_shown(last)
        assert settled(program.heard) == count + 2
        assert (viewer.watched.shown(), other.shown()) == (last, last)
        assert other.troubles == []


def test_without_a_table_others_are_told_the_position(browser, program, objects):
    with browser.visit(f"/viewer?TOP={LISTED}&CONNECT=1") as watched:
        Page(watched, program, "").wait_state("connected to")
        watched.shown()
        watched.page.keyboard.press("j")
        until(lambda: program.heard, 5)
        ((mtype, told),) = program.heard
        row = objects[len(objects) - 2]
        assert mtype == "coord.pointAt.sky"
        assert (float(told["ra"]), float(told["dec"])) == (row["ra"], row["dec"])


def test_the_list_is_selected_elsewhere_and_sent_as_a_table(viewer, program, objects):
    viewer.press("select")
    until(lambda: program.heard, 5)
    ((mtype, told),) = program.heard
    assert (mtype, told["table-id"]) == ("table.select.rowList", "all")
    assert told["row-list"] == [str(len(objects) - 1 - i) for i in range(LISTED)]
    viewer.wait_said(f"Selected {LISTED} rows of “all”.")
    viewer.press("send")
    until(lambda: program.said("table.load.votable"), 5)
    (given,) = program.said("table.load.votable")
    with urllib.request.urlopen(given["url"]) as answer:
        table = Table.read(io.BytesIO(answer.read()), format="votable")
    assert [str(i) for i in table["obj_id"]] == [listed(objects, i) for i in range(LISTED)]
    assert given["name"] == "Top list"
    viewer.page.keyboard.press("j")
    until(lambda: len(program.said("table.highlight.row")) == 2, 5)
    told = {p["table-id"]: p["row"] for p in program.said("table.highlight.row")}
    assert told == {"all": str(len(objects) - 2), given["table-id"]: "1"}


BAD = [
    (
        "table.highlight.row",
        {"table_id": "none", "row": "1"},
        "“none” was never given to this page",
    ),
    ("table.highlight.row", {"table_id": "all", "row": "300"}, "outside the 300 rows"),
    ("table.highlight.row", {"table_id": "all", "row": "-1"}, "“-1” is no row"),
    ("table.highlight.row", {"table_id": "all", "row": "seven"}, "“seven” is no row"),
    ("table.highlight.row", {"table_id": "all", "row": ["1"]}, "is no row"),
    ("table.highlight.row", {}, "was never given"),
    ("table.select.rowList", {"table_id": "all", "row_list": "7"}, "without a list of rows"),
    ("table.select.rowList", {"table_id": "all", "row_list": ["1", "900"]}, "outside the 300 rows"),
    ("table.select.rowList", {"table_id": "all", "row_list": ["9"] * 99999 + ["x"]}, "is no row"),
    ("spectrum.load.ssa-generic", {"url": ["a"], "meta": "b"}, "its own service"),
    ("coord.pointAt.sky", {"ra": "north", "dec": "1"}, "without numbers ra and dec"),
    ("table.load.votable", {"table_id": "x"}, "without an address"),
]
TABLES = [
    ("text.vot", "it is no VOTable"),
    ("nobody.vot", "it has no column obj_id"),
    ("binary.vot", "its rows are not written as TABLEDATA"),
    ("away.vot", "answers with status 404"),
]


def test_what_cannot_be_followed_is_a_line_and_no_more(viewer, objects):
    for mtype, params, sentence in BAD:
        answer = viewer.ask(mtype, **params)
        assert answer["samp.status"] == "samp.error", (mtype, params)
        assert sentence in answer["samp.error"]["samp.errortxt"], (mtype, params)
        assert viewer.said == f"TOPCAT: {answer['samp.error']['samp.errortxt']}"
    assert viewer.ask("table.highlight.row", table_id="all", row=7)["samp.status"] == "samp.ok"
    viewer.watched.wait_shown(str(objects["obj_id"][7]))

    for file, sentence in TABLES:
        said = viewer.give(file, "bad")["samp.error"]["samp.errortxt"]
        assert sentence in said
        later = viewer.ask("table.highlight.row", table_id="bad", row=str(len(said)))
        assert later["samp.error"]["samp.errortxt"] == said, "it is remembered why"
    viewer.page.keyboard.press("j")
    viewer.watched.wait_shown(listed(objects, 0))
    assert len(viewer.watched.troubles) == 1
    assert "404" in viewer.watched.troubles.pop()


def test_a_flood_ends_at_the_last(viewer, hub, program, objects, capsys):
    rows = np.random.default_rng(2).integers(0, len(objects), 500).tolist()
    messages = [("table.highlight.row", {"table-id": "all", "row": str(row)}) for row in rows]
    started = time.perf_counter()
    hub.flood(*program.ids(VIEWER), messages)
    viewer.watched.wait_shown(str(objects["obj_id"][rows[-1]]))
    tell(capsys, f"{len(rows)} highlights to the last spectrum", started)
    assert viewer.ask("samp.app.ping")["samp.status"] == "samp.ok"
    time.sleep(0.5)
    assert viewer.watched.shown() == str(objects["obj_id"][rows[-1]])
    assert program.heard == []


def test_a_hub_that_goes_is_found_again(browser, hub, objects, files):
    with browser.visit("/") as watched:
        watched.page.clock.install()
        watched.open(f"/viewer?TOP={LISTED}&CONNECT=1")
        page = Page(watched, hub.program("before"), files)
        page.wait_state("connected to")
        hub.stop(says_so=False)
        page.wait_state("the hub has gone: looking for it every 5 s")
        watched.page.keyboard.press("j")
        watched.wait_shown(listed(objects, 1))
        with browser.visit("/viewer?TOP=5") as alone:
            other = Page(alone, page._program, "")
            other.press("connect")
            other.wait_state("no hub answers on this computer; start TOPCAT or oddsky link")
            assert alone.shown()
        hub.start()
        watched.page.clock.fast_forward(5000)
        page.wait_state("connected to")
        program = hub.program("TOPCAT")
        page.wait_state("with TOPCAT")
        (viewer,) = program.ids(VIEWER)
        hub.forget(viewer)
        page.wait_state("looking for it")
        page.press("connect")
        assert page.state == "not connected"
        program.close()


def test_the_page_on_a_hub_passes_the_accessibility_check(browser, program, files):
    axe = needed_module("axe_playwright_python.sync_playwright").Axe()
    with browser.visit(f"/viewer?TOP={LISTED}&CONNECT=1", PHONE, "dark") as watched:
        page = Page(watched, program, files)
        page.wait_state("connected to")
        page.give("objects.vot", "all")
        watched.shown()
        found = axe.run(watched.page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert watched.page.evaluate(wide) <= 0
