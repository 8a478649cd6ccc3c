"""HTTP as an archive likes it: few connections, patience, and a name.

`requests` keeps connections open between thousands of small files, follows redirects, and honours
proxies and certificates of the system; `urllib` opens a connection for each file.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ingest.fetch.wanted import MissingError, PassingError, StoppedError

log = logging.getLogger("oddsky.fetch")

USER_AGENT = f"oddsky/{version('oddsky')} (oddsky fetch; {requests.utils.default_user_agent()})"

CONNECT_SECONDS = 10.0
LONGEST_WAIT = 600.0
"""A server that asks for more than that is asked again nevertheless [s]."""

FIRST_WAIT, SLOWEST_WAIT = 1.0, 60.0
"""The waits between tries double from the first to the slowest [s]."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})

NO_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)

Result = TypeVar("Result")


class Client:
    """One session, shared by a few threads.

    Parameters
    ----------
    connections : int
        How many connections are kept open.
    timeout : float
        How long a server may be silent [s].
    tries : int
        How often in a row something may fail without getting further.
    first_wait : float
        The wait after the first failure [s].
    """

    def __init__(
        self, connections: int, timeout: float, tries: int, first_wait: float = FIRST_WAIT
    ):
        self.tries, self.first_wait = tries, first_wait
        self.stop = threading.Event()
        self._timeout = (CONNECT_SECONDS, timeout)
        self._quiet_until = 0.0
        self._session = requests.Session()
        # Compressed transfer would hide the length of the file and make Range meaningless.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=connections))

    @contextmanager
    def get(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """Open an answer as a stream; a form is posted.

        Raises
        ------
        MissingError
            When the server refuses for good.
        PassingError
            When it is busy, silent, or the connection breaks, here or while the answer is read.
        """
        self._hold()
        method = "GET" if form is None else "POST"
        try:
            with self._session.request(
                method, url, headers=headers, data=form, timeout=self._timeout, stream=True
            ) as response:
                self._check(response)
                yield response
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise PassingError("the server was silent for too long") from error
        except NO_URL as error:
            raise MissingError(f"{url} is no URL of a web server; check --archive") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise PassingError("the connection broke or could not be made") from error

    def text(self, url: str, form: dict[str, str] | None = None) -> bytes:
        """Return a whole answer, however often it has to be asked for."""

        def once() -> bytes:
            with self.get(url, form=form) as response:
                return response.content

        return self.patiently(once, url)

    def patiently(
        self, attempt: Callable[[], Result], name: str, progress: Callable[[], int] = lambda: 0
    ) -> Result:
        """Try until it works; a try that got further than any before it does not count.

        Raises
        ------
        PassingError
            The last of too many failures in a row.
        """
        failures, furthest = 0, progress()
        while True:
            try:
                return attempt()
            except PassingError as error:
                reached = progress()
                failures = 1 if reached > furthest else failures + 1
                furthest = max(furthest, reached)
                log.info("%s: %s (try %d of %d)", name, error, failures, self.tries)
                if failures >= self.tries:
                    raise
                self._rest(max(error.wait, self._backoff(failures)))

    def _backoff(self, failures: int) -> float:
        # Jitter keeps the connections from coming back all at once.
        wait = min(SLOWEST_WAIT, self.first_wait * 2 ** (failures - 1))
        return wait * random.uniform(0.5, 1.5)

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status in PASSING:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            # A server that names a time means every connection.
            self._quiet_until = max(self._quiet_until, time.monotonic() + wait)
            raise PassingError(f"the server answered {status} {response.reason}", wait)
        if status >= 400 and status != 416:
            raise MissingError(f"the server answered {status} {response.reason}: {response.url}")

    def _hold(self) -> None:
        self._rest(self._quiet_until - time.monotonic())

    def _rest(self, seconds: float) -> None:
        if self.stop.wait(max(0.0, seconds)):
            raise StoppedError("stopped")


def _retry_after(text: str) -> float:
    """Return the seconds of a Retry-After header, a number or a date; 0 where it is neither."""
    try:
        seconds = float(text) if text.isdigit() else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return 0.0
    wait = seconds if text.isdigit() else seconds - time.time()
    return min(LONGEST_WAIT, max(0.0, wait))
