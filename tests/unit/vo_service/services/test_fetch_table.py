"""Work of several steps ends when it is told to, and when its time is over."""

import time

import pytest

from vo_service.errors import QueryStoppedError, UsageError
from vo_service.services.fetch_table import Stop


def test_it_goes_on_until_it_is_stopped():
    stop = Stop(60)
    stop.check()
    stop.now()
    with pytest.raises(QueryStoppedError):
        stop.check()


def test_time_that_a_client_takes_does_not_count():
    stop = Stop(0.2)
    with stop.paused():
        time.sleep(0.25)
    stop.check()
    time.sleep(0.25)
    with pytest.raises(UsageError, match=r"longer than 0\.2 s"):
        stop.check()


def test_what_is_held_is_freed_when_stopped_and_at_the_end():
    freed, stop = [], Stop(60)
    with stop.freeing(lambda: freed.append(1)):
        assert freed == []
        stop.now()
        assert freed == [1]
    assert freed == [1, 1]
    with pytest.raises(QueryStoppedError), stop.freeing(lambda: freed.append(2)):
        pytest.fail("it was stopped before")
    assert freed == [1, 1, 2]
