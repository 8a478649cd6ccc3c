"""Whose turn it is, and who has left."""

import socket
import threading
import time

from vo_service.web.turns import LONGEST_PAUSE, Turns
from vo_service.web.watch import Watch


def test_dumps_take_turns_among_themselves():
    turns, at_once, most = Turns(), [0], [0]

    def dump() -> None:
        for _ in range(20):
            with turns.going_on(turns.begun):
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
                time.sleep(0.001)
                at_once[0] -= 1

    threads = [threading.Thread(target=dump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_dump_lets_what_begins_pass():
    turns, order = Turns(), []

    def dump() -> None:
        with turns.going_on(turns.begun):
            order.append("dump")

    with turns.beginning():
        thread = threading.Thread(target=dump)
        thread.start()
        time.sleep(LONGEST_PAUSE / 3)
        order.append("short")
    thread.join()
    assert order == ["short", "dump"]


def test_a_dump_does_not_wait_for_ever():
    turns = Turns()
    with turns.beginning(), turns.going_on(turns.begun):
        pass


def test_a_dump_leaves_time_to_others_while_they_begin(monkeypatch):
    turns, slept = Turns(), []
    monkeypatch.setattr("vo_service.web.turns.time.sleep", slept.append)

    def go_on(begun: float) -> bool:
        slept.clear()
        with turns.going_on(begun):
            pass
        return bool(slept)

    with turns.beginning():
        pass
    assert go_on(begun=0.0)
    assert not go_on(begun=turns.begun)


def test_a_client_that_leaves_is_noticed_and_one_that_stays_is_not():
    watch, left, (here, there), (other, stays) = (
        Watch(),
        [],
        socket.socketpair(),
        socket.socketpair(),
    )
    with (
        watch.watching(here, lambda: left.append("left")),
        watch.watching(other, lambda: left.append("stays")),
    ):
        there.close()
        deadline = time.monotonic() + 5
        while not left and time.monotonic() < deadline:
            time.sleep(0.01)
    assert set(left) == {"left"}
    stays.close()


def test_what_ended_is_no_longer_watched():
    watch, left, (here, there) = Watch(), [], socket.socketpair()
    with watch.watching(here, lambda: left.append(1)):
        pass
    there.close()
    time.sleep(0.5)
    assert not left
