"""A Dask cluster in place of processes of this machine; its workers see the same disk."""

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from ingest.errors import IngestError
from ingest.executor import Cost, StageTask, run_task
from ingest.provenance import library_versions, package_version
from ingest.resume import StageStore

PATIENCE_SECONDS = 20
"""How long a scheduler or a first worker may be silent."""

DASK_LOGGERS = ("distributed", "distributed.client", "tornado.application")

_ALONE = threading.Lock()


class Cluster:
    """Runs tasks on a Dask cluster; those of a lost worker go to others.

    Parameters
    ----------
    client : dask.distributed.Client
    address : str
        Of its scheduler, as the user wrote it.
    """

    reads_input = False

    def __init__(self, client: Any, address: str):
        self._client = client
        self._address = address

    def map(self, store: StageStore, tasks: Sequence[StageTask]) -> Iterator[Cost]:
        """Run tasks; see `Executor.map`."""
        from distributed import KilledWorker, as_completed
        from distributed.comm.core import CommClosedError

        futures = [self._client.submit(run_alone, store, task, pure=False) for task in tasks]
        try:
            for future in as_completed(futures, loop=self._client.loop):
                yield future.result()
        except KilledWorker as error:
            raise IngestError(
                "A task lost one Dask worker after the other, is their memory full? Start the same "
                "command again: it goes on where it was."
            ) from error
        except (CancelledError, CommClosedError) as error:
            raise IngestError(
                f"The Dask scheduler at {self._address} was lost. Start the same command again "
                "when it is back: it goes on where it was."
            ) from error
        except FileNotFoundError as error:
            raise IngestError(
                f"A Dask worker does not find {error.filename}; workers must see the directory of "
                "the release under the same path, on a shared disk."
            ) from error
        finally:
            self._client.cancel(futures)


def run_alone(store: StageStore, task: StageTask) -> Cost:
    """Run one task, and no other in this process: a worker may have been given many threads."""
    with _ALONE:
        return run_task(store, task)


def describe_process() -> dict[str, str]:
    """Return the versions that results depend on, of the process that is asked."""
    return {"oddsky": package_version()} | library_versions()


@contextmanager
def open_cluster(address: str) -> Iterator[Cluster]:
    """Connect to a Dask cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, `tcp://host:port`.

    Raises
    ------
    IngestError
        When Dask is not installed, the scheduler does not answer, or its workers are not fit.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise IngestError(
            "--scheduler needs Dask; install it with: pip install 'oddsky[cluster]'."
        ) from error
    try:
        # A client that finds nobody tries for long to close itself.
        _knock(address)
        client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise IngestError(
            f"No Dask scheduler answers at {address}; start one with: dask scheduler."
        ) from error
    with _told_to_the_log(), client:
        _check_workers(client, address)
        yield Cluster(client, address)


@contextmanager
def _told_to_the_log() -> Iterator[None]:
    """Have Dask tell of lost connections in the log of the run, and not on the screen."""
    loggers = [logging.getLogger(name) for name in DASK_LOGGERS]
    before = [logger.handlers for logger in loggers]
    for logger in loggers:
        logger.handlers = logging.getLogger("oddsky").handlers[:]
    try:
        yield
    finally:
        for logger, handlers in zip(loggers, before, strict=True):
            logger.handlers = handlers


def _knock(address: str) -> None:
    from distributed.comm.addressing import get_address_host_port

    socket.create_connection(get_address_host_port(address, strict=True), PATIENCE_SECONDS).close()


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        found = client.run(describe_process)
    except TimeoutError as error:
        raise IngestError(
            f"The Dask scheduler at {address} has no workers; start some with: "
            f"dask worker {address} --nthreads 1."
        ) from error
    except ImportError as error:
        raise IngestError(
            f"The Dask workers of {address} lack {error.name}; install the same oddsky on all."
        ) from error
    here = describe_process()
    for worker, there in sorted(found.items()):
        for name in here:
            if here[name] != there.get(name):
                raise IngestError(
                    f"The Dask worker {worker} has {name} {there.get(name, 'not')}, here it is "
                    f"{here[name]}; results would differ. Install the same versions on all."
                )
