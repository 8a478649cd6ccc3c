"""The pages in a real browser: the viewer, an object's page, the home page."""

import json
import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qs

import numpy as np
import pytest
import pyvo

from tests.support.browser import PHONE, Browser, Watched, running_browser
from tests.support.shared import needed_module

pytestmark = [pytest.mark.client, pytest.mark.alone]

SERIOUS = ("serious", "critical")
LIST = "SELECT TOP 100 obj_id FROM oddsky.objects ORDER BY consensus_rank"
DATA = "window.Bokeh.documents[0].roots()[0].children[0].renderers"
"""The glyphs of the upper panel, as BokehJS draws them."""

X_RANGE = """(({ start, end }) => [start, end])(
    window.Bokeh.documents[0].roots()[0].children[0].x_range)"""


@pytest.fixture(scope="module")
def browser(service) -> Iterator[Browser]:
    with running_browser(service) as started:
        yield started


@pytest.fixture(scope="module")
def ids(service) -> list[str]:
    """The hundred strangest, as any client asks for them."""
    rows = pyvo.dal.TAPService(f"{service}/tap").search(LIST)
    return [str(row["obj_id"]) for row in rows]


@pytest.fixture
def viewer(browser, ids) -> Iterator[Watched]:
    with browser.visit("/viewer?TOP=100") as watched:
        watched.wait_shown(ids[0])
        yield watched
        assert watched.troubles == []
        assert watched.outside == []


def drawn(watched: Watched) -> dict[str, np.ndarray]:
    """Return the columns of the spectrum that is drawn."""
    code = f"""() => {{
        const steps = {DATA}.filter((r) => r.glyph.type === "Step");
        const source = steps.find((r) => r.data_source.data.sigma).data_source;
        return Object.fromEntries(Object.entries(source.data).map(([k, v]) => [k, Array.from(v)]));
    }}"""
    return {name: np.array(v, float) for name, v in watched.page.evaluate(code).items()}


def spectrum(service: str, obj_id: str, frame: str) -> dict[str, np.ndarray]:
    """Return the columns of a spectrum as the service gives them."""
    url = f"{service}/spectra/{obj_id}?FRAME={frame}&RESPONSEFORMAT=json"
    with urllib.request.urlopen(url) as answer:
        table = json.load(answer)
    names = [column["name"] for column in table["metadata"]]
    return dict(zip(names, np.array(table["data"], float).T, strict=True))


def visible_lines(watched: Watched) -> int:
    """Return how many line markers are drawn."""
    code = f"""{DATA}.filter((r) => r.glyph.type === "VSpan" && r.visible)
        .reduce((sum, r) => sum + r.data_source.data.x.length, 0)"""
    return watched.page.evaluate(code)


def test_a_hundred_spectra_are_stepped_through_by_keyboard(viewer, ids, capsys):
    first = viewer.page.evaluate("performance.getEntriesByName('shown')[0].startTime")
    for obj_id in ids[1:]:
        viewer.page.keyboard.press("j")
        viewer.wait_shown(obj_id)
    last = viewer.page.evaluate("performance.now()")
    with capsys.disabled():
        per_step = (last - first) / (len(ids) - 1)
        print(f"\nviewer: first view after {first:.0f} ms, then {per_step:.0f} ms a spectrum")
    assert viewer.page.text_content("#place") == "100 of 100"
    assert viewer.asked("SHOW") == ids[-1]
    viewer.page.keyboard.press("ArrowLeft")
    viewer.wait_shown(ids[-2])
    viewer.page.keyboard.press("k")
    viewer.wait_shown(ids[-3])


def test_what_is_drawn_is_what_the_service_has(viewer, service, ids):
    for frame in ("rest", "observed"):
        viewer.page.check(f"input[name=frame][value={frame}]")
        viewer.page.wait_for_selector(f"#plot[aria-label^={frame} i]")
        expected, seen = spectrum(service, ids[0], frame), drawn(viewer)
        good = expected["ivar"] > 0
        np.testing.assert_array_equal(seen["wave"], expected["wave"])
        np.testing.assert_array_equal(seen["flux"][good], expected["flux"][good])
        assert np.isnan(seen["flux"][~good]).all(), "a bad pixel is a gap"
        np.testing.assert_allclose(seen["sigma"][good], expected["ivar"][good] ** -0.5)
    assert viewer.asked("FRAME") == "observed"


