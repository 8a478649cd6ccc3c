"""The jobs in SQLite or PostgreSQL: all SQL about them is here; jobs leave it, rows never do.

Several workers, on one host or many, share a store. What they race for is decided by one UPDATE
each, whose WHERE holds the phase that must still be so.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from vo_service.errors import NotFoundError, TransientError, UsageError
from vo_service.uws.job import Job, JobResult
from vo_service.uws.phases import STOPPABLE, Phase
from vo_service.uws.schema import JOBS, METADATA, job_row, row_job, stored_value


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows (UWS 1.1, section 2.2.2.1).

    Attributes
    ----------
    phases : tuple of Phase
        Empty for all.
    after : datetime, optional
        Created later than this.
    last : int, optional
        No more than so many, the newest.
    kind : str
        Empty for all.
    """

    phases: tuple[Phase, ...] = ()
    after: datetime | None = None
    last: int | None = None
    kind: str = ""


class JobStore:
    """Keeps jobs.

    Parameters
    ----------
    url : str
        Of the database, as SQLAlchemy writes it.
    """

    def __init__(self, url: str):
        self._engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if url.startswith("sqlite"):
            sa.event.listen(self._engine, "connect", _settle_sqlite)
        METADATA.create_all(self._engine, checkfirst=True)

    def close(self) -> None:
        """Free the connections."""
        self._engine.dispose()

    def add(
        self,
        parameters: dict[str, list[str]],
        run_id: str,
        base_url: str,
        seconds: int,
        days: float,
        kind: str = "tap",
    ) -> Job:
        """Add a job, which is PENDING.

        Parameters
        ----------
        parameters : dict
        run_id, base_url : str
        seconds : int
            Longest execution.
        days : float
            Until its destruction.
        kind : str
            Which service's.
        """
        now = _now()
        job = Job(
            secrets.token_hex(12),
            Phase.PENDING,
            parameters,
            now,
            now + timedelta(days=days),
            seconds,
            kind,
            run_id,
            base_url,
        )
        self._run(sa.insert(JOBS).values(**job_row(job)))
        return job

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        rows = self._rows(sa.select(JOBS).where(JOBS.c.job_id == job_id))
        if not rows:
            raise NotFoundError(
                f"There is no job '{job_id[:40]}'; it may have been deleted or have expired."
            )
        return row_job(rows[0])

    def list_jobs(self, wanted: JobFilter) -> list[Job]:
        """Return jobs, the newest first."""
        query = sa.select(JOBS).order_by(JOBS.c.created.desc()).limit(wanted.last)
        if wanted.kind:
            query = query.where(JOBS.c.kind == wanted.kind)
        if wanted.phases:
            query = query.where(JOBS.c.phase.in_([p.value for p in wanted.phases]))
        if wanted.after is not None:
            query = query.where(JOBS.c.created > wanted.after.timestamp())
        return [row_job(row) for row in self._rows(query)]

    def count(self, *phases: Phase) -> int:
        """Count the jobs in some phases."""
        query = sa.select(sa.func.count()).where(JOBS.c.phase.in_([p.value for p in phases]))
        return int(self._rows(query)[0][0])

    def change(self, job_id: str, **values: Any) -> Job:
        """Change `destruction` or `seconds` of a job, or what it asks while it has not begun.

        Parameters
        ----------
        job_id : str
        **values
            `destruction`, `seconds`; `parameters`, `uploads`, `run_id` of a pending job.

        Raises
        ------
        UsageError
            When it has begun.
        """
        pending_only = {"parameters", "uploads", "run_id"} & values.keys()
        query = sa.update(JOBS).where(JOBS.c.job_id == job_id)
        if pending_only:
            query = query.where(JOBS.c.phase == Phase.PENDING.value)
        done = self._run(query.values(**{k: stored_value(v) for k, v in values.items()}))
        job = self.get(job_id)
        if not done:
            raise UsageError(f"The job is {job.phase}; its parameters can no longer be changed.")
        return job

    def queue(self, job_id: str) -> None:
        """Put a pending job into the queue.

        Raises
        ------
        UsageError
            When it is not pending.
        """
        moved = self._move(job_id, (Phase.PENDING,), Phase.QUEUED, queued=_now().timestamp())
        if not moved:
            phase = self.get(job_id).phase
            raise UsageError(f"The job is {phase}; only one that is PENDING can be run.")

    def abort(self, job_id: str) -> bool:
        """Abort a job; False when it was over already."""
        return self._move(job_id, STOPPABLE, Phase.ABORTED, ended=_now().timestamp())

    def claim(self, worker: str) -> Job | None:
        """Take the job that has waited longest for a worker; None when none waits."""
        first = sa.select(JOBS.c.job_id).where(JOBS.c.phase == Phase.QUEUED.value)
        waiting = self._rows(first.order_by(JOBS.c.queued).limit(1))
        if not waiting:
            return None
        now = _now().timestamp()
        query = (
            sa.update(JOBS)
            .where(JOBS.c.job_id == waiting[0].job_id, JOBS.c.phase == Phase.QUEUED.value)
            .values(
                phase=Phase.EXECUTING.value, worker=worker, started=now, seen=now,
                attempts=JOBS.c.attempts + 1,
            )
            .returning(*JOBS.c)
        )  # fmt: skip
        rows = self._rows(query)
        return row_job(rows[0]) if rows else self.claim(worker)

    def finish(self, job: Job, results: tuple[JobResult, ...], release: int) -> bool:
        """Record the answers; False when the job was aborted or deleted meanwhile."""
        told = stored_value(results)
        return self._end(job, Phase.COMPLETED, results=told, release=release)

    def fail(self, job: Job, message: str) -> bool:
        """Record a failure; False when the job was aborted or deleted meanwhile."""
        return self._end(job, Phase.ERROR, error=message)

    def see(self, worker: str) -> set[str]:
        """Say that a worker lives; return the jobs that it should still run."""
        mine = (JOBS.c.worker == worker) & (JOBS.c.phase == Phase.EXECUTING.value)
        self._run(sa.update(JOBS).where(mine).values(seen=_now().timestamp()))
        return {row.job_id for row in self._rows(sa.select(JOBS.c.job_id).where(mine))}

    def put_back(self, worker: str) -> int:
        """Put back the jobs of a worker that ends as it should: that is no fault of theirs."""
        mine = (JOBS.c.worker == worker) & (JOBS.c.phase == Phase.EXECUTING.value)
        return self._put_back(mine, attempts=JOBS.c.attempts - 1)

    def put_back_lost(self, silent_seconds: float, most_attempts: int) -> int:
        """Put back the jobs of workers that have long been silent.

        A job that has been begun too often is given up: it may be what kills the workers.
        """
        lost = JOBS.c.phase == Phase.EXECUTING.value
        lost &= JOBS.c.seen < _now().timestamp() - silent_seconds
        message = f"The service stopped {most_attempts} times while the job ran; simplify it."
        given_up = {"phase": Phase.ERROR.value, "error": message, "ended": _now().timestamp()}
        spent = JOBS.c.attempts >= most_attempts
        self._run(sa.update(JOBS).where(lost, spent).values(**given_up))
        return self._put_back(lost)

    def _put_back(self, which: Any, **values: Any) -> int:
        query = sa.update(JOBS).where(which)
        return self._run(query.values(phase=Phase.QUEUED.value, worker="", **values))

    def remove(self, job_id: str) -> None:
        """Forget a job.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        if not self._run(sa.delete(JOBS).where(JOBS.c.job_id == job_id)):
            self.get(job_id)

    def expired(self) -> list[str]:
        """Return the jobs whose destruction has come."""
        query = sa.select(JOBS.c.job_id).where(JOBS.c.destruction < _now().timestamp())
        return [row.job_id for row in self._rows(query)]

    def _end(self, job: Job, phase: Phase, **values: Any) -> bool:
        return self._move(
            job.job_id, (Phase.EXECUTING,), phase, job.worker, ended=_now().timestamp(), **values
        )

    def _move(
        self, job_id: str, before: tuple[Phase, ...], after: Phase, worker: str = "", **values: Any
    ) -> bool:
        query = sa.update(JOBS).where(
            JOBS.c.job_id == job_id, JOBS.c.phase.in_([p.value for p in before])
        )
        if worker:
            query = query.where(JOBS.c.worker == worker)
        return self._run(query.values(phase=after.value, **values)) > 0

    def _run(self, query: Any) -> int:
        try:
            with self._engine.begin() as connection:
                return connection.execute(query).rowcount
        except sa.exc.OperationalError as error:
            raise TransientError("The list of jobs cannot be reached; try again.") from error

    def _rows(self, query: Any) -> list[Any]:
        try:
            with self._engine.begin() as connection:
                return list(connection.execute(query))
        except sa.exc.OperationalError as error:
            raise TransientError("The list of jobs cannot be reached; try again.") from error


def _settle_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and a writer work at once, and wait for a lock rather than fail."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _now() -> datetime:
    return datetime.now(UTC)
