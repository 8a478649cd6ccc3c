"""The link with the real TOPCAT and Aladin, real mouse clicks and 700 real spectra."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.support.desktop import Desktop, is_red, linked_desktop, until

pytestmark = [pytest.mark.client, pytest.mark.alone]

CLICKS = 50
SECONDS = 10


@pytest.fixture(scope="module")
def desktop(real_service: str) -> Iterator[Desktop]:
    with linked_desktop(real_service) as made:
        yield made


@pytest.fixture(scope="module")
def plot(desktop: Desktop) -> int:
    return desktop.open_map()


@pytest.fixture
def points(desktop: Desktop, plot: int) -> np.ndarray:
    """Pixels of map points as they are now, in an order of chance."""
    found = desktop.map_points(plot)
    assert len(found) > 100
    return np.random.default_rng(1).permutation(found)


@pytest.fixture
def clicked(desktop: Desktop, plot: int, points: np.ndarray) -> dict[int, tuple]:
    """Clicks on the corners of the map, and the objects that the terminal told of them.

    From corners a place is learned to a fraction of a pixel; from three by chance it is not.
    """
    slopes = points @ np.array([[1, 1], [1, -1]]).T
    corners = {*slopes.argmin(axis=0).tolist(), *slopes.argmax(axis=0).tolist()}
    return {desktop.click(plot, x, y): (x, y) for x, y in points[sorted(corners)]}


def test_the_table_is_in_both(desktop: Desktop):
    objects = len(desktop.objects)
    assert f"{objects} rows of oddsky.objects" in desktop.link.written
    assert desktop.aladin.planes()["oddsky.objects"]["NbObj"] == str(objects)


def test_a_click_on_the_map_is_on_the_galaxy_drawn_there(desktop, clicked, plot, points):
    pixel = desktop.place_on_plot(clicked)
    x, y = points[3]
    obj_id = desktop.click(plot, x, y)
    assert np.hypot(*(pixel(obj_id) - (x, y))) < 2


def test_a_click_on_the_map_centres_aladin(desktop, clicked, plot, points):
    for x, y in points[4:7]:
        obj_id = desktop.click(plot, x, y)
        until(lambda obj_id=obj_id: desktop.aladin_points_at(obj_id), 5, "Aladin")


def test_a_click_plots_the_spectrum_in_topcat_and_tells_viewers(desktop, clicked, plot, points):
    seen = len(desktop.hub.messages)
    obj_id = desktop.click(plot, *points[8])
    window = desktop.hub.wait_window(r"^Plane Plot \(Activated\)$")
    until(lambda: is_red(desktop.pixels(window)[:400]).sum() > 500, 10, "TOPCAT's spectrum")
    message = desktop.hub.wait_message("spectrum.load.ssa-generic", since=seen)
    assert message["params"]["url"] == desktop.objects.loc[obj_id]["spectrum_url"]


def test_the_terminal_says_who_and_why(desktop, plot, points):
    obj_id = desktop.click(plot, *points[9])
    until(lambda: "sigma at" in desktop.link.written.split(str(obj_id))[-1], 5, "the reasons")
    line = next(li for li in desktop.link.written.splitlines() if str(obj_id) in li)
    assert str(desktop.objects.loc[obj_id]["name"]) in line
    assert all(word in line for word in (" z 0.", "consensus", "of 688", "from TOPCAT"))


def test_a_lasso_becomes_a_selection_in_aladin(desktop, plot):
    lasso = [(110, 110), (420, 110), (420, 380), (110, 380), (110, 120)]
    rows = desktop.topcat.lasso(plot, lasso)["params"]["row-list"]
    assert 100 < len(rows) < 688
    desktop.link.wait_for(f"{len(rows)} selected")
    # `cplane` copies what is selected into a plane of its own, which can be counted.
    name = f"lasso{len(rows)}"
    desktop.aladin.script(f"cplane {name}")
    plane = until(lambda: desktop.aladin.planes().get(name), 10, "Aladin's selection")
    assert int(plane["NbObj"]) == len(rows)
    desktop.aladin.script(f"rm {name}")


def test_a_click_in_aladin_highlights_in_topcat(desktop, clicked, plot):
    pixel = desktop.place_on_plot(clicked)
    obj_id = click_on_the_sky(desktop)
    assert f"{obj_id}, from Aladin" in desktop.link.written
    x, y = pixel(obj_id)
    until(lambda: desktop.marks(plot, x, y), 5, "TOPCAT's mark")


def test_a_rectangle_in_aladin_is_a_selection(desktop):
    window = look_at_perseus(desktop, "10deg")
    seen = len(desktop.hub.messages)
    desktop.hub.drag(window, [(300, 120), (400, 250), (600, 450)])
    # Pressing the button unselects; what follows is the rectangle.
    until(lambda: len(selection_of_aladin(desktop, seen)) > 1, 5, "Aladin's selection")
    desktop.link.wait_for(f"{len(selection_of_aladin(desktop, seen))} selected", 5)


def test_fifty_clicks_in_ten_seconds_end_on_the_last_everywhere(desktop, clicked, plot, points):
    pixel = desktop.place_on_plot(clicked)
    chosen = points[20 : 20 + CLICKS]
    seen, begin = len(desktop.hub.messages), time.monotonic()
    click_all(desktop, plot, chosen, pause=0.05)
    assert time.monotonic() - begin < SECONDS
    x, y = chosen[-1]
    until(lambda: np.hypot(*(pixel(desktop.link.clicked()[-1]) - (x, y))) < 2, 10, "the last")
    last = desktop.link.clicked()[-1]
    until(lambda: desktop.aladin_points_at(last), 90, "Aladin")
    until(lambda: desktop.marks(plot, x, y), 5, "TOPCAT's mark")
    assert until(lambda: spectrum_told(desktop, last), 5)
    assert_quiet(desktop, seen)
    assert_topcat_shows_the_spectrum_of(desktop, plot, x, y)


def test_clicks_in_both_at_once_end_on_one_object(desktop, clicked, plot, points):
    pixel = desktop.place_on_plot(clicked)
    window = look_at_perseus(desktop, "2deg")
    sky, (x, y) = desktop.sky_points(window)[0], points[12]
    seen = len(desktop.hub.messages)
    words: list[object] = []
    for place, column, row in ((window, *sky), (plot, x, y)):
        words += ["windowraise", place, "mousemove", "--window", place, round(column), round(row)]
        words += ["click", 1]
    desktop.hub.xdotool(*words)
    until(lambda: len(desktop.hub.find("table.highlight.row", since=seen)) == 2, 10, "both")
    until(lambda: desktop.aladin_points_at(desktop.link.clicked()[-1]), 10, "Aladin")
    at = pixel(desktop.link.clicked()[-1])
    until(lambda: desktop.marks(plot, *at), 5, "TOPCAT's mark")
    assert_quiet(desktop, seen)


def test_a_message_of_another_table_is_a_line_and_it_goes_on(desktop, clicked, plot, points):
    def say(mtype: str, **params: object) -> None:
        message = {"samp.mtype": mtype, "samp.params": params}
        desktop.hub.monitor.notify_all(message)

    table_id = desktop.hub.find("table.highlight.row")[-1]["params"]["table-id"]
    say("table.highlight.row", **{"table-id": "somebody-elses", "row": "1"})
    desktop.link.wait_for("somebody-elses is not linked")
    say("table.highlight.row", **{"table-id": table_id, "row": "688"})
    desktop.link.wait_for("row 688 is outside the table's 688 rows")
    say("table.select.rowList", **{"table-id": table_id, "row-list": ["0", "-1"]})
    desktop.link.wait_for("row -1 is outside")
    desktop.click(plot, *points[15])


def test_topcat_closed_hub_gone_and_ctrl_c(real_service: str):
    with linked_desktop(real_service) as desktop:
        desktop.topcat.proc.terminate()
        desktop.link.wait_for("TOPCAT was closed")
        with desktop.harness.topcat(desktop.hub):
            desktop.link.wait_for("TOPCAT has", times=2)
            desktop.hub.server.stop()
            desktop.link.wait_for("SAMP hub is gone", 20)
            desktop.link.wait_for("SAMP hub: started one", 20)
            # TOPCAT looks for a new hub by itself, and still has the table.
            desktop.link.wait_for("TOPCAT has", times=3)
        assert desktop.link.interrupt() == 0
        lock = desktop.hub.lockfile
        assert "The link is ended" in desktop.link.written
        assert "Traceback" not in desktop.link.written
        assert not desktop.harness.os.path.exists(lock)


def selection_of_aladin(desktop: Desktop, seen: int) -> list[str]:
    """Return the rows that Aladin has told last."""
    told = desktop.hub.find("table.select.rowList", desktop.aladin.id, seen)
    return told[-1]["params"]["row-list"] if told else []


def look_at_perseus(desktop: Desktop, width: str) -> int:
    """Show the Perseus cluster, where many of the galaxies are; return Aladin's window."""
    desktop.aladin.notify("coord.pointAt.sky", ra=49.95, dec=41.5)
    desktop.aladin.script(f"zoom {width}")
    time.sleep(2)
    return desktop.hub.wait_window("^Aladin")


