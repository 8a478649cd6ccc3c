"""What clients do with jobs: create, run, watch, change, abort, delete."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vo_service.errors import NotFoundError, TooManyError, UsageError
from vo_service.services.execute_job import JobFiles
from vo_service.settings import Settings
from vo_service.uws.job import Job, JobResult
from vo_service.uws.phases import Phase
from vo_service.uws.store import JobFilter, JobStore
from vo_service.uws.worker import JobWorker

MOST_WAIT_SECONDS = 30.0
"""A longer WAIT is cut: clients' own time-outs and proxies would end it less kindly."""

_POLLS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


class Jobs:
    """The asynchronous jobs of one kind.

    Parameters
    ----------
    kind : str
    settings : Settings
    store : JobStore
    files : JobFiles
    worker : JobWorker
        Told of queued jobs; it need not have been started in this process.
    """

    def __init__(
        self, kind: str, settings: Settings, store: JobStore, files: JobFiles, worker: JobWorker
    ):
        self._kind, self._settings, self._store = kind, settings, store
        self._files, self._worker = files, worker

    def create(
        self,
        parameters: dict[str, list[str]],
        run_id: str,
        base_url: str,
        uploads: dict[str, bytes],
    ) -> Job:
        """Create a job, which waits to be told to run.

        Raises
        ------
        TooManyError
            When too many jobs wait already.
        """
        if self._store.count(Phase.QUEUED, Phase.EXECUTING) >= self._settings.most_jobs:
            raise TooManyError("Too many jobs wait to be run; try again later.")
        limits = self._settings.job_seconds, self._settings.job_days
        job = self._store.add(parameters, run_id, base_url, *limits, kind=self._kind)
        return self.add_uploads(job, uploads) if uploads else job

    def add_uploads(self, job: Job, uploads: dict[str, bytes]) -> Job:
        """Keep uploaded tables with a job that has not begun."""
        files = job.uploads | self._files.save_uploads(job.job_id, uploads)
        return self._store.change(job.job_id, uploads=files)

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        job = self._store.get(job_id)
        if job.kind != self._kind:
            raise NotFoundError(f"There is no job '{job_id[:40]}' of this service.")
        return job

    def list_jobs(self, wanted: JobFilter) -> list[Job]:
        """Return jobs, the newest first."""
        return self._store.list_jobs(replace(wanted, kind=self._kind))

    def wait(self, job_id: str, seconds: float, phase: str | None) -> Job:
        """Return a job as soon as its phase changes, or after some seconds (UWS 1.1, 2.2.1.1).

        Parameters
        ----------
        job_id : str
        seconds : float
            Negative is as long as allowed.
        phase : str, optional
            Wait only while the job is in this phase.
        """
        longest = MOST_WAIT_SECONDS if seconds < 0 else min(seconds, MOST_WAIT_SECONDS)
        deadline = time.monotonic() + longest
        first = job = self.get(job_id)
        if phase is not None and job.phase != phase.upper():
            return job
        poll = iter(_POLLS)
        pause = next(poll)
        while job.phase == first.phase and job.phase.is_active and time.monotonic() < deadline:
            time.sleep(pause)
            pause = next(poll, _POLLS[-1])
            job = self._store.get(job_id)
        return job

    def move(self, job_id: str, phase: str) -> None:
        """Run or abort a job, as PHASE says.

        Raises
        ------
        UsageError
            When PHASE is neither, or the job is past that.
        """
        self.get(job_id)
        if phase.upper() == "RUN":
            self._store.queue(job_id)
            self._worker.wake()
        elif phase.upper() == "ABORT":
            if not self._store.abort(job_id) and not self._store.get(job_id).phase.is_over:
                raise UsageError("The job cannot be aborted in this phase.")
        else:
            raise UsageError(f"PHASE is '{phase[:20]}'; it must be RUN or ABORT.")

    def set_parameters(self, job_id: str, parameters: dict[str, list[str]], run_id: str) -> None:
        """Change parameters of a job that has not begun.

        Raises
        ------
        UsageError
            When it has.
        """
        job = self.get(job_id)
        changed = replace(job, parameters=job.parameters | parameters)
        self._store.change(job_id, parameters=changed.parameters, run_id=run_id or job.run_id)

    def set_seconds(self, job_id: str, seconds: int) -> None:
        """Set the longest execution; 0 and too much are the most allowed (UWS 1.1, 2.1.5)."""
        most = self._settings.most_job_seconds
        wanted = min(seconds, most) if seconds > 0 else most
        self._store.change(self.get(job_id).job_id, seconds=wanted)

    def set_destruction(self, job_id: str, time: datetime) -> None:
        """Set when the job is removed; later than allowed is the latest allowed."""
        latest = datetime.now(UTC) + timedelta(days=self._settings.most_job_days)
        self._store.change(self.get(job_id).job_id, destruction=min(time, latest))

    def remove(self, job_id: str) -> None:
        """Stop a job if it runs, and remove it with its result.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        self._store.remove(self.get(job_id).job_id)
        self._files.forget(job_id)

    def result(self, job_id: str, name: str) -> tuple[Path, JobResult]:
        """Return the file of a job's answer, and what is known of it.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        job = self.get(job_id)
        result = next((r for r in job.results if r.name == name), None)
        if result is None:
            raise NotFoundError(f"The job is {job.phase}; it has no result '{name[:40]}'.")
        path = self._files.result(result)
        if not path.exists():
            raise NotFoundError("The result of the job is no longer kept; run it again.")
        return path, result
