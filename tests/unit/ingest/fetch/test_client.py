"""Patience with servers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ingest.fetch.client import Client, _retry_after
from ingest.fetch.wanted import PassingError, StoppedError


def test_retry_after_is_seconds_or_a_date():
    assert _retry_after("7") == 7
    then = datetime.now(UTC) + timedelta(seconds=30)
    assert 25 < _retry_after(format_datetime(then, usegmt=True)) <= 30
    assert _retry_after("soon") == 0
    assert _retry_after("") == 0
    assert _retry_after("999999") == 600


def test_waits_double_within_their_jitter():
    client = Client(1, 1.0, 3, first_wait=2.0)
    for failures, wait in ((1, 2.0), (3, 8.0), (30, 60.0)):
        assert wait * 0.5 <= client._backoff(failures) <= wait * 1.5


def test_tries_end():
    client, tried = Client(1, 1.0, 3, first_wait=0.0), []

    def fail() -> None:
        tried.append(1)
        raise PassingError("it broke")

    with pytest.raises(PassingError, match="it broke"):
        client.patiently(fail, "it")
    assert len(tried) == 3


def test_a_stop_ends_the_wait():
    client = Client(1, 1.0, 3, first_wait=1000.0)

    def fail() -> None:
        client.stop.set()
        raise PassingError("it broke")

    with pytest.raises(StoppedError):
        client.patiently(fail, "it")
