"""One thread for each task, so that its numbers do not depend on how many cores a machine has."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numba
from threadpoolctl import threadpool_limits

LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries read when they are loaded."""

ONE_THREAD = dict.fromkeys((*LIBRARIES, "NUMBA_NUM_THREADS"), "1")
"""The environment of processes that are ours."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Have BLAS, OpenMP and numba use one thread, in processes that are not ours too.

    A matrix product that is shared among threads rounds differently.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        # The limit holds for what is loaded, the environment for what the task will load. Not so
        # numba's: it refuses another number once it runs.
        with environment(dict.fromkeys(LIBRARIES, "1")), threadpool_limits(1):
            yield
    finally:
        numba.set_num_threads(before)


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
