"""Where stages run: in this process, or over local ones. One interface, results in order."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Apply a function to independent pieces of work."""

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the pieces, each as soon as it and those before are."""
        ...


class LocalProcesses:
    """Run pieces in worker processes of this machine, one per core.

    Results do not depend on the number of workers: each piece is computed by one process alone.
    """

    def __init__(self, workers: int | None = None):
        self._workers = workers or len(os.sched_getaffinity(0))

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the pieces."""
        # Forked children of a process with OpenMP threads hang; a spawned one is clean.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._workers, mp_context=context) as pool:
            yield from pool.map(function, pieces)
