"""The threads that run jobs, and the one that keeps watch over them.

A job is run where it is claimed. The keeper says that this worker lives, stops what was aborted or
deleted elsewhere, puts back the jobs of workers that died, and removes what has expired.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from vo_service.errors import NotFoundError, OddskyError
from vo_service.uws.job import Job, JobResult
from vo_service.uws.phases import Phase
from vo_service.uws.store import JobStore

log = logging.getLogger("oddsky.jobs")

POLL_SECONDS = 1.0
"""How soon a job that another process queued is found."""

WATCH_SECONDS = 0.4
"""How soon an aborted job is stopped."""

SILENT_SECONDS = 30.0
"""A worker that was not heard of for so long is taken for dead."""

SWEEP_SECONDS = 10.0
MOST_ATTEMPTS = 3


class Cancelled(Exception):
    """The job was aborted or deleted, or this worker ends."""


class Cancellation:
    """Tells a running job to stop, from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self.is_set = False

    def on_cancel(self, stop: Callable[[], None]) -> None:
        """Have something called when the job is to stop; at once if it is already."""
        with self._lock:
            self._stop = stop
            called = self.is_set
        if called:
            stop()

    def cancel(self) -> None:
        """Stop the job."""
        with self._lock:
            self.is_set = True
            stop = self._stop
        if stop is not None:
            stop()


Execute = Callable[[Job, Cancellation], tuple[tuple[JobResult, ...], int]]
"""Runs a job; returns its results and the number of the release that it was answered from."""


@dataclass(slots=True)
class JobWorker:
    """Runs jobs in threads of this process.

    Parameters
    ----------
    store : JobStore
    execute : callable
    forget : callable
        Removes the files of a job.
    threads : int
        Jobs that run at once.
    """

    store: JobStore
    execute: Execute
    forget: Callable[[str], None]
    threads: int
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    _running: dict[str, Cancellation] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ended: threading.Event = field(default_factory=threading.Event)
    _claiming: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start the threads."""
        targets = [self._work] * self.threads + [self._keep]
        for target in targets:
            threading.Thread(target=target, name="oddsky-jobs", daemon=True).start()

    def wake(self) -> None:
        """Say that a job was queued."""
        with self._changed:
            self._changed.notify()

    def stop(self) -> None:
        """Stop what runs and put it back into the queue, for another worker to begin again."""
        # A thread that is about to claim would take a job that has just been put back.
        with self._claiming:
            self._ended.set()
        self.store.put_back(self.name)
        for cancellation in list(self._running.values()):
            cancellation.cancel()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                job = self._claim()
                if job is not None:
                    self._run(job, self._running[job.job_id])
                    continue
            except OddskyError as error:
                log.warning("%s", error)
            with self._changed:
                self._changed.wait(POLL_SECONDS)

    def _claim(self) -> Job | None:
        with self._claiming:
            job = None if self._ended.is_set() else self.store.claim(self.name)
            if job is not None:
                self._running[job.job_id] = Cancellation()
            return job

    def _run(self, job: Job, cancellation: Cancellation) -> None:
        try:
            results, release = self.execute(job, cancellation)
            if not self.store.finish(job, results, release):
                self._discard(job)
        except Cancelled:
            self._discard(job)
        except OddskyError as error:
            self.store.fail(job, str(error))
        except Exception:
            incident = uuid.uuid4().hex[:12]
            log.exception("incident %s in job %s", incident, job.job_id)
            self.store.fail(job, f"The service failed; please report incident {incident}.")
        finally:
            self._running.pop(job.job_id, None)

    def _discard(self, job: Job) -> None:
        """Remove the files of a job that was aborted or deleted; one put back needs them still."""
        try:
            is_wanted = self.store.get(job.job_id).phase is not Phase.ABORTED
        except NotFoundError:
            is_wanted = False
        if not is_wanted:
            self.forget(job.job_id)

    def _keep(self) -> None:
        swept = 0.0
        while not self._ended.wait(WATCH_SECONDS):
            try:
                self._watch()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._sweep()
            except OddskyError as error:
                log.warning("%s", error)

    def _watch(self) -> None:
        if not self._running:
            return
        begun = list(self._running.items())
        wanted = self.store.see(self.name)
        for job_id, cancellation in begun:
            if job_id not in wanted:
                cancellation.cancel()

    def _sweep(self) -> None:
        if self.store.put_back_lost(SILENT_SECONDS, MOST_ATTEMPTS):
            self.wake()
        for job_id in self.store.expired():
            self.store.remove(job_id)
            self.forget(job_id)
