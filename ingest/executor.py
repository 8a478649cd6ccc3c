"""Where the work is done: in this process, in processes of this machine, or on a Dask cluster.

A task is a function and its arguments; its arrays go straight to disk, where it is done, and appear
when they are whole. So nothing large travels, and what is done is never done again.
"""

import logging
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from ingest.errors import IngestError
from ingest.resume import Arrays, StageStore

log = logging.getLogger("oddsky.ingest")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class StageTask:
    """One piece of work.

    Attributes
    ----------
    stage : str
        Its result is kept under this name.
    make : callable
        A function of a module, so that it can be sent; returns arrays.
    arguments : tuple
    """

    stage: str
    make: Callable[..., Arrays]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task took: wall clock [s], and the peak memory of its process so far [MiB]."""

    stage: str
    seconds: float
    peak_mib: float


class Executor(Protocol):
    """Runs tasks whose order does not matter."""

    def map(self, store: StageStore, tasks: Sequence[StageTask]) -> Iterator[Cost]:
        """Run tasks and keep their arrays; yield what each took as it ends.

        Raises
        ------
        IngestError
            When a worker is lost for good.
        """
        ...


def run_tasks(
    executor: Executor,
    store: StageStore,
    tasks: Iterable[StageTask],
    advance: Callable[[int], None] = lambda done: None,
) -> None:
    """Run the tasks that are not done yet, and record what each took."""
    tasks = list(tasks)
    left = [task for task in tasks if not store.has(task.stage)]
    advance(len(tasks) - len(left))
    for cost in executor.map(store, left) if left else ():
        store.record(cost.stage, cost.seconds, cost.peak_mib)
        advance(1)


def run_task(store: StageStore, task: StageTask) -> Cost:
    """Run one task where we are."""
    started = time.monotonic()
    # Products of matrices round differently on several threads.
    with threadpool_limits(1):
        store.make(task.stage, lambda: task.make(*task.arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(task.stage, time.monotonic() - started, peak)


class Inline:
    """Runs tasks in this process, one after the other."""

    def map(self, store: StageStore, tasks: Sequence[StageTask]) -> Iterator[Cost]:
        """Run tasks; see `Executor.map`."""
        for task in tasks:
            yield run_task(store, task)


class Processes:
    """Runs tasks in processes of this machine, each with one thread.

    Parameters
    ----------
    pool : ProcessPoolExecutor
    """

    def __init__(self, pool: ProcessPoolExecutor):
        self._pool = pool

    def map(self, store: StageStore, tasks: Sequence[StageTask]) -> Iterator[Cost]:
        """Run tasks; see `Executor.map`."""
        futures = [self._pool.submit(run_task, store, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise IngestError(
                "A worker process was lost, is the memory full? Start the same command again, "
                "with fewer --workers: it goes on where it was."
            ) from error
        finally:
            for future in futures:
                future.cancel()


class Cluster:
    """Runs tasks on a Dask cluster that sees the same disk; lost workers' tasks go to others.

    Parameters
    ----------
    client : dask.distributed.Client
    """

    def __init__(self, client: Any):
        self._client = client

    def map(self, store: StageStore, tasks: Sequence[StageTask]) -> Iterator[Cost]:
        """Run tasks; see `Executor.map`."""
        from distributed import KilledWorker, as_completed

        futures = [self._client.submit(run_task, store, task, pure=False) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except KilledWorker as error:
            raise IngestError(
                "A task lost one Dask worker after the other, is their memory full? Start the same "
                "command again: it goes on where it was."
            ) from error
        finally:
            self._client.cancel(futures)


@contextmanager
def open_executor(workers: int, scheduler: str = "") -> Iterator[Executor]:
    """Open what runs the tasks.

    Parameters
    ----------
    workers : int
        Processes on this machine; with one, all is done in this process.
    scheduler : str
        Address of a Dask scheduler; used in place of processes.

    Raises
    ------
    IngestError
        When the scheduler does not answer, or Dask is not installed.
    """
    if scheduler:
        with _open_cluster(scheduler) as cluster:
            yield cluster
    elif workers == 1:
        yield Inline()
    else:
        # Workers read these when they load their libraries; a fork would inherit ours.
        with _environment(dict.fromkeys(ONE_THREAD, "1")):
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["ingest.tasks"])
            with ProcessPoolExecutor(workers, mp_context=context) as pool:
                yield Processes(pool)


@contextmanager
def _open_cluster(address: str) -> Iterator[Cluster]:
    try:
        from distributed import Client
    except ImportError as error:
        raise IngestError(
            "--scheduler needs Dask; install it with: pip install 'oddsky[cluster]'."
        ) from error
    try:
        client = Client(address, timeout=20)
    except (OSError, ValueError) as error:
        raise IngestError(f"No Dask scheduler answers at {address}: {error}.") from error
    with client:
        yield Cluster(client)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
