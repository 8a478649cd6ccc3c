"""What every request needs, found by the app that serves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g, request

from vo_service.services.holdings import Holding, Holdings
from vo_service.services.manage_jobs import Jobs
from vo_service.settings import Settings
from vo_service.uws.worker import JobWorker


@dataclass(frozen=True, slots=True)
class Context:
    """The objects of one app: its jobs by their kind, and since when it is up (UTC)."""

    settings: Settings
    holdings: Holdings
    jobs: Mapping[str, Jobs]
    worker: JobWorker
    up_since: datetime


def context() -> Context:
    """Return the objects of the app that serves this request."""
    return current_app.extensions["oddsky"]


def base_url() -> str:
    """Return the URL of the service as clients see it, without a slash at the end."""
    return context().settings.base_url or request.url_root.rstrip("/")


def holding() -> Holding:
    """Return the release of this request; it stays open until the answer has been sent."""
    if "holding" not in g:
        g.holding = context().holdings.acquire()
    return g.holding


def take_holding() -> Holding:
    """Return the release of this request to a stream, which must leave it at its end."""
    taken = holding()
    g.pop("holding")
    return taken


def leave_holding(_error: BaseException | None = None) -> None:
    """Leave the release of a request that did not stream."""
    held = g.pop("holding", None)
    if held is not None:
        context().holdings.leave(held)