def test_lines_are_toggled_by_family_and_move_with_the_frame(viewer, service):
    rows = pyvo.dal.TAPService(f"{service}/tap").search("SELECT family FROM oddsky.lines")
    families = [str(row["family"]) for row in rows]
    assert visible_lines(viewer) == len(families)
    viewer.page.uncheck("input[name=family][value=balmer]")
    assert visible_lines(viewer) == len(families) - families.count("balmer")
    assert "balmer" not in viewer.asked("LINES")
    viewer.page.keyboard.press("l")
    assert (visible_lines(viewer), viewer.asked("LINES")) == (0, "none")
    viewer.page.keyboard.press("l")
    at_rest = line_waves(viewer)
    viewer.page.keyboard.press("f")
    viewer.page.wait_for_selector("#plot[aria-label^=Observed]")
    redshift = float(viewer.page.text_content("#subtitle").split()[2])
    np.testing.assert_allclose(line_waves(viewer), at_rest * (1 + redshift), rtol=1e-5)


def line_waves(watched: Watched) -> np.ndarray:
    code = f"""{DATA}.filter((r) => r.glyph.type === "VSpan")
        .flatMap((r) => Array.from(r.data_source.data.x))"""
    return np.sort(watched.page.evaluate(code))


def test_smoothing_is_the_mean_weighted_by_inverse_variance(viewer, service, ids):
    viewer.page.select_option("select[name=smooth]", "boxcar")
    viewer.page.fill("input[name=width]", "5")
    expected = spectrum(service, ids[0], "rest")
    weight = np.nan_to_num(expected["ivar"])
    box = np.ones(5)
    weights = np.convolve(weight, box, "same")
    good = weight > 0
    sums = np.convolve(weight * np.nan_to_num(expected["flux"]), box, "same")
    seen = drawn(viewer)
    np.testing.assert_allclose(seen["flux"][good], (sums / np.maximum(weights, 1e-30))[good])
    np.testing.assert_allclose(seen["sigma"][good], weights[good] ** -0.5)
    assert (viewer.asked("SMOOTH"), viewer.asked("WIDTH")) == ("boxcar", None)
    viewer.page.select_option("select[name=smooth]", "gaussian")
    assert np.nanstd(drawn(viewer)["flux"]) < np.nanstd(expected["flux"])


def test_a_link_leads_back_to_what_was_seen(browser, viewer, ids):
    viewer.page.keyboard.press("j")
    viewer.wait_shown(ids[1])
    viewer.page.keyboard.press("p")
    viewer.page.keyboard.press("l")
    viewer.page.uncheck("input[name=layer][value=regions]")
    viewer.page.wait_for_selector("#overlays button")
    viewer.page.click("#facts button[title='Look at nad']")
    viewer.page.wait_for_function("() => location.search.includes('RANGE=')")
    low, high = map(float, viewer.asked("RANGE").split("%2C"))
    assert (low, high) == pytest.approx((5680, 6120), abs=1)
    with browser.visit(viewer.page.url.removeprefix(viewer.service)) as again:
        again.wait_shown(ids[1])
        again.page.wait_for_selector("#overlays button")
        assert visible_lines(again) == 0
        assert not again.page.is_checked("input[name=layer][value=regions]")
        seen = again.page.evaluate(X_RANGE)
        assert seen == pytest.approx([low, high], abs=0.1)
        assert again.troubles == []


def test_a_similar_object_is_a_click_away_and_back_again(viewer, ids):
    other = viewer.page.get_attribute("#facts .similar .link", "data-id")
    viewer.page.click("#facts .similar .link")
    viewer.wait_shown(other)
    viewer.page.go_back()
    viewer.wait_shown(ids[0])


def test_the_mean_of_the_list_is_drawn_at_the_level_of_the_spectrum(browser, ids):
    with browser.visit("/viewer?TOP=5") as watched:
        watched.wait_shown(ids[0])
        with watched.page.expect_response("**/stack") as told:
            watched.page.click("#stack")
        watched.page.wait_for_selector("#overlays button")
        answer = told.value.json()
        assert parse_qs(told.value.request.post_data)["ID"] == [",".join(ids[:5])]
        place = {column["name"]: i for i, column in enumerate(answer["metadata"])}
        mean = np.array([row[place["mean"]] for row in answer["data"]], float)
        assert {row[place["n_spec"]] for row in answer["data"]} <= {0, 1, 2, 3, 4, 5}
        stack = np.array(watched.page.evaluate(f"""Array.from({DATA}.find((r) =>
            r.glyph.type === "Line" && r.data_source.data.wave?.length === {mean.size}
            ).data_source.data.flux)"""), float)  # fmt: skip
        ratio = stack[np.isfinite(mean)] / mean[np.isfinite(mean)]
        assert ratio == pytest.approx(np.full(ratio.size, ratio[0]))
        level = np.nanmedian(drawn(watched)["flux"])
        assert np.nanmedian(stack) == pytest.approx(level, rel=0.01)
        watched.page.click("#overlays button")
        watched.page.wait_for_function("() => !document.querySelector('#overlays button')")


