"""Run a job: its answers go into files, whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vo_service.errors import FatalError
from vo_service.services.holdings import Holding, Holdings
from vo_service.services.run_query import Answer, QueryRequest, run_query
from vo_service.settings import Settings
from vo_service.uws.job import Job, JobResult
from vo_service.uws.worker import Cancellation, Cancelled


class JobFiles:
    """The files of jobs: what was uploaded, and the answers.

    Parameters
    ----------
    state : Path
    """

    def __init__(self, state: Path):
        self._results, self._uploads = state / "results", state / "uploads"

    def result(self, result: JobResult) -> Path:
        """Return where an answer lies."""
        return self._results / result.file_name

    def save_uploads(self, job_id: str, uploads: dict[str, bytes]) -> dict[str, str]:
        """Keep uploaded tables until their job has ended; return the file of each."""
        folder = self._uploads / job_id
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in uploads.items():
            (folder / name).write_bytes(data)
        return {name: f"{job_id}/{name}" for name in uploads}

    def read_uploads(self, job: Job) -> dict[str, bytes]:
        """Return what was uploaded with a job.

        Raises
        ------
        FatalError
            When it is no longer there.
        """
        try:
            return {n: (self._uploads / file).read_bytes() for n, file in job.uploads.items()}
        except OSError as error:
            raise FatalError(f"The uploads of job {job.job_id} cannot be read: {error}") from error

    def forget(self, job_id: str) -> None:
        """Remove all files of a job."""
        self.forget_results(job_id)
        shutil.rmtree(self._uploads / job_id, ignore_errors=True)

    def forget_results(self, job_id: str) -> None:
        """Remove the answers of a job; what was uploaded with it stays."""
        for path in self._results.glob(f"{job_id}.*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Give a file to write into; it gets its name when the block ends well."""
        self._results.mkdir(parents=True, exist_ok=True)
        draft = self._results / f"{name}.draft"
        try:
            yield draft
            draft.rename(self._results / name)
        finally:
            draft.unlink(missing_ok=True)


Task = Callable[[Job, dict[str, bytes], Holding, Settings], Iterator[tuple[str, Answer]]]
"""Does a job, with what was uploaded for it: yields the name and the answer of each result."""


class JobExecutor:
    """Runs jobs on the current release.

    Parameters
    ----------
    settings : Settings
    holdings : Holdings
    files : JobFiles
    tasks : mapping of str to callable
        What does the jobs of each kind.
    """

    def __init__(
        self, settings: Settings, holdings: Holdings, files: JobFiles, tasks: Mapping[str, Task]
    ):
        self._settings, self._holdings, self._files = settings, holdings, files
        self._tasks = tasks

    def __call__(self, job: Job, cancellation: Cancellation) -> tuple[tuple[JobResult, ...], int]:
        """Run a job; see `uws.worker.Execute`.

        Raises
        ------
        Cancelled
            When the job was aborted.
        OddskyError
            When the query is wrong or fails.
        """
        with self._holdings.use() as holding:
            uploads = self._files.read_uploads(job)
            answers = self._tasks[job.kind](job, uploads, holding, self._settings)
            try:
                results = tuple(self._keep(job, *named, cancellation) for named in answers)
            except BaseException:
                self._files.forget_results(job.job_id)
                raise
            return results, holding.release.number

    def _keep(self, job: Job, name: str, answer: Answer, cancellation: Cancellation) -> JobResult:
        """Write an answer into its file."""
        cancellation.on_cancel(answer.close)
        file_name = f"{job.job_id}.{name}.{answer.extension}"
        try:
            with self._files.draft(file_name) as draft:
                size = _write(answer, draft, cancellation)
        except Exception:
            if cancellation.is_set:
                raise Cancelled from None
            raise
        finally:
            answer.close()
        return JobResult(file_name, answer.media_type, size, name)


def answer_query(
    job: Job, uploads: dict[str, bytes], holding: Holding, settings: Settings
) -> Iterator[tuple[str, Answer]]:
    """Do the job of TAP: its one answer is `result`."""
    yield "result", run_query(job_request(job, uploads), holding, settings, seconds=job.seconds)


def job_request(job: Job, uploads: dict[str, bytes]) -> QueryRequest:
    """Return what a job asks."""
    count = job.parameter("MAXREC")
    return QueryRequest(
        query=job.parameter("QUERY") or "",
        language=job.parameter("LANG") or "",
        max_rows=None if count is None else int(count),
        response_format=job.parameter("RESPONSEFORMAT") or job.parameter("FORMAT"),
        base_url=job.base_url,
        uploads=uploads,
    )


def _write(answer: Answer, path: Path, cancellation: Cancellation) -> int:
    with path.open("wb") as stream:
        for chunk in answer.chunks:
            if cancellation.is_set:
                raise Cancelled
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
        return stream.tell()
