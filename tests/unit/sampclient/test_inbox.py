"""The inbox: the last click wins, and nothing else is lost."""

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sampclient.inbox import Inbox
from sampclient.link import _kind_of
from sampclient.messages import Highlight, Joined, Left, Selection


def click(row: int) -> Highlight:
    return Highlight("c1", "t", "", row)


def drain(inbox: Inbox) -> list:
    taken = []
    while (message := inbox.take(0)) is not None:
        taken.append(message)
    return taken


def test_a_newer_click_takes_the_place_of_one_that_waits():
    inbox = Inbox(_kind_of)
    for row in range(50):
        inbox.put(click(row))
    assert drain(inbox) == [click(49)]


def test_clicks_and_selections_do_not_supersede_each_other():
    inbox = Inbox(_kind_of)
    selection = Selection("c1", "t", "", np.array([1, 2]))
    inbox.put(click(1))
    inbox.put(selection)
    inbox.put(click(2))
    assert drain(inbox) == [selection, click(2)]


def test_each_program_that_comes_or_goes_is_told():
    inbox = Inbox(_kind_of)
    for message in (Joined("a"), Joined("b"), Left("a"), Joined("b")):
        inbox.put(message)
    assert drain(inbox) == [Joined("a"), Left("a"), Joined("b")]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_the_last_of_any_sequence_comes_last(rows):
    inbox = Inbox(_kind_of)
    for row in rows:
        inbox.put(click(row))
    assert drain(inbox)[-1] == click(rows[-1])


def test_nothing_in_time_is_none():
    assert Inbox(_kind_of).take(0.01) is None


def test_taking_waits_for_what_comes():
    inbox = Inbox(_kind_of)
    threading.Timer(0.05, inbox.put, (click(1),)).start()
    assert inbox.take(5) == click(1)
