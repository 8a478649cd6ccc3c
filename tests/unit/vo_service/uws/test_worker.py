"""The worker: what it runs, stops, fails and puts back."""

import threading
import time

import pytest

from vo_service.errors import UsageError
from vo_service.uws.job import JobResult
from vo_service.uws.phases import Phase
from vo_service.uws.worker import Cancellation, Cancelled, JobWorker

RESULTS = (JobResult("x.vot", "text/xml", 1),)


def until(test, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.01)


@pytest.fixture
def work(store):
    """Start a worker that executes as told; it is stopped at the end."""
    workers, forgotten = [], []

    def start(execute) -> JobWorker:
        worker = JobWorker(store, execute, forgotten.append, threads=2, name=f"w{len(workers)}")
        workers.append(worker)
        worker.start()
        return worker

    start.forgotten = forgotten
    yield start
    for worker in workers:
        worker.stop()


def waits(job, cancellation: Cancellation):
    """Run until cancelled, as a long query does."""
    stopped = threading.Event()
    cancellation.on_cancel(stopped.set)
    stopped.wait(20)
    raise Cancelled


def test_a_queued_job_is_run(store, add, work):
    job = add()
    work(lambda job, cancellation: (RESULTS, 5))
    until(lambda: store.get(job.job_id).phase is Phase.COMPLETED)
    assert store.get(job.job_id).release == 5


def test_a_job_queued_later_is_found_at_once_when_told(store, add, work):
    worker = work(lambda job, cancellation: (RESULTS, 5))
    time.sleep(0.1)
    job = add()
    worker.wake()
    until(lambda: store.get(job.job_id).phase is Phase.COMPLETED, 0.9)


def test_an_aborted_job_is_stopped(store, add, work):
    job = add()
    work(waits)
    until(lambda: store.get(job.job_id).phase is Phase.EXECUTING)
    store.abort(job.job_id)
    until(lambda: work.forgotten == [job.job_id])
    assert store.get(job.job_id).phase is Phase.ABORTED


def test_a_deleted_job_is_stopped(store, add, work):
    job = add()
    work(waits)
    until(lambda: store.get(job.job_id).phase is Phase.EXECUTING)
    store.remove(job.job_id)
    until(lambda: work.forgotten == [job.job_id])


def test_a_wrong_query_is_told_and_a_fault_is_not(store, add, work, caplog):
    def execute(job, cancellation):
        if job.run_id == "wrong":
            raise UsageError("There is no table 'x'")
        raise ValueError("secret of the house")

    wrong, fault = add("wrong"), add("fault")
    work(execute)
    until(lambda: store.count(Phase.ERROR) == 2)
    assert store.get(wrong.job_id).error == "There is no table 'x'"
    message = store.get(fault.job_id).error
    assert "secret" not in message
    incident = message.rstrip(".").split()[-1]
    assert incident in caplog.text
    assert "secret of the house" in caplog.text


def test_a_worker_that_ends_puts_its_jobs_back(store, add, work):
    job = add()
    worker = work(waits)
    until(lambda: store.get(job.job_id).phase is Phase.EXECUTING)
    worker.stop()
    until(lambda: store.get(job.job_id).phase is Phase.QUEUED)
    work(lambda job, cancellation: (RESULTS, 1))
    until(lambda: store.get(job.job_id).phase is Phase.COMPLETED)
    # A worker that ends is no fault of the job, whose uploads are still needed.
    assert store.get(job.job_id).attempts == 1
    assert not work.forgotten


def test_a_worker_that_ends_claims_no_more(store, add, work, monkeypatch):
    job, claim, begun = add(), store.claim, threading.Event()

    def claim_slowly(worker):
        begun.set()
        time.sleep(0.3)
        return claim(worker)

    monkeypatch.setattr(store, "claim", claim_slowly)
    worker = work(waits)
    assert begun.wait(10)
    worker.stop()
    time.sleep(0.7)
    assert store.get(job.job_id).phase is Phase.QUEUED


def test_cancelling_before_there_is_something_to_stop_is_remembered():
    cancellation, stopped = Cancellation(), []
    cancellation.cancel()
    cancellation.on_cancel(lambda: stopped.append(True))
    assert stopped == [True]
