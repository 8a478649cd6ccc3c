"""The store: what workers race for is decided once, and nothing is lost when one dies."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from vo_service.errors import NotFoundError, UsageError
from vo_service.uws.job import JobResult
from vo_service.uws.phases import Phase
from vo_service.uws.store import JobFilter, JobStore

RESULTS = (
    JobResult("x.1.vot", "application/x-votable+xml", 12, "first"),
    JobResult("x.2.fits", "application/fits", 2880, "second"),
)


def test_a_new_job_is_pending_and_keeps_what_it_was_given(store, add):
    job = add("mine", queued=False)
    assert job == store.get(job.job_id)
    assert (job.phase, job.run_id, job.seconds) == (Phase.PENDING, "mine", 60)
    assert job.parameters == {"QUERY": ["SELECT 1"]}
    assert job.destruction - job.created == timedelta(days=7)


def test_an_unknown_job_is_named(store):
    with pytest.raises(NotFoundError, match="no job 'nope'"):
        store.get("nope")


def test_jobs_are_claimed_once_each_and_in_their_order(store, add):
    ids = [add().job_id for _ in range(20)]
    claimed, lock = [], threading.Lock()

    def work(name: str) -> None:
        while (job := store.claim(name)) is not None:
            with lock:
                claimed.append(job.job_id)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(ids)
    assert claimed[0] == ids[0]


def test_a_finished_job_has_its_result(store, add):
    job = add()
    claimed = store.claim("w")
    assert store.finish(claimed, RESULTS, 3)
    done = store.get(job.job_id)
    assert (done.phase, done.results, done.release) == (Phase.COMPLETED, RESULTS, 3)
    assert done.started <= done.ended


def test_an_aborted_job_takes_no_result(store, add):
    job = add()
    claimed = store.claim("w")
    assert store.abort(job.job_id)
    assert not store.finish(claimed, RESULTS, 1)
    assert store.get(job.job_id).phase is Phase.ABORTED
    assert store.see("w") == set()
    assert not store.abort(job.job_id)


def test_only_a_pending_job_can_be_run_or_changed(store, add):
    job = add()
    with pytest.raises(UsageError, match="QUEUED; only one that is PENDING"):
        store.queue(job.job_id)
    with pytest.raises(UsageError, match="can no longer be changed"):
        store.change(job.job_id, parameters={"QUERY": ["SELECT 2"]})
    later = datetime.now(UTC) + timedelta(days=2)
    assert store.change(job.job_id, destruction=later, seconds=5).seconds == 5


def test_the_jobs_of_a_silent_worker_go_back_and_are_given_up_after_some_tries(store, add):
    job = add()
    for _ in range(3):
        store.claim("dies")
        assert store.get(job.job_id).phase is Phase.EXECUTING
        store.put_back_lost(silent_seconds=-1, most_attempts=3)
    given_up = store.get(job.job_id)
    assert given_up.phase is Phase.ERROR
    assert "stopped 3 times" in given_up.error


def test_a_worker_that_lives_keeps_its_jobs(store, add):
    job = add()
    store.claim("lives")
    assert store.see("lives") == {job.job_id}
    assert store.put_back_lost(silent_seconds=30, most_attempts=3) == 0
    assert store.put_back("lives") == 1
    assert store.get(job.job_id).phase is Phase.QUEUED


def test_a_late_answer_of_a_worker_taken_for_dead_is_refused(store, add):
    add()
    late = store.claim("slow")
    store.put_back_lost(silent_seconds=-1, most_attempts=3)
    again = store.claim("other")
    assert not store.finish(late, RESULTS, 1)
    assert store.finish(again, RESULTS, 1)


def test_lists_are_filtered_and_the_newest_is_first(store, add):
    first, second, third = (add(str(i), queued=i > 0) for i in range(3))
    assert [j.run_id for j in store.list_jobs(JobFilter())] == ["2", "1", "0"]
    assert [j.run_id for j in store.list_jobs(JobFilter(phases=(Phase.PENDING,)))] == ["0"]
    assert [j.run_id for j in store.list_jobs(JobFilter(last=1))] == ["2"]
    after = store.list_jobs(JobFilter(after=first.created))
    assert [j.job_id for j in after] == [third.job_id, second.job_id]


def test_removed_and_expired_jobs_go(store, add):
    job = add()
    store.change(job.job_id, destruction=datetime.now(UTC) - timedelta(seconds=1))
    assert store.expired() == [job.job_id]
    store.remove(job.job_id)
    assert store.expired() == []
    with pytest.raises(NotFoundError):
        store.remove(job.job_id)


def test_jobs_of_a_kind_are_listed_apart(store, add):
    add("query")
    other = store.add({"ID": ["1"]}, "cut", "http://odd.example", 60, 7.0, kind="soda")
    assert store.get(other.job_id).kind == "soda"
    assert [j.run_id for j in store.list_jobs(JobFilter(kind="soda"))] == ["cut"]
    assert [j.run_id for j in store.list_jobs(JobFilter(kind="tap"))] == ["query"]
    assert len(store.list_jobs(JobFilter())) == 2


def test_jobs_survive_the_store_that_wrote_them(store, add, tmp_path):
    job = add("kept")
    other = JobStore(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    assert other.get(job.job_id).run_id == "kept"
    other.close()
