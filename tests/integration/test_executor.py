"""The same tables wherever the work is done, and whoever is lost on the way."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ingest import cluster as dask_module
from ingest.cli import ingest, run
from ingest.cluster import open_cluster
from ingest.errors import IngestError
from ingest.executor import StageTask, run_tasks
from ingest.resume import StageStore
from tests.support.cluster import DaskCluster, dask_cluster, kill
from tests.support.runs import (
    SMALL,
    digests,
    members,
    start_ingest,
    wait_for_end,
    wait_until,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[DaskCluster]:
    """Two workers with two threads each, and no word about the threads of their libraries."""
    with dask_cluster(tmp_path_factory.mktemp("cluster"), workers=2, threads=2) as started:
        yield started


def stages(root: Path, pattern: str) -> list[Path]:
    return list(root.glob(f"work/*/stages/{pattern}.npz"))


def finish(survey: Path, root: Path, config: Path) -> dict[str, str]:
    """Start the same command again, let it end, and return the digests."""
    process = start_ingest(survey, root, config, "--workers", "2")
    assert process.wait() == 0, process.stderr.read()
    assert list((root / "work").iterdir()) == []
    assert wait_for_end(process.pid) == []
    return digests(root)


def workers_of(process) -> list[int]:
    """Return the workers of a command: children of the process that forks them."""
    parents = {pid: int(_stat(pid)[1]) for pid in members(process.pid)}
    return [pid for pid, parent in parents.items() if parent in parents and parent != process.pid]


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def test_what_ends_a_run_is_told_and_the_same_command_goes_on(
    small_survey, small_config, small_digests, tmp_path
):
    root = tmp_path / "r"
    process = start_ingest(small_survey, root, small_config, "--workers", "2")
    assert wait_until(lambda: stages(root, "model-*"), process)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith("oddsky: A worker process was lost")
    assert errors.count("\n") == 1
    assert wait_for_end(process.pid) == []

    process = start_ingest(small_survey, root, small_config, "--workers", "2")
    assert wait_until(lambda: stages(root, "planted-*"), process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == "oddsky: Interrupted. Start the same command again: it goes on where it was.\n"
    assert wait_for_end(process.pid) == []
    assert not stages(root, "map-*")
    assert finish(small_survey, root, small_config) == small_digests


def test_workers_end_with_a_parent_that_is_killed(small_survey, small_config, tmp_path):
    root = tmp_path / "r"
    process = start_ingest(small_survey, root, small_config, "--workers", "2")
    assert wait_until(lambda: stages(root, "planted-*"), process)
    assert len(workers_of(process)) == 2
    process.kill()
    process.wait()
    assert wait_for_end(process.pid) == []


def test_a_cluster_gives_the_same_tables(
    small_survey, small_digests, cluster, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # where no worker stands
    run([str(small_survey)], Path("r"), SMALL, scheduler=cluster.address)
    assert digests(Path("r")) == small_digests
    assert list(Path("r/work").iterdir()) == []


def test_a_killed_worker_of_a_cluster_loses_nothing_and_a_lost_scheduler_is_told(
    small_survey, small_config, small_digests, tmp_path
):
    root = tmp_path / "r"
    with dask_cluster(tmp_path, workers=2) as cluster:
        process = start_ingest(small_survey, root, small_config, "--scheduler", cluster.address)
        assert wait_until(lambda: stages(root, "planted-*"), process)
        kill(cluster.workers[0])
        done = len(stages(root, "planted-*"))
        assert done < 5
        assert wait_until(lambda: len(stages(root, "planted-*")) > done, process)
        kill(cluster.scheduler)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert f"The Dask scheduler at {cluster.address} was lost" in errors
    assert "Traceback" not in errors
    assert finish(small_survey, root, small_config) == small_digests


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "foo://x:1", "localhost:abc"])
def test_a_wrong_address_is_one_sentence(small_survey, tmp_path, address):
    answer = CliRunner().invoke(
        ingest, [str(small_survey), "--into", str(tmp_path / "r"), "--scheduler", address]
    )
    assert answer.exit_code == 2
    assert answer.stderr == (
        f"oddsky: No Dask scheduler answers at {address}; start one with: dask scheduler.\n"
    )


def test_a_scheduler_without_workers_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_module, "PATIENCE_SECONDS", 1)
    with (
        dask_cluster(tmp_path, workers=0) as empty,
        pytest.raises(IngestError, match="has no workers; start some with: dask worker tcp://"),
        open_cluster(empty.address),
    ):
        pass


def test_a_task_that_takes_its_workers_with_it_is_told(tmp_path):
    settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    deadly = StageTask("deadly", os._exit, (1,))
    with (
        dask_cluster(tmp_path, workers=1, **settings) as cluster,
        pytest.raises(IngestError, match="lost one Dask worker after the other"),
        open_cluster(cluster.address) as executor,
    ):
        run_tasks(executor, StageStore(tmp_path / "stages"), [deadly])


def test_workers_of_other_versions_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(dask_module, "package_version", lambda: "99.0")
    with (
        pytest.raises(IngestError, match=r"has oddsky 0\.1\.0, here it is 99\.0; .* same versions"),
        open_cluster(cluster.address),
    ):
        pass


def test_workers_that_do_not_see_the_directory_are_told(cluster, tmp_path):
    store = StageStore(tmp_path / "here")
    shutil.rmtree(tmp_path / "here")
    with (
        pytest.raises(IngestError, match="must see the directory of the release"),
        open_cluster(cluster.address) as executor,
    ):
        run_tasks(executor, store, [StageTask("one", np.savez, ("/nowhere/file.npz",))])