def test_means_of_groups_are_drawn_in_the_order_of_a_column(browser, service, ids):
    with browser.visit("/viewer?TOP=30&STACK=mean") as watched:
        watched.wait_shown(ids[0])
        watched.page.select_option("select[name=groups]", "3")
        with watched.page.expect_response("**/stack") as told:
            watched.page.select_option("select[name=order]", "z")
        watched.page.wait_for_selector("#overlays button:nth-child(3)")
        asked = parse_qs(told.value.request.post_data)
        assert (asked["GROUPS"], asked["ORDER"]) == (["3"], ["z"])
        query = f"SELECT z FROM oddsky.objects WHERE obj_id IN ({', '.join(ids[:30])})"
        rows = pyvo.dal.TAPService(f"{service}/tap").search(query)
        redshifts = np.sort(np.asarray(rows["z"]))
        medians = np.median(redshifts.reshape(3, 10), axis=1)
        names = watched.page.locator("#overlays button").all_text_contents()
        seen = [float(name.rstrip("×").rpartition(" ")[2]) for name in names]
        np.testing.assert_allclose(seen, medians, rtol=1e-3)
        code = f"""{DATA}.filter((r) => r.glyph.type === "Line" && r.glyph.line_width.value > 1.5
            && r.data_source.data.wave.length).map((r) => r.glyph.line_width.value)"""
        assert watched.page.evaluate(code) == [2, 3, 4], "the later, the thicker"
        assert (watched.asked("GROUPS"), watched.asked("ORDER")) == ("3", "z")


def test_a_service_that_makes_no_stacks_says_so(browser, ids):
    with browser.visit("/viewer?TOP=5") as watched:
        watched.wait_shown(ids[0])
        watched.page.route("**/stack", lambda route: route.fulfill(status=404, body=""))
        watched.page.click("#stack")
        watched.page.wait_for_selector("#trouble:not(:empty)")
        assert "404" in watched.page.text_content("#trouble")
        assert watched.asked("STACK") is None


def test_other_programs_show_and_select_through_one_seam(viewer, ids):
    viewer.page.evaluate("oddsky.told = []")
    viewer.page.evaluate(
        "for (const name of ['highlight', 'select'])"
        " oddsky.addEventListener(name, ({ detail }) => oddsky.told.push([name, detail]))"
    )
    viewer.page.evaluate("ids => oddsky.select(ids)", ids[5:8])
    viewer.wait_shown(ids[5])
    assert viewer.page.text_content("#place") == "1 of 3"
    viewer.page.evaluate("id => oddsky.show(id)", ids[9])
    viewer.wait_shown(ids[9])
    assert viewer.page.evaluate("oddsky.told") == [], "what was asked is not told back"
    viewer.page.keyboard.press("j")
    viewer.wait_shown(ids[5])
    assert viewer.page.evaluate("oddsky.told") == [["highlight", {"id": ids[5]}]]


def test_a_long_list_is_made_as_the_reader_comes_near(viewer, ids):
    long = [*ids[:3], *map(str, range(1, 1200)), *ids[3:6]]
    viewer.page.evaluate("ids => oddsky.select(ids)", long)
    assert viewer.page.text_content("#place") == f"1 of {len(long):,}"
    made = viewer.page.locator("#options [role=option]")
    assert made.count() == 500
    viewer.page.evaluate("document.querySelector('#options').scrollTop = 1e9")
    viewer.page.wait_for_selector("#option-999")
    viewer.page.focus("#options")
    viewer.page.keyboard.press("End")
    viewer.wait_shown(ids[5])
    assert made.count() == len(long)
    assert made.last.get_attribute("aria-selected") == "true"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/viewer?ID=12", "There is no spectrum with obj_id 12"),
        ("/viewer?QUERY=SELECT+z+FROM+oddsky.objects", "select obj_id too"),
        ("/viewer?QUERY=SELECT+nothing+FROM+oddsky.objects", "nothing"),
        ("/viewer?QUERY=SELECT+obj_id+FROM+oddsky.objects+WHERE+z+%3E+99", "The list is empty"),
    ],
)
def test_a_list_that_cannot_be_shown_is_told_on_the_page(browser, path, sentence):
    with browser.visit(path) as watched:
        watched.page.wait_for_selector("#trouble:not(:empty)")
        assert sentence in watched.page.text_content("#trouble")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/viewer?TOP=20", "/objects/{id}", "/"])
def test_pages_pass_the_accessibility_check(browser, ids, path, scheme):
    axe = needed_module("axe_playwright_python.sync_playwright").Axe()
    size = PHONE if scheme == "dark" else (1400, 900)
    with browser.visit(path.format(id=ids[0]), size, scheme) as watched:
        if path.startswith("/viewer"):
            watched.shown()
        else:
            watched.page.evaluate(
                "document.querySelectorAll('details').forEach((d) => d.open = true)"
            )
        found = axe.run(watched.page).response["violations"]
        wrong = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
        assert wrong == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert watched.page.evaluate(wide) <= 0, "nothing sticks out of the page"
        assert (watched.troubles, watched.outside) == ([], [])
