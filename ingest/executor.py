"""Where the work is done: in this process, in processes of this machine, or on a Dask cluster.

A task is a function and its arguments; its arrays go straight to disk, where it is done, and appear
when they are whole. So nothing large travels, and what is done is never done again.
"""

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from ingest.errors import IngestError
from ingest.resume import Arrays, StageStore
from ingest.threads import ONE_THREAD, environment, one_thread

PRELOADED = ["ingest.tasks", "sklearn.ensemble", "sklearn.manifold", "sklearn.mixture"]
"""What every worker needs, loaded once and before the first task."""

QUIET_TRACKER = {"PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker"}
"""Python's tracker removes what a killed worker leaves, and need not warn of it."""


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
    """Runs tasks whose order does not matter.

    Attributes
    ----------
    reads_input : bool
        Whether its workers see the files of this machine; they all see the release's.
    """

    reads_input: bool

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
    """Run one task where we are, by one thread."""
    started = time.monotonic()
    with one_thread():
        if not store.has(task.stage):
            store.save(task.stage, task.make(*task.arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(task.stage, time.monotonic() - started, peak)


class Inline:
    """Runs tasks in this process, one after the other."""

    reads_input = True

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

    reads_input = True

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
        When the scheduler does not answer, its workers are not fit, or Dask is not installed.
    """
    if scheduler:
        from ingest.cluster import open_cluster

        with open_cluster(scheduler) as cluster:
            yield cluster
    elif workers == 1:
        yield Inline()
    else:
        with _open_processes(workers) as processes:
            yield processes


@contextmanager
def _open_processes(workers: int) -> Iterator[Processes]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    reading, writing = context.Pipe(duplex=False)
    # Workers read the environment when they load their libraries; a fork would inherit ours.
    with environment(ONE_THREAD | QUIET_TRACKER):
        pool = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_end_with_parent, initargs=(reading,)
        )
        try:
            yield Processes(pool)
            pool.shutdown()
        finally:
            writing.close()
            pool.shutdown(cancel_futures=True)
            reading.close()


def _end_with_parent(pipe: Connection) -> None:
    """End this worker, whatever it does, when the other end of a pipe is closed.

    The system closes it with the parent, however that ends. Workers would wait for ever else.
    """
    # Ctrl-C goes to all processes of a terminal; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_and_exit, args=(pipe,), daemon=True).start()


def _wait_and_exit(pipe: Connection) -> None:
    wait([pipe])
    os._exit(1)