def click_on_the_sky(desktop: Desktop) -> int:
    """Click on one of the Perseus cluster's galaxies in Aladin."""
    window = look_at_perseus(desktop, "2deg")
    x, y = desktop.sky_points(window)[0]
    return desktop.click(window, x, y)


def click_all(desktop: Desktop, plot: int, points: np.ndarray, pause: float) -> None:
    words: list[object] = []
    for x, y in points:
        words += ["mousemove", "--window", plot, round(x), round(y), "click", 1, "sleep", pause]
    desktop.hub.xdotool(*words)


def spectrum_told(desktop: Desktop, obj_id: int) -> bool:
    url = desktop.objects.loc[obj_id]["spectrum_url"]
    return desktop.hub.find("spectrum.load.ssa-generic")[-1]["params"]["url"] == url


def assert_quiet(desktop: Desktop, seen: int) -> None:
    """No echo: no more clicks on the hub than were made, and then silence."""
    assert len(desktop.hub.find("table.highlight.row", since=seen)) <= CLICKS
    count = len(desktop.hub.messages)
    time.sleep(2)
    assert len(desktop.hub.messages) == count


def assert_topcat_shows_the_spectrum_of(desktop: Desktop, plot: int, x: float, y: float) -> None:
    """Click once more on the last point: the spectrum that TOPCAT shows stays the same."""
    window = desktop.hub.wait_window(r"^Plane Plot \(Activated\)$")
    before = desktop.pixels(window)[60:420]
    desktop.hub.click(plot, round(x), round(y))
    time.sleep(2)
    assert (desktop.pixels(window)[60:420] == before).mean() > 0.999
