"""Clicks from all sides at once: they end on the same object, and nothing echoes."""

import random
import time
from itertools import pairwise

import numpy as np
import pytest

from sampclient.messages import Highlight
from sampclient.settle import CLOSE_SECONDS, HASTY_SECONDS, QUIET_SECONDS, Burst
from tests.support.samp import HIGHLIGHT, SPECTRUM, Program, until
from tests.unit.sampclient.conftest import N

CLICKS, SECONDS = 200, 20


@pytest.fixture
def programs(hub_server):
    """TOPCAT, Aladin and the viewer: each shows what it is told, and repeats nothing (seen)."""
    made = [Program(name) for name in ("topcat", "Aladin", "oddsky viewer")]
    yield made
    for program in made:
        program.close()


def click(sender: str, row: int) -> Highlight:
    return Highlight(sender, "t", "", row)


def test_clicks_of_one_program_are_said_once_more_to_the_others():
    burst = Burst()
    burst.add(click("a", 1), 10.0)
    burst.add(click("a", 2), 10.1)
    assert burst.settle(10.1 + QUIET_SECONDS / 2) is None
    settled = burst.settle(10.1 + QUIET_SECONDS)
    assert (settled.last.row, settled.is_known_to_sender) == (2, True)
    assert burst.settle(11.0) is None


def test_clicks_of_two_programs_are_said_once_more_to_all():
    burst = Burst()
    burst.add(click("a", 1), 10.0)
    burst.add(click("b", 2), 10.1)
    assert burst.settle(10.5).is_known_to_sender is False


def test_clicks_of_one_program_that_take_their_time_are_not_said_again():
    burst = Burst()
    for row in range(5):
        burst.add(click("a", row), 10.0 + row * (HASTY_SECONDS + 0.05))
    assert burst.settle(20.0) is None


def test_a_click_alone_is_not_said_again():
    burst = Burst()
    burst.add(click("a", 1), 10.0)
    assert burst.due(10.1) == pytest.approx(QUIET_SECONDS - 0.1)
    assert burst.settle(11.0) is None
    burst.add(click("b", 2), 11.0 + CLOSE_SECONDS)
    assert burst.settle(20.0) is None
    assert burst.due(20.0) == float("inf")


def test_a_click_that_crosses_with_what_is_said_again_is_settled_too():
    burst = Burst()
    burst.add(click("a", 1), 10.0)
    burst.add(click("b", 2), 10.1)
    assert burst.settle(10.6)
    burst.add(click("a", 3), 10.65)
    settled = burst.settle(11.2)
    assert (settled.last.row, settled.is_known_to_sender) == (3, False)


def test_two_hundred_clicks_from_all_sides_end_on_the_last(programs, running, capsys):
    until(lambda: all("oddsky-test" in p.tables for p in programs))
    chance = random.Random(5)
    rows = [chance.randrange(N) for _ in range(CLICKS)]
    rows = [row if row != before else (row + 1) % N for before, row in pairwise([-1, *rows])]
    began = time.monotonic()
    for row in rows:
        chance.choice(programs).highlight("oddsky-test", str(row))
        time.sleep(chance.uniform(0, 0.03))
    assert time.monotonic() - began < SECONDS
    last = str(rows[-1])
    until(lambda: running.clicked == 2**62 + rows[-1])
    until(lambda: all(p.shown == last for p in programs))
    time.sleep(2 * QUIET_SECONDS)
    assert [p.shown for p in programs] == [last] * 3
    assert programs[0].spectra()[-1] == f"http://odd.example/spectra/{last}"
    assert_bounded(programs)
    with capsys.disabled():
        print(f"\n{CLICKS} clicks from 3 sides in {time.monotonic() - began:.1f} s")


def test_clicks_that_cross_end_on_one_object(programs, running):
    """Two programs are clicked at the same moment: each is told of the other's after its own."""
    until(lambda: all("oddsky-test" in p.tables for p in programs))
    for pair in ((1, 2), (3, 4), (5, 6)):
        for program, row in zip(programs, pair, strict=False):
            program.highlight("oddsky-test", str(row))
        until(lambda: len({p.shown for p in programs}) == 1)
        time.sleep(CLOSE_SECONDS)
        assert {p.shown for p in programs} == {str(running.clicked - 2**62)}


def test_a_hop_takes_no_time_to_speak_of(programs, running, capsys):
    until(lambda: all("oddsky-test" in p.tables for p in programs))
    took = []
    for row in range(20):
        sender, *others = programs[row % 3], *programs[: row % 3], *programs[row % 3 + 1 :]
        began = time.perf_counter()
        sender.highlight("oddsky-test", str(row))
        until(lambda row=row, others=others: all(p.shown == str(row) for p in others))
        took.append(time.perf_counter() - began)
        time.sleep(CLOSE_SECONDS / 10)
    with capsys.disabled():
        print(f"\na click reaches the others in {np.median(took) * 1000:.0f} ms (median of 20)")


def assert_bounded(programs: list[Program]) -> None:
    """Each program hears of a click once, and of the last of a burst once more."""
    for program in programs:
        heard = [mtype for mtype, params in program.heard if params.get("row") != "-1"]
        assert heard.count(HIGHLIGHT) <= CLICKS + 10
        assert heard.count(SPECTRUM) <= CLICKS
