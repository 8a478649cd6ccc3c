"""The table of jobs, and a job as a row of it."""

import json
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from vo_service.uws.job import Job, JobResult
from vo_service.uws.phases import Phase

METADATA = sa.MetaData()
JOBS = sa.Table(
    "oddsky_uws_jobs",
    METADATA,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("phase", sa.String(10), nullable=False, index=True),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("uploads", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False, index=True),
    sa.Column("destruction", sa.Double, nullable=False, index=True),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("base_url", sa.Text, nullable=False),
    sa.Column("queued", sa.Double),
    sa.Column("started", sa.Double),
    sa.Column("ended", sa.Double),
    sa.Column("seen", sa.Double),
    sa.Column("results", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("release", sa.Integer, nullable=False),
)
"""Times are seconds since 1970, UTC: both engines keep them alike."""


def stored_value(value: Any) -> Any:
    """Return a value of a job as its column keeps it."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, tuple):
        return json.dumps([astuple(result) for result in value])
    return json.dumps(value) if isinstance(value, dict) else value


def job_row(job: Job) -> dict[str, Any]:
    """Return a new job as a row."""
    names = ("job_id", "kind", "parameters", "uploads", "created", "destruction", "seconds",
             "run_id", "base_url", "results", "error", "attempts", "worker", "release")  # fmt: skip
    return {name: stored_value(getattr(job, name)) for name in names} | {"phase": job.phase.value}


def row_job(row: Any) -> Job:
    """Return the job that a row keeps."""
    times: dict[str, Any] = {
        name: None if (stamp := getattr(row, name)) is None else datetime.fromtimestamp(stamp, UTC)
        for name in ("created", "destruction", "started", "ended")
    }
    results = tuple(JobResult(*told) for told in json.loads(row.results))
    return Job(
        job_id=row.job_id, kind=row.kind, phase=Phase(row.phase), results=results,
        parameters=json.loads(row.parameters), uploads=json.loads(row.uploads),
        seconds=row.seconds, run_id=row.run_id, base_url=row.base_url, error=row.error,
        attempts=row.attempts, worker=row.worker, release=row.release, **times,
    )  # fmt: skip
