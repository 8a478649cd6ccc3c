import pytest

from vo_service.uws.store import JobStore


@pytest.fixture
def store(tmp_path):
    made = JobStore(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def add(store):
    def add_job(run_id: str = "", queued: bool = True):
        job = store.add({"QUERY": ["SELECT 1"]}, run_id, "http://odd.example", 60, 7.0)
        if queued:
            store.queue(job.job_id)
        return store.get(job.job_id)

    return add_job
