"""The allowance: what the engine takes counts, what a slow client takes does not."""

import threading
import time

from vo_service.query.allowance import Allowance


def test_time_between_the_work_does_not_count():
    stopped = threading.Event()
    allowance = Allowance(0.3, stopped.set)
    for _ in range(4):
        with allowance.spending():
            pass
        time.sleep(0.15)
    assert not allowance.is_spent
    assert not stopped.is_set()


def test_work_over_the_allowance_is_stopped_again_until_it_ends():
    calls: list[float] = []
    twice = threading.Event()

    def stop() -> None:
        calls.append(time.monotonic())
        if len(calls) == 2:
            twice.set()

    allowance = Allowance(0.05, stop)
    with allowance.spending():
        assert twice.wait(20)
    assert allowance.is_spent
    count = len(calls)
    time.sleep(0.5)
    assert len(calls) == count
